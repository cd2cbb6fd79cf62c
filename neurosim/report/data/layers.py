"""``layers.csv``: one row for each result and layer, units in the column names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.energy.cost_comparison import CostComparison
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.ledger.ledger import CHIP_WIDE
from neurosim.ledger.record import Record
from neurosim.report.data.breakdown import CHIP_WIDE_NAME, counts_by_layer

if TYPE_CHECKING:
    import pandas

FILE = "layers.csv"


def frame(record: Record, costs: CostComparison) -> pandas.DataFrame:
    """Return one row per result and layer; times in ticks, counts and energies per image.

    The counts of operations are sums over their widths, one column each. The energy by table has the table and the
    scope in its name (``energy_pj[TABLE, SCOPE]``), and is a sum of what could be priced only in ``partial_pj[...]``.
    What belongs to no layer stands in a last row of its result, ``chip-wide``, whose layer is -1.
    """
    import pandas

    rows = []
    for number, (result, ledger, reports) in enumerate(zip(record.results, record.ledgers, costs.results, strict=True)):
        counts = counts_by_layer(ledger, record.stimulus.images)
        head = {"result": number, "result_name": result.name, "schedule": result.schedule}
        for layer in result.layers:
            facts = {
                "layer": layer.number,
                "name": layer.name,
                "role": layer.role,
                "channels": layer.shape[0],
                "rows": layer.shape[1],
                "columns": layer.shape[2],
                "neurons": layer.neurons,
                "synapses": layer.synapses,
                "weights": layer.weights,
                "macs": layer.macs,
                "macs_effective": layer.macs_effective,
                "cores": layer.cores,
                "time_ticks": layer.ticks,
                "time_s": layer.ticks * record.chip.tick_ns * 1e-9,
                "busy_fraction": layer.busy_fraction,
                "bound": layer.bound,
                "spikes": sum(layer.spikes_by_step),
                "packets": layer.packets,
            }
            steps = {f"spikes_step_{step}": spikes for step, spikes in enumerate(layer.spikes_by_step)}
            rows.append(
                {**head, **facts, **steps, **_counted(counts, layer.number), **_energies(reports, layer.number)}
            )
        if CHIP_WIDE in counts:
            facts = {"layer": CHIP_WIDE, "name": CHIP_WIDE_NAME}
            rows.append({**head, **facts, **_counted(counts, CHIP_WIDE), **_energies(reports, CHIP_WIDE)})
    table = pandas.DataFrame(rows)
    operations = [column for column in table.columns if column.startswith("ops_")]
    table = table.fillna(dict.fromkeys(operations, 0))
    integers = [column for column in table.select_dtypes("number") if (table[column].dropna() % 1 == 0).all()]
    return table.astype(dict.fromkeys(integers, "Int64"))  # the chip-wide row has no cores, which makes them floats


def write_layers(folder: Path, record: Record, costs: CostComparison) -> Path:
    """Write ``layers.csv`` into a folder and return its path."""
    path = folder / FILE
    frame(record, costs).to_csv(path, index=False, lineterminator="\n")
    return path


def _counted(counts: dict[int, dict[str, float]], layer: int) -> dict[str, float]:
    return {f"ops_{op}": count for op, count in counts.get(layer, {}).items()}


def _energies(reports: Mapping[str, EnergyReport], layer: int) -> dict[str, float]:
    return {
        f"{'partial' if report.unpriced else 'energy'}_pj[{table}, {report.policy.scope}]": report.by_layer.get(
            layer, 0.0
        )
        for table, report in reports.items()
    }
