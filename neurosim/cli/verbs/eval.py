"""``neurosim eval``: the accuracy and the activity of a network over a full test set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.options import Data, Images, Json, Processes, Prove, Quiet, Seed, Set, WorkloadName
from neurosim.cli.outcome import resumable
from neurosim.cli.terminal import answer, colored, kernel_notice, tell, width


def eval_(
    workload: WorkloadName,
    set_: Set = None,
    seed: Seed = None,
    images: Images = None,
    data: Data = None,
    prove: Prove = 2,
    with_float: Annotated[
        bool, typer.Option("--float/--no-float", help="Evaluate the floating-point network as well.")
    ] = True,
    processes: Processes = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Its folder; else reports/evaluation/NAME-HASH.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Evaluate a network on the full test set: accuracy, activity.

    All test images of the data set that its stimulus is drawn from, without chip and time; the predictions and the
    spikes are those of a run.
    """
    from neurosim.experiments.evaluate import perform, prepare
    from neurosim.files.runs.output_folder import EVALUATED, claimed
    from neurosim.report.terminal.evaluation_summary import text
    from neurosim.report.terminal.progress_bars import WorkBars

    prepared = prepare(workload, set_ or (), seed, images=images, data=data, with_float=with_float)
    folder = out or prepared.folder
    with claimed(folder, EVALUATED) as output, WorkBars(quiet=quiet) as progress:
        finished = perform(prepared, progress, kernel_notice(quiet), prove, processes).save(output, progress)
    with resumable(f"the evaluation is in {folder}"):
        answer(finished.summary(), as_json, lambda: text(finished.record, width(), color=colored()))
    if not quiet:
        tell(f"written to {folder}")
