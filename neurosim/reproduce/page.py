"""Papers as a page of the documentation, as text for a terminal, and as JSON."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, get_args

from rich import box
from rich.table import Table
from rich.text import Text

from neurosim.errors import DocumentError, LimitError
from neurosim.filesystem.atomic_write import filling, replace_text
from neurosim.reproduce.claim import Chapter, Paper, Verdict
from neurosim.reproduce.figures import FIGURES, write_figures

SCHEMA = "neurosim/reproduce/1"
WIDTH = 120  # columns of running text on the page
MARK = "<!-- written by `neurosim reproduce"
INTRODUCTION = """\
# Reproduction

<!-- written by `neurosim reproduce all --write docs/reproduction.md`; edit neurosim/reproduce/ instead -->

Every number of three papers that can be recomputed without training a network, beside the printed one. To repeat this,
in a few seconds, or to write this page and its figures:

    neurosim reproduce all
    neurosim reproduce all --write docs/reproduction.md

Everything under "ours" is computed from the "inputs". `derived` marks what the paper does not print but its numbers
imply. A verdict follows from the numbers; the command exits with 5 where it is not the one on this page.

* `reproduces`: the printed value is reproduced.
* `paper is inconsistent`: it is not, with the reason; most often two statements of one paper contradict each other.
* `not printed as a number`: only text or a figure, or derived here.
* `needs training data we do not have`: accuracies and activities of trained networks.

Random parts have a fixed seed. The simulations on this page follow the equations in plain NumPy and share no code with
the simulator; tests compare the two spike by spike (`tests/golden/test_reproduce_*.py`). Energies are priced from
the shipped tables, other numbers of steps use the policies of the converter, latencies the schedules. That a complete
trained network is lossless on the simulated chip is shown by `neurosim run digits`, which counts mismatches.
"""


def page(papers: Sequence[Paper], figures: str) -> str:
    """Return the page; ``figures`` is the folder of its figures, relative to the page."""
    verdicts = get_args(Verdict)
    counts = [(f"[{paper.id}](#{paper.id})", Counter(claim.found for claim in paper.claims)) for paper in papers]
    summary = _grid(
        ["paper", *verdicts], ([name, *(str(found[verdict]) for verdict in verdicts)] for name, found in counts)
    )
    parts = [INTRODUCTION, summary, *(part for paper in papers for part in _sections(paper, figures))]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def check_writable(path: Path) -> None:
    """Refuse, with a DocumentError, a page that cannot be written, and a file that is something else."""
    try:
        if path.is_dir():
            raise DocumentError(f"{path}: is a folder; wanted a file such as {path / 'reproduction.md'}")
        if path.suffix != ".md":
            raise DocumentError(f"{path}: wanted a name that ends in .md")
        if path.exists() and MARK not in path.read_text(encoding="utf-8", errors="replace")[: len(INTRODUCTION)]:
            raise DocumentError(f"{path}: exists and is no page of reproductions; choose another name")
        folder = path.with_suffix("")
        if folder.exists() and not folder.is_dir():
            raise DocumentError(f"{folder}: is a file, and the figures go into a folder of that name; choose another")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def write(papers: Sequence[Paper], path: Path) -> list[Path]:
    """Write the page, and beside it a folder of its name with the figures, each file whole; return the paths."""
    check_writable(path)
    folder = path.with_suffix("")
    with filling(folder) as partial:
        drawn = write_figures(partial, [paper.id for paper in papers])
    replace_text(path, page(papers, folder.name))
    return [path, *(folder / figure.name for figure in drawn)]


def text(papers: Sequence[Paper], width: int) -> str:
    """Return all claims as tables of this width, and at the end how many came out as documented."""
    from neurosim.report.terminal.tables import printed

    parts = []
    for paper in papers:
        parts.append(fill(f"{paper.cite} (arXiv {paper.arxiv})", width))
        for chapter in paper.chapters:
            table = Table(
                box=box.SIMPLE_HEAD, pad_edge=False, title=chapter.title, title_justify="left", title_style=""
            )
            for column, ratio in (("claim", 4), ("printed", 2), ("ours", 2), ("verdict", 4)):
                table.add_column(column, overflow="fold", ratio=ratio)
            for claim in chapter.claims:
                cells = (claim.what, claim.expected_text, claim.computed_text, claim.verdict_text)
                table.add_row(*map(Text, cells))
            parts.append(printed(table, width))
    return "\n".join([*parts, fill(closing(papers), width)]) + "\n"


def closing(papers: Sequence[Paper]) -> str:
    """Return the number of claims and of each verdict."""
    counts = Counter(claim.found for paper in papers for claim in paper.claims)
    verdicts = "; ".join(f"{verdict}: {counts[verdict]}" for verdict in get_args(Verdict) if counts[verdict])
    return f"{counts.total()} claims. {verdicts}"


def facts(papers: Sequence[Paper]) -> dict[str, Any]:
    """Return all claims as plain values for JSON."""
    unexpected = [claim.what for paper in papers for claim in paper.unexpected]
    return {"schema": SCHEMA, "papers": [paper.facts() for paper in papers], "unexpected": unexpected}


def check(papers: Sequence[Paper]) -> None:
    """Raise a LimitError that names every claim that did not come out as documented."""
    lines = [
        f"{paper.id}: {claim.what}: {claim.found}; documented is '{claim.verdict}'"
        for paper in papers
        for claim in paper.unexpected
    ]
    if lines:
        raise LimitError("\n".join(lines))


def _sections(paper: Paper, figures: str) -> Iterator[str]:
    yield f"## {paper.id}"
    yield f"{paper.cite}, [arXiv:{paper.arxiv}](https://arxiv.org/abs/{paper.arxiv})."
    for chapter in paper.chapters:
        yield f"### {chapter.title}"
        if chapter.about:
            yield fill(chapter.about, WIDTH)
        yield _claims(chapter)
        for name, figure in FIGURES.items():
            if (figure.paper, figure.chapter) == (paper.id, chapter.title):
                yield f"![{figure.caption}]({figures}/{name}.png)\n\n{figure.caption}"
    if paper.slips:
        yield "### Read, not computed"
        yield "\n".join(f"* {slip}" for slip in paper.slips)


def _claims(chapter: Chapter) -> str:
    return _grid(
        ["claim", "where", "inputs", "printed", "ours", "verdict"],
        (
            [claim.what, claim.source, claim.inputs, claim.expected_text, claim.computed_text, claim.verdict_text]
            for claim in chapter.claims
        ),
    )


def _grid(head: list[str], rows: Any) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
