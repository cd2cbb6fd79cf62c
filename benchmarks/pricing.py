"""How long pricing takes: ten tables over a ledger of 100,000 rows, and reading that ledger back from its file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.ledger.ledger import Ledger

TABLES = (
    "aladdin_40nm", "datta2023_45nm_int8", "datta2023_45nm_int32", "horowitz2014_45nm", "snn_convention_fp32_45nm",
    "loihi1_davies2018", "loihi1_silicon_fit", "truenorth_incremental", "odin_incremental", "generic_noc_32b",
)  # fmt: skip
CORES, STEPS, LAYERS = 50, 5, 20
OPS = (
    "add_int20", "multiply_int8", "shift_int20", "compare_int20", "reset_int20", "weight_read_bits64",
    "potential_read_bits20", "potential_write_bits20", "axon_lookup_bits32", "spike_buffer_read_bits1", "packet_bits32",
    "hop_ew_bits32", "hop_ns_bits32", "router", "synaptic_event_conv", "neuron_update_active", "neuron_update_inactive",
    "spike_out", "core_busy", "core_waiting",
)  # fmt: skip


def filled() -> Ledger:
    random = np.random.default_rng(1)
    ledger = Ledger()
    for layer in range(LAYERS):
        for step in range(STEPS):
            for op in OPS:
                ledger.add(layer, step, np.arange(CORES), op, random.integers(1, 1000, CORES))
    return ledger


def main() -> None:
    tables = [read_table(name) for name in TABLES]
    start = perf_counter()
    ledger = filled()
    rows = len(ledger)
    print(f"fill and merge {rows:,} rows: {1e3 * (perf_counter() - start):.1f} ms")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.parquet"
        ledger.write_parquet(path)
        start = perf_counter()
        ledger = Ledger.read_parquet(path)
        print(f"read {path.stat().st_size / 1e6:.1f} MB back: {1e3 * (perf_counter() - start):.1f} ms")
    start = perf_counter()
    for table in tables:
        price(ledger, table, Policy("static", allow_partial=True), tick_s=1e-9)
    print(f"price by {len(tables)} tables: {1e3 * (perf_counter() - start):.1f} ms")


if __name__ == "__main__":
    main()
