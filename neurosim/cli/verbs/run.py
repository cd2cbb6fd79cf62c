"""``neurosim run``: simulate a workload, price it, write the run and its figures."""

from __future__ import annotations

from pathlib import Path

from neurosim.cli.options import Data, Json, Out, Processes, Quiet, Seed, Set, WorkloadName
from neurosim.cli.outcome import resumable
from neurosim.cli.terminal import answer, kernel_notice, run_summary, tell


def run(
    workload: WorkloadName,
    set_: Set = None,
    seed: Seed = None,
    out: Out = None,
    processes: Processes = 1,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a workload, price it, write the run and its figures."""
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.simulate import perform, prepare
    from neurosim.files.runs.output_folder import claimed
    from neurosim.files.runs.run_folder import folder_of
    from neurosim.report.terminal.progress_bars import WorkBars

    choose_folder(data)
    experiment = prepare(workload, set_ or (), seed)
    folder = out or folder_of(Path("reports"), experiment.workload.name, experiment.run_id)
    with claimed(folder) as output, WorkBars(quiet=quiet) as progress:
        finished = perform(experiment, progress, kernel_notice(quiet), processes).save(output, progress)
    with resumable(f"the run is in {folder}"):
        answer(finished.summary(), as_json, lambda: run_summary(finished))
    if not quiet:
        tell(f"written to {folder}")
