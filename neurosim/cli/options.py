"""Arguments and options that verbs share: what each is called, and its line of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neurosim.cli.usage import whole_number


def number(option: str, least: int | None, about: str) -> Any:
    """Return the option of a whole number."""
    return typer.Option(option, metavar="N", parser=whole_number(option, least), help=about)


WorkloadName = Annotated[str, typer.Argument(metavar="WORKLOAD", help="A workload file, or the name of a shipped one.")]
RunDir = Annotated[str, typer.Argument(metavar="RUN_DIR", help="The folder of a finished run.")]
RunDirs = Annotated[list[str], typer.Argument(metavar="RUN_DIR...", help="The folders of finished runs.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override one value of the workload.")]
Seed = Annotated[int | None, number("--seed", None, "Override the seed.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="This run's folder; else reports/NAME-HASH.")]
Processes = Annotated[int, number("-j", 1, "Share the images out to N processes.")]
PointProcesses = Annotated[int, number("-j", 1, "Share the points out to N processes.")]
Threads = Annotated[int | None, number("--threads", 1, "Threads of PyTorch.")]
Images = Annotated[int | None, number("--images", 1, "Only the first N drawn.")]
Prove = Annotated[int, number("--prove", 0, "Check N images event by event.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Where data sets are; else NEUROSIM_DATA.")]
Json = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notices.")]
Tables = Annotated[list[str], typer.Option("--table", metavar="ID_OR_FILE", help="An energy table, or a join A+B.")]
Scope = Annotated[str, typer.Option("--scope", help="compute, memory, noc or static.")]
Widths = Annotated[str | None, typer.Option("--widths", help="exact, nominal or powerlaw; else as each table says.")]
Sram = Annotated[str, typer.Option("--sram", help="exact, or loglog between the sizes that a table states.")]
Scale = Annotated[str | None, typer.Option("--scale", help="Move logic elsewhere: stillmaker2017:14nm@0.75V.")]
FromVdd = Annotated[str | None, typer.Option("--from-vdd", help="The supply voltage that a table does not state.")]
Partial = Annotated[bool, typer.Option("--allow-partial", help="Report what can be priced beside what cannot.")]
Figures = Annotated[list[str] | None, typer.Option("--figure", metavar="NAME", help="Draw only this one; repeatable.")]
FailAbove = Annotated[
    list[str] | None, typer.Option("--fail-above", metavar="WHAT=RATIO", help="Exit 5 beyond this ratio to the first.")
]
