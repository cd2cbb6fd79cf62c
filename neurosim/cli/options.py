"""Arguments and options that verbs share: what each is called, and its line of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.usage import whole_number

WorkloadName = Annotated[str, typer.Argument(metavar="WORKLOAD", help="A workload file, or the name of a shipped one.")]
RunDir = Annotated[str, typer.Argument(metavar="RUN_DIR", help="The folder of a finished run.")]
RunDirs = Annotated[list[str], typer.Argument(metavar="RUN_DIR...", help="The folders of finished runs.")]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override one value of the workload.")]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", parser=whole_number("--seed"), help="Override the seed.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="This run's folder; else reports/NAME-HASH.")]
Processes = Annotated[
    int,
    typer.Option("-j", metavar="N", parser=whole_number("-j", least=1), help="Share the images out to N processes."),
]
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
