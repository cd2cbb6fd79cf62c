"""The command ``neurosim``: its verbs together, a thin layer over the Python calls.

What a person reads on the way (progress, notices, problems) goes to stderr; stdout holds the summary, or with
``--json`` exactly one JSON object. No traceback reaches a user; ``NEUROSIM_DEBUG=1`` shows it.
"""

from __future__ import annotations

from typing import Annotated

import typer

import neurosim
from neurosim.cli import streams
from neurosim.cli.outcome import outcome
from neurosim.cli.terminal import plain_warnings, tell
from neurosim.cli.verb_group import VerbGroup
from neurosim.cli.verbs.check import check
from neurosim.cli.verbs.compare import compare
from neurosim.cli.verbs.data import data_sets
from neurosim.cli.verbs.doctor import doctor
from neurosim.cli.verbs.eval import eval_
from neurosim.cli.verbs.list import list_
from neurosim.cli.verbs.price import price
from neurosim.cli.verbs.report import report
from neurosim.cli.verbs.reproduce import reproduce
from neurosim.cli.verbs.run import run
from neurosim.cli.verbs.sweep import sweep
from neurosim.cli.verbs.train import train
from neurosim.errors import DocumentError

app = typer.Typer(
    cls=VerbGroup,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate a spiking network on a neuromorphic chip, cycle by cycle, and price every operation.",
)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Print the version, or the help where no verb is given."""
    if version:
        print(f"neurosim {neurosim.__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        tell(ctx.get_help())
        raise typer.Exit(DocumentError.exit_code)


app.command("run")(run)
app.command("check")(check)
app.command("train")(train)
app.command("eval")(eval_)
app.command("price")(price)
app.command("report")(report)
app.command("compare")(compare)
app.command("sweep")(sweep)
app.command("list")(list_)
app.command("doctor")(doctor)
app.command("reproduce")(reproduce)
app.add_typer(data_sets, name="data")


def run_command() -> int:
    """Run the command line of this process and return its exit code."""
    streams.prepare()
    plain_warnings()
    return outcome(lambda: app(prog_name="neurosim", standalone_mode=False))
