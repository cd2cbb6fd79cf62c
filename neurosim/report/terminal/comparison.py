"""Runs side by side, and the limits of ``--fail-above energy=1.05``.

A limit is the largest ratio to the first run. It is checked for every other run and result (matched by name, or by
order where a run has no result of that name), and for energy in every table.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurosim import units
from neurosim.errors import DocumentError, LimitError
from neurosim.messages import suggest

Summary = Mapping[str, Any]


@dataclass(frozen=True)
class ComparedQuantity:
    """One number of a result: the name of its limit, its place in the summary, its label and its unit."""

    name: str
    path: tuple[str, ...]
    label: str = ""
    unit: str = ""

    def of(self, result: Summary) -> float | None:
        """Return the value, or None where the result has none."""
        value: Any = result
        for key in self.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        number: float | None = value
        return number

    def text(self, value: float | None) -> str:
        """Return a value as it is printed; ``?`` where there is none."""
        if value is None:
            return "?"
        return units.format_quantity(value, self.unit) if self.unit else units.format_scaled(value, "").strip()


ENERGY, LAYER = "energy", "layer"
QUANTITIES = (
    ComparedQuantity("latency", ("latency", "ticks"), "latency (ticks)"),
    ComparedQuantity("seconds", ("latency", "seconds"), "latency", "s"),
    ComparedQuantity("interval", ("initiation_interval", "ticks"), "initiation interval (ticks)"),
    ComparedQuantity("spikes", ("activity", "spikes"), "spikes"),
    ComparedQuantity("packets", ("noc", "packets"), "packets"),
    ComparedQuantity("hops", ("noc", "hops"), "hops"),
    ComparedQuantity("barriers", ("barriers", "ticks"), "barriers (ticks)"),
    ComparedQuantity("cores", ("cores", "used"), "cores used"),
    ComparedQuantity("state", ("memory", "peak_state_bits"), "peak state", "bit"),
    ComparedQuantity("mismatches", ("lossless", "mismatches"), "mismatches"),
)
LIMITS = (ENERGY, *(quantity.name for quantity in QUANTITIES))
MOST_CHANGED = 8  # rows of layers that are listed


@dataclass(frozen=True)
class ComparedLine:
    """One quantity of one result over all runs."""

    result: str
    quantity: ComparedQuantity
    label: str
    limit: str
    values: tuple[float | None, ...]

    def ratio(self, run: int) -> float | None:
        """Return the ratio of a run to the first; None where a value is missing, infinite over a first of zero."""
        first, value = self.values[0], self.values[run]
        if first is None or value is None:
            return None
        if first == 0:
            return 1.0 if value == 0 else float("inf")
        return value / first


def compare(summaries: Sequence[Summary], width: int = 100) -> str:
    """Return runs side by side as text; a DocumentError for fewer than two."""
    if len(summaries) < 2:
        raise DocumentError(f"compare: found {len(summaries)} run; wanted at least 2")
    return _text(summaries, list(lines(summaries)), width)


def check_limits(summaries: Sequence[Summary], fail_above: Mapping[str, float]) -> None:
    """Raise a LimitError, with one line for each, where a run crosses a limit.

    ``fail_above`` maps ``energy``, ``latency``, ``packets`` ... to the largest ratio to the first run that is allowed.
    A value that one of the two runs lacks crosses its limit, as it cannot be checked. DocumentError for other names.
    """
    for name in fail_above:
        _check_name(name)
    crossed = list(_crossed(summaries, list(lines(summaries)), fail_above))
    if crossed:
        raise LimitError("\n".join(crossed))


def parse_limits(texts: Sequence[str]) -> dict[str, float]:
    """Return the limits of ``--fail-above``, such as ``energy=1.05``; a DocumentError for any other text."""
    limits = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            limit = float(number)
        except ValueError:
            limit = -1.0
        if not name or not 0 < limit < float("inf"):
            raise DocumentError(f"--fail-above: found '{text}'; wanted NAME=RATIO, such as energy=1.05")
        _check_name(name)
        limits[name] = limit
    return limits


def _check_name(name: str) -> None:
    if name not in LIMITS:
        known = suggest(name, LIMITS) or f"; there are: {', '.join(LIMITS)}"
        raise DocumentError(f"--fail-above: unknown quantity '{name}'{known}")


def lines(summaries: Sequence[Summary]) -> Iterator[ComparedLine]:
    """Yield every quantity of every result of the first run, with the values of all runs."""
    for number, first in enumerate(summaries[0]["results"]):
        same = [_counterpart(summary, number, first["name"]) for summary in summaries]
        for quantity in QUANTITIES:
            values = tuple(quantity.of(result) for result in same)
            if any(value is not None for value in values):
                yield ComparedLine(first["name"], quantity, quantity.label, quantity.name, values)
        for table, report in first.get("energy", {}).items():
            quantity = ComparedQuantity(ENERGY, (ENERGY, table, "pj"), unit="pJ")
            scopes = [result.get(ENERGY, {}).get(table, {}).get("scope") for result in same]
            values = tuple(
                quantity.of(result) if scope == report["scope"] else None
                for result, scope in zip(same, scopes, strict=True)
            )
            yield ComparedLine(first["name"], quantity, f"{table}, {report['label']}", ENERGY, values)


def layer_lines(summaries: Sequence[Summary]) -> Iterator[ComparedLine]:
    """Yield the time, the spikes and the energies of each layer of the first run's results that all runs have."""
    plain = ComparedQuantity(LAYER, ())
    for number, first in enumerate(summaries[0]["results"]):
        same = [_counterpart(summary, number, first["name"]) for summary in summaries]
        by_name = [{layer["name"]: layer for layer in result.get("layers", ())} for result in same]
        for layer in first["layers"]:
            name, place = layer["name"], layer["number"]
            if not all(name in layers for layers in by_name):
                continue
            same_layers = [layers[name] for layers in by_name]
            yield ComparedLine(first["name"], plain, f"{name} ticks", LAYER, tuple(own["ticks"] for own in same_layers))
            yield ComparedLine(
                first["name"], plain, f"{name} spikes", LAYER, tuple(sum(own["spikes_by_step"]) for own in same_layers)
            )
            for table, report in first.get("energy", {}).items():
                reports = [result.get(ENERGY, {}).get(table) for result in same]
                if place < len(report["by_layer"]) and all(r and r["scope"] == report["scope"] for r in reports):
                    energies = tuple(
                        r["by_layer"][own["number"]] if own["number"] < len(r["by_layer"]) else None
                        for r, own in zip(reports, same_layers, strict=True)
                    )
                    label = f"{name} {table}, {report['label']}"
                    yield ComparedLine(first["name"], ComparedQuantity(LAYER, (), unit="pJ"), label, LAYER, energies)


