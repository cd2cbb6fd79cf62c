"""``neurosim sweep``: a run at every point of a grid of values."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.options import Data, Json, PointProcesses, Quiet, Seed, Set, WorkloadName
from neurosim.cli.outcome import resumable
from neurosim.cli.terminal import answer, tell, width


def sweep(
    workload: WorkloadName,
    grid: Annotated[list[str], typer.Option("--grid", metavar="A.B=1,2,4", help="Values of one setting; repeatable.")],
    set_: Set = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The sweep's own folder.")] = None,
    processes: PointProcesses = 1,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a workload at every point of a grid of values.

    A point that has been run before is not run again.
    """
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.sweep import read_grid
    from neurosim.experiments.sweep import sweep as run_points
    from neurosim.files.runs.output_folder import SWEEP, claimed
    from neurosim.files.runs.run_folder import folder_of
    from neurosim.report.terminal.progress_bars import WorkBars
    from neurosim.report.terminal.sweep_table import text

    choose_folder(data)
    values = read_grid(grid)
    with ExitStack() as stack:
        claim = stack.enter_context(claimed(out, SWEEP)) if out is not None else None
        with resumable("the same command resumes from the points that are written"):
            with WorkBars(quiet=quiet) as progress:
                swept = run_points(
                    workload, values, set_ or (), seed, processes=processes, watch=progress, notify=progress.tell
                )
            folder = out or folder_of(Path("reports"), f"{swept.workload}-sweep", swept.sweep_id)
            swept.save(claim or folder)
    answer(swept.facts(), as_json, lambda: text(list(swept.grid), swept.rows, width()))
    if not quiet:
        tell(f"written to {folder}")
