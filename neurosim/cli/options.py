"""Arguments and options that verbs share: the name and the line of help of each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurosim.cli.usage import whole_number


def whole_option(option: str, least: int | None, about: str) -> Any:
    """Return an option that is a whole number of at least ``least``."""
    return typer.Option(option, metavar="N", parser=whole_number(option, least), help=about)


WorkloadName = Annotated[str, typer.Argument(metavar="WORKLOAD", help="A workload file, or the name of a shipped one.")]
RunDir = Annotated[str, typer.Argument(metavar="RUN_DIR", help="The folder of a finished run.")]
RunDirs = Annotated[list[str], typer.Argument(metavar="RUN_DIR...", help="The folders of finished runs.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override one value of the workload.")]
Seed = Annotated[int | None, whole_option("--seed", None, "Override the seed.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="This run's folder; else reports/NAME-HASH.")]
Processes = Annotated[int, whole_option("-j", 1, "Distribute the images over N processes.")]
PointProcesses = Annotated[int, whole_option("-j", 1, "Distribute the points over N processes.")]
Threads = Annotated[int | None, whole_option("--threads", 1, "Threads of PyTorch.")]
Images = Annotated[int | None, whole_option("--images", 1, "Only the first N images of the set.")]
Prove = Annotated[int, whole_option("--prove", 0, "Check N images against the event-driven path.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder of data sets; else NEUROSIM_DATA.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notices.")]
Tables = Annotated[list[str], typer.Option("--table", metavar="ID_OR_FILE", help="An energy table, or a join A+B.")]
Scope = Annotated[str, typer.Option("--scope", help="compute, memory, noc or static.")]
Widths = Annotated[str | None, typer.Option("--widths", help="exact, nominal or powerlaw; else as each table says.")]
Sram = Annotated[str, typer.Option("--sram", help="exact, or loglog between the sizes that a table states.")]
Scale = Annotated[str | None, typer.Option("--scale", help="Scale logic to another node: stillmaker2017:14nm@0.75V.")]
FromVdd = Annotated[str | None, typer.Option("--from-vdd", help="Supply voltage, where a table states none.")]
Partial = Annotated[bool, typer.Option("--allow-partial", help="Report a partial sum where an operation has no price.")]
Figures = Annotated[list[str] | None, typer.Option("--figure", metavar="NAME", help="Draw only this one; repeatable.")]
FailAbove = Annotated[
    list[str] | None, typer.Option("--fail-above", metavar="WHAT=RATIO", help="Exit 5 beyond this ratio to the first.")
]
