"""``neurosim doctor``: what may go wrong on this machine, found before it does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.options import Json
from neurosim.cli.terminal import answer, width


def doctor(
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove what killed commands left here and two folders deep.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for what may go wrong on this machine."""
    from neurosim.cli.machine_check import examine, remove_leftovers
    from neurosim.report.terminal.tables import findings

    found = [*examine(), *(remove_leftovers(Path()) if clean else ())]
    answer({"findings": found}, as_json, lambda: findings(found, width()))
