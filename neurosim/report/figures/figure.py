"""A figure of a run as a plug-in: one file each, named like the picture it makes.

A file of the user's own is a figure as well: ``neurosim report RUN_DIR --figure mine.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from neurosim.energy.cost_comparison import CostComparison
from neurosim.ledger.record import Record

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class RunFigure(Protocol):
    """What a figure of a run declares.

    Attributes
    ----------
    kind : str
        The name of the figure, that of its file.
    title : str
        Heading on the page of a run.
    caption : str
        What the reader sees in it.
    rank : int
        Its place among the figures of a run, from the first.
    first_result_only : bool
        Whether it shows the first result alone.
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    caption: ClassVar[str]
    rank: ClassVar[int] = 100
    first_result_only: ClassVar[bool] = True

    def applies(self, record: Record, costs: CostComparison) -> bool:
        """Return whether a run has something to show in this figure; every run has, unless a figure says otherwise."""
        return True

    def draw(self, record: Record, costs: CostComparison) -> tuple[Figure, DataFrame]:
        """Draw a run.

        Parameters
        ----------
        record : Record
            What was counted.
        costs : CostComparison
            What it costs by each energy table, and its baselines.

        Returns
        -------
        Figure
            The picture, in the style of :mod:`neurosim.report.figures.layout.style`.
        DataFrame
            The numbers drawn, units in the column names.
        """
        ...
