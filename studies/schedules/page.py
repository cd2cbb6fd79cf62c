"""Writes docs/schedules.md from docs/schedules/measured.csv: its tables and every measured number in its texts.

``python -m studies.schedules.measure`` calls this. What is generated stands between two marks,
``<!-- schedules: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from neurosim.conversion.synthetic_weights import ACTIVITY
from studies.schedules import claims
from studies.schedules.measured import (
    NETWORKS,
    RESIDENCIES,
    STEPS,
    TRAINED_STEPS,
    Measured,
    Row,
    folded,
    joined,
    megabytes,
    millions,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "schedules.md"
REGION = re.compile(r"(<!-- schedules: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def renewed(page: str, rows: list[Row]) -> str:
    """Return a page with every generated part as these measurements give it; ValueError where they deny a sentence."""
    found = Measured(rows)
    return REGION.sub(lambda part: f"{part[1]}{PARTS[part[2]](found)}\n{part[4]}", page)


def cases(found: Measured) -> str:
    """How many cases there are."""
    return folded(
        f"`python -m studies.schedules.measure --measure` simulates all {len(found.rows)} cases again (about four "
        "minutes on one core) into [schedules/measured.csv](schedules/measured.csv); without the option it draws and "
        "tells the stored ones."
    )


def weights(found: Measured) -> str:
    """Which weights the networks had."""
    files = {row["network"]: (row["weights"], row["weights_sha256"]) for row in found.rows}
    trained = [
        f"{NETWORKS[network]} (`{file}`, SHA-256 {digits[:8]}...)" for network, (file, digits) in files.items() if file
    ]
    made = [NETWORKS[network] for network, (file, _) in files.items() if not file]
    others = joined(str(steps) for steps in STEPS if steps != TRAINED_STEPS)
    told = []
    if trained:
        told.append(f"{having(trained)} trained weights, run at T = {others} under the policy `requantise`")
    if made:
        told.append(
            f"{having(made)} synthetic weights at {100 * ACTIVITY:.0f} % of neurons per step, which say something "
            "about traffic and nothing about accuracy"
        )
    return folded(
        "Bars are the latency of one image, diamonds the interval between images of a stream. One image (the "
        "photograph), `loihi_like` with other mesh sizes and 32-bit accumulators, NoC with finite queues. "
        f"{'; '.join(told)}. Compare a model with itself: `accumulate_fire` and "
        "`if_qcfs` do not emit the same spikes."
    )


def having(names: list[str]) -> str:
    """Return names and their verb."""
    return f"{joined(names)} {'has' if len(names) == 1 else 'have'}"


def table(network: str, found: Measured) -> str:
    """Every case of one network."""
    numbers = ["latency", "interval", "reload", "packets", "live state", "spike buffer", "moved", "its energy"]
    lines = [["cores", "T", "model, schedule", *numbers], ["---"] * 3 + ["---:"] * len(numbers)]
    lines += [list(cells(row)) for row in found.rows if row["network"] == network]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row: Row) -> Iterator[str]:
    """Yield what a table says of one case."""
    count = {key: int(row[key]) for key in row if key.endswith(("_ticks", "_bits"))}
    yield RESIDENCIES[row["residency"]]
    yield row["steps"]
    form = ", packed" if row["format"] == "packed" else ""
    yield f"`{row['model']}`, {row['schedule'].replace('_', ' ')}{form}"
    yield millions(count["latency_ticks"])
    yield millions(count["interval_ticks"])
    yield millions(count["reload_ticks"]) if count["reload_ticks"] else ""
    yield f"{int(row['packets']) / 1e3:,.0f} k"
    yield f"{count['peak_state_bits'] / 8e3:,.0f} kB"
    yield f"{100 * count['spike_buffer_bits'] / count['spike_buffer_size_bits']:.0f} %"
    yield f"{megabytes(count['reload_bits'], 1)} MB" if count["reload_bits"] else ""
    yield f"{float(row['reload_energy_pj']) / 1e9:.2f} mJ" if count["reload_bits"] else ""


PARTS: dict[str, Callable[[Measured], str]] = {
    "cases": cases,
    "weights": weights,
    "shared_cores": claims.shared_cores,
    "own_cores": claims.own_cores,
    "overlap": claims.overlap,
    "buffers": claims.buffers,
    "room": claims.room,
    "arrival": claims.arrival,
    "throughput": claims.throughput,
    "packed": claims.packed,
    "smaller": claims.smaller,
    **{network: partial(table, network) for network in NETWORKS},
}
