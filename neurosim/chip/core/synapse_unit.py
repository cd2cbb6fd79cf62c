"""The synapse unit: how long a core works on an arriving packet, and how many memory words it reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import SynapseUnitSpec

Array = NDArray[np.int64]


def words(fan_out: Array, weight_bits: int, unit: SynapseUnitSpec) -> Array:
    """Return the memory words fetched for packets that reach ``fan_out`` stored synapses each."""
    return -(-fan_out * weight_bits // unit.word_bits)


def work_ticks(fan_out: Array, words_fetched: Array, unit: SynapseUnitSpec) -> Array:
    """Return the ticks of fetching and adding, which are pipelined, for packets after their axon lookup."""
    # The slower of the two stages sets the pace, once the pipeline has filled.
    fetch = words_fetched * unit.word_ticks
    add = -(-fan_out // unit.accumulate_lanes) * unit.accumulate_ticks
    ticks: Array = unit.fill_ticks + np.maximum(fetch, add)
    return ticks


def store_ticks(unit: SynapseUnitSpec) -> int:
    """Return the ticks of writing a packet into the spike buffer after its axon lookup."""
    return unit.word_ticks
