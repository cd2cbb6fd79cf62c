"""``neurosim reproduce``: the published numbers of a paper, computed again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.options import Json
from neurosim.cli.terminal import answer, tell, width


def reproduce(
    paper: Annotated[str, typer.Argument(help="datta2023, onespike2024, groupneurons2024 or all.")],
    write: Annotated[Path | None, typer.Option("--write", metavar="PAGE.md", help="Write a page and figures.")] = None,
    as_json: Json = False,
) -> None:
    """Recompute the published numbers of a paper.

    Ends with 5 where one does not come out as documented.
    """
    from neurosim.reproduce import page, papers

    if write is not None:
        page.check_writable(write)
    recomputed = papers(paper)
    if write is not None:
        tell(f"{len(page.write(recomputed, write))} files written to {write.parent}")
    answer(page.facts(recomputed), as_json, lambda: page.text(recomputed, width()))
    page.check(recomputed)