def _counterpart(summary: Summary, number: int, name: str) -> Summary:
    """Return the result of this name, else the one at this place, else an empty one."""
    results: Sequence[Summary] = summary["results"]
    named = next((result for result in results if result["name"] == name), None)
    if named is not None:
        return named
    return results[number] if number < len(results) else {}


def _crossed(
    summaries: Sequence[Summary], compared: Sequence[ComparedLine], limits: Mapping[str, float]
) -> Iterator[str]:
    """Yield one message for each limit that is crossed."""
    for line in compared:
        if line.limit not in limits:
            continue
        for run in range(1, len(summaries)):
            ratio, limit = line.ratio(run), limits[line.limit]
            what = f"{ENERGY} ({line.label})" if line.limit == ENERGY else line.label
            where = f"{_name(summaries[run], run)}, {line.result}: {what}"
            if ratio is None:
                yield f"{where}: not known in both runs, so the limit {limit:g}x cannot be checked"
            elif ratio > limit:
                values = f"{line.quantity.text(line.values[run])} against {line.quantity.text(line.values[0])}"
                yield f"{where} is {ratio:.4g}x that of {_name(summaries[0], 0)} ({values}); the limit is {limit:g}x"


def _text(summaries: Sequence[Summary], compared: Sequence[ComparedLine], width: int) -> str:
    """Return the runs, their results side by side, the layers that changed most, and warnings."""
    file = io.StringIO()
    console = Console(file=file, width=width, color_system=None, legacy_windows=False, markup=False, emoji=False)
    for rank, summary in enumerate(summaries):
        network = summary["network"]
        facts = f"{summary['workload']}, {network['name']}, {network['weights_origin']} weights, seed {summary['seed']}"
        console.print(Text(f"{_name(summary, rank)}  {facts}"))
    for result in dict.fromkeys(line.result for line in compared):
        console.print()
        console.print(_side_by_side(summaries, [line for line in compared if line.result == result], result))
    changed = [line for line in layer_lines(summaries) if any(_change(line, run) for run in range(1, len(summaries)))]
    for result in dict.fromkeys(line.result for line in changed):
        of_result = [line for line in changed if line.result == result]
        of_result.sort(key=lambda line: -max(_change(line, run) for run in range(1, len(summaries))))
        console.print()
        title = f"{result}: layers that changed most ({min(MOST_CHANGED, len(of_result))} of {len(of_result)})"
        console.print(_side_by_side(summaries, of_result[:MOST_CHANGED], title))
    for warning in _warnings(summaries):
        console.print()
        console.print(Text(warning))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _warnings(summaries: Sequence[Summary]) -> Iterator[str]:
    """Yield the warnings of the energies, such as an operating point outside the validity of a table."""
    for rank, summary in enumerate(summaries):
        for result in summary["results"]:
            for report in result.get(ENERGY, {}).values():
                for warning in report.get("warnings", ()):
                    yield f"{_name(summary, rank)}, {result['name']}: {warning}"


def _change(line: ComparedLine, run: int) -> float:
    """Return the factor by which a value changed, up or down; 0 where it did not, or is not known."""
    ratio = line.ratio(run)
    if ratio is None or ratio == 1:
        return 0.0
    return float("inf") if ratio == 0 else max(ratio, 1 / ratio)


def _side_by_side(summaries: Sequence[Summary], compared: Sequence[ComparedLine], title: str) -> Table:
    """Return a table of values with a column for each run, and one of ratios behind each but the first."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(title, overflow="fold")
    for rank, summary in enumerate(summaries):
        table.add_column(_name(summary, rank), justify="right", no_wrap=True)
        if rank:
            table.add_column("", justify="right", no_wrap=True)
    for line in compared:
        cells = []
        for run, value in enumerate(line.values):
            cells.append(line.quantity.text(value))
            if run:
                ratio = line.ratio(run)
                cells.append("?" if ratio is None else "=" if ratio == 1 else units.format_ratio(ratio))
        table.add_row(f"  {line.label}", *cells)
    return table


def _name(summary: Summary, rank: int) -> str:
    return str(summary.get("run_id") or f"run {rank + 1}")
