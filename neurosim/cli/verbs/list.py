"""``neurosim list``: everything that a workload, a recipe or a verb may name, one line each."""

from __future__ import annotations

from typing import Annotated

import typer

from neurosim.cli.options import Json
from neurosim.cli.terminal import answer, width


def list_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="chips, tables, neurons, schedules, mappers, networks, layers, importers, stimuli, datasets, "
            "noc_models, figures or workloads.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """List what can be named in a workload, with one line on each."""
    from neurosim.cli.catalogue import listing
    from neurosim.report.terminal.tables import text

    rows = listing(what)
    answer({what: rows}, as_json, lambda: text(rows, width()))
