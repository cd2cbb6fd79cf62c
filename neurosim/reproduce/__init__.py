"""Published numbers recomputed: one file per paper, each with ``paper()``, which returns its claims with our values.

>>> from neurosim.reproduce import papers
>>> [paper.unexpected for paper in papers("all")]
[(), (), ()]
"""

from __future__ import annotations

import importlib

from neurosim.errors import DocumentError
from neurosim.plugins import unknown
from neurosim.reproduce.claim import Paper

PAPERS = ("datta2023", "onespike2024", "groupneurons2024")
ALL = "all"


def papers(name: str) -> tuple[Paper, ...]:
    """Recompute one paper or ``all`` of them; a DocumentError for an unknown one."""
    if name not in (*PAPERS, ALL):
        raise DocumentError(unknown("paper", name, (*PAPERS, ALL)))
    return tuple(importlib.import_module(f"{__name__}.{id}").paper() for id in (PAPERS if name == ALL else (name,)))
