"""``neurosim report``: render a finished run again, as figures, a page or a timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.options import Figures, RunDir
from neurosim.cli.terminal import run_summary, say, tell


def report(
    run_dir: RunDir,
    html: Annotated[
        bool, typer.Option("--html", help="Write RUN_DIR/report.html, one page that needs no other file.")
    ] = False,
    figure: Figures = None,
    timeline: Annotated[
        Path | None, typer.Option("--timeline", metavar="FILE", help="Write a Perfetto trace, .json or .json.gz.")
    ] = None,
) -> None:
    """Render a finished run again: figures, a page or a timeline.

    Without an option its figures are drawn again; nothing is simulated.
    """
    from neurosim.experiments.run import load
    from neurosim.report.figures import check as check_figure
    from neurosim.report.timeline.timeline import check_name

    if timeline is not None:
        check_name(timeline)
    for name in figure or ():
        check_figure(name)
    stored = load(run_dir)
    assert stored.folder is not None
    written = []
    if figure or not (html or timeline):
        drawn = stored.draw(stored.folder / "figures", tuple(figure or ()))
        written.append(f"{len(drawn)} files written to {stored.folder / 'figures'}")
    if html:
        written.append(f"written to {stored.page()}")
    if timeline is not None:
        written.append(f"written to {stored.timeline(timeline)}")
    say(run_summary(stored))
    tell("\n".join(written))
