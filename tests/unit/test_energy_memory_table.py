"""``horowitz2014_45nm_memory``: the memory prices of ``horowitz2014_45nm``, and nothing that another table has."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price, unpriced
from neurosim.energy.tables.scopes import GROUPS
from neurosim.files.chip import read_chip
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.ledger import vocabulary
from neurosim.simulation.summarise import memory_bits

ROOT = Path(__file__).resolve().parents[2]
JOINED = "datta2023_45nm_int8+horowitz2014_45nm_memory+generic_noc_32b"


@pytest.fixture(scope="module")
def memories():
    return memory_bits(read_chip(str(ROOT / "chips" / "loihi_like.yaml")))


def test_its_prices_are_those_of_the_whole_table_and_no_memory_price_is_missing():
    whole, part = read_table("horowitz2014_45nm"), read_table("horowitz2014_45nm_memory")
    memory = [entry for entry in whole.entries if vocabulary.parse(entry.name).operation.group == "memory"]
    assert list(part.entries) == memory
    assert len(memory) == 19
    assert part.validity == whole.validity
    assert part.memory_width == whole.memory_width
    assert part.sources == whole.sources


def test_joined_with_arithmetic_and_a_mesh_it_prices_all_that_a_core_does(memories):
    priced = GROUPS["noc"]
    names = [
        op.named(op.formats[0], 24) if op.needs_width else op.name
        for op in vocabulary.known().values()
        if op.group in priced and op.level != "event" and op.name not in vocabulary.NEVER_PRICED
    ]
    assert "spike_buffer_write_bits24" in names
    assert "hop_ns" in [name.split("_bits")[0] for name in names]
    assert unpriced(names, read_table(JOINED), Policy("noc", sram="loglog"), memory_bits=memories) == ()


def test_a_weight_memory_between_two_stated_sizes_costs_what_lies_between_their_prices(memories):
    report = price({"weight_read_bits64": 1}, read_table(JOINED), Policy("memory", sram="loglog"), memory_bits=memories)
    exponent = 3 / 5  # 256 KiB is 3 of the 5 doublings from 32 KiB to 1 MiB
    assert report.pj == pytest.approx(20 * 5**exponent, rel=1e-12)
    assert report.origin == {"weight_read_bits64": "interpolated"}
