"""Tables of layers on a terminal: time, operations and energy, side by side where they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from neurosim import units
from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.ledger import CHIP_WIDE
from neurosim.ledger.record import LayerResult, Record
from neurosim.report.data.breakdown import CHIP_WIDE_NAME, counts_by_layer
from neurosim.report.data.labels import bottleneck

COUNTED = ("add", "shift", "compare", "reset", "multiply")
LONGEST_NAME = 20
INDENT = GAP = 2  # characters
BOTTLENECK = "bottleneck"


@dataclass(frozen=True)
class Column:
    """One column: its title of one or two lines, and its cells from the first layer to the last."""

    title: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """Characters of the column, with the gap to the next."""
        return max(map(len, (*self.title.splitlines(), *self.cells))) + GAP


def layer_tables(
    record: Record, number: int, costs: CostComparison, tags: Mapping[str, str], width: int
) -> Iterator[RenderableType]:
    """Yield the layers of one result in as few tables as fit ``width``: time, operations, energies.

    Operations and energies that equal those of an earlier result in every layer are not printed again.
    """
    rows = rows_of(record, number, costs)
    groups = _operations_and_energies(record, number, costs, tags)
    twin = next((n for n in range(number) if _operations_and_energies(record, n, costs, tags) == groups), None)
    time = _time(record, rows)
    names = tuple(CHIP_WIDE_NAME if layer is None else layer.name for layer in rows)
    names = tuple(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…" for name in names)
    for columns in _packed([time, *(groups if twin is None else [])], width - INDENT - Column("layer", names).width):
        yield Padding(_table(Column("layer", names), columns), (0, 0, 1, INDENT))
    if twin is not None:
        yield Padding(Text(f"operations and energy by layer as in '{record.results[twin].name}'\n"), (0, 0, 0, INDENT))


def rows_of(record: Record, number: int, costs: CostComparison) -> list[LayerResult | None]:
    """Return the layers of a result, and None at the end where some of its energy belongs to no layer."""
    chip_wide = any(report.by_layer.get(CHIP_WIDE) for report in costs.results[number].values())
    return [*record.results[number].layers, *([None] if chip_wide else [])]


def _packed(groups: Sequence[list[Column]], room: int) -> Iterator[list[Column]]:
    """Put groups of columns side by side while they fit; the bottleneck stays the last column of its table."""
    taken: list[Column] = []
    for group in groups:
        if taken and sum(column.width for column in (*taken, *group)) - GAP > room:
            yield taken
            taken = []
        at_end = 1 if taken and taken[-1].title == BOTTLENECK else 0
        taken = [*taken[: len(taken) - at_end], *group, *taken[len(taken) - at_end :]]
    yield taken


def _table(names: Column, columns: Sequence[Column]) -> Table:
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    for column in (names, *columns):
        table.add_column(
            column.title, justify="left" if column.title in ("layer", BOTTLENECK) else "right", no_wrap=True
        )
    for cells in zip(names.cells, *(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, cells))
    return table


def _time(record: Record, rows: Sequence[LayerResult | None]) -> list[Column]:
    def column(title: str, cell: Callable[[LayerResult], str]) -> Column:
        return Column(title, tuple("" if layer is None else cell(layer) for layer in rows))

    return [
        column("cores", lambda layer: f"{layer.cores:,}" if layer.cores else ""),
        column("cycles" if record.chip.synchronous else "ticks", lambda layer: _compact(layer.ticks)),
        column("busy", lambda layer: units.format_share(layer.busy_fraction) if layer.cores else ""),
        column("spikes", lambda layer: _compact(sum(layer.spikes_by_step))),
        column(BOTTLENECK, lambda layer: bottleneck(layer.bound)),
    ]


def _operations_and_energies(
    record: Record, number: int, costs: CostComparison, tags: Mapping[str, str]
) -> list[list[Column]]:
    """Return the columns of the operations that any layer performed, then those of each energy table."""
    rows = rows_of(record, number, costs)
    counts = counts_by_layer(record.ledgers[number], record.stimulus.images)
    performed = {op for of_layer in counts.values() for op in of_layer}
    operations = [
        Column(op, tuple(_compact(counts.get(layer.number, {}).get(op, 0)) if layer else "" for layer in rows))
        for op in COUNTED
        if op in performed
    ]
    return [operations, *(_energy(report, tags.get(id, ""), rows) for id, report in costs.results[number].items())]


def _energy(report: EnergyReport, tag: str, rows: Sequence[LayerResult | None]) -> list[Column]:
    """Return the energy of the layers and their shares; a partial sum is marked in the head of the column."""
    whole = report.partial_pj or 1.0
    energies = [report.by_layer.get(layer.number if layer else CHIP_WIDE, 0.0) for layer in rows]
    kind = "PARTIAL" if report.unpriced else "energy"
    return [
        Column(
            f"{tag} {kind}".strip() + f"\n{report.policy.scope}",
            tuple(units.format_quantity(pj, "pJ", 3) if pj else "" for pj in energies),
        ),
        Column(f"{tag} %".strip(), tuple(f"{100 * pj / whole:.1f}" if pj else "" for pj in energies)),
    ]


def _compact(count: float) -> str:
    return units.format_scaled(count, "", 3).strip() if count else ""
