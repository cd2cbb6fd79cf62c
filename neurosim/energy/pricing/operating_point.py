"""The operating point of an aggregate figure, and whether a run is anywhere near it.

An aggregate divides the power of a whole chip by the events it handled, so everything that does not scale with
events is spread over them: away from the rate at which it was measured, it is wrong by as much as the rate is off.
"""

from __future__ import annotations

from collections.abc import Mapping

from neurosim.energy.tables.table import Table
from neurosim.ledger import vocabulary

NEAREST, FARTHEST = 0.8, 1.25  # of the published point; beyond these the report warns (our choice)

UNITS = {
    "rate_hz": "spikes per neuron and second",
    "fan_out": "synapses per spike",
    "events_per_s": "synaptic events per second",
}


NEEDS = {
    "rate_hz": "needs spikes, the number of neurons, ticks and the length of a tick",
    "fan_out": "needs spikes",
    "events_per_s": "needs ticks and the length of a tick",
}


def measured_point(totals: Mapping[str, int], tick_s: float | None, neurons: int | None = None) -> dict[str, float]:
    """Return the run's own operating point, as far as its counts decide it.

    ``rate_hz`` needs the length of a tick and the number of neurons, ``events_per_s`` the length of a tick.
    """
    events = sum(totals.get(op, 0) for op in vocabulary.SYNAPTIC_EVENTS)
    spikes = sum(count for op, count in totals.items() if vocabulary.need(op).name == "spike_out")
    seconds = totals.get("chip_tick", 0) * (tick_s or 0.0)
    point = {}
    if seconds and neurons and spikes:
        point["rate_hz"] = spikes / neurons / seconds
    if spikes:
        point["fan_out"] = events / spikes
    if seconds:
        point["events_per_s"] = events / seconds
    return point


def point_warnings(table: Table, point: Mapping[str, float]) -> list[str]:
    """Return one line for each quantity in which the run is far from where the aggregate was measured, or unknown.

    An unknown quantity is no sign that the figure holds.
    """
    if table.operating_point is None:
        return []
    published = {name: getattr(table.operating_point, name) for name in UNITS}
    stated = [name for name, value in published.items() if value is not None]
    if not any(name in point for name in stated):
        return [f"{table.id} holds at one operating point, and that of this run is not known"]
    return [line for name in stated if (line := _warning(table.id, name, published[name], point.get(name)))]


def _warning(table: str, name: str, published: float, measured: float | None) -> str:
    """Return the warning about one quantity; nothing where the run is near enough."""
    at = f"{table} was measured at {published:.4g} {UNITS[name]}"
    if measured is None:
        return f"{at}; that of this run is not known ({NEEDS[name]}), so it is not known whether the figure holds"
    ratio = measured / published
    if NEAREST <= ratio <= FARTHEST:
        return ""
    return f"{at}; this run has {measured:.4g}, {ratio:.3g} times that, and the figure does not hold there"
