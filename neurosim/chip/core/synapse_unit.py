"""The synapse unit: how long a core needs for an arriving packet, and how much it reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import SynapseUnitSpec

Array = NDArray[np.int64]


def words(fan_out: Array, weight_bits: int, unit: SynapseUnitSpec) -> Array:
    """Return the memory words fetched for packets that reach ``fan_out`` stored synapses each."""
    return -(-fan_out * weight_bits // unit.word_bits)


def work_ticks(fan_out: Array, words_fetched: Array, unit: SynapseUnitSpec) -> Array:
    """Return the ticks of fetching and adding, which go on side by side, for packets that have been looked up."""
    fetch = words_fetched * unit.word_ticks
    add = -(-fan_out // unit.accumulate_lanes) * unit.accumulate_ticks
    return unit.fill_ticks + np.maximum(fetch, add)


def store_ticks(unit: SynapseUnitSpec) -> int:
    """Return the ticks of writing a looked-up packet into a spike buffer for later."""
    return unit.word_ticks
