"""The synapse unit: how long a core needs for an arriving packet, and how much it reads."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import SynapseUnit

Array = NDArray[np.int64]


def words(fan_out: Array, weight_bits: int, unit: SynapseUnit) -> Array:
    """Return the memory words fetched for packets that reach ``fan_out`` stored synapses each."""
    return -(-fan_out * weight_bits // unit.word_bits)


def work_ticks(fan_out: Array, words_fetched: Array, unit: SynapseUnit) -> Array:
    """Return the ticks of fetching and adding, which go on side by side, for packets that have been looked up."""
    fetch = words_fetched * unit.word_ticks
    add = -(-fan_out // unit.accumulate_lanes) * unit.accumulate_ticks
    return unit.fill_ticks + np.maximum(fetch, add)


def store_ticks(unit: SynapseUnit) -> int:
    """Return the ticks of writing a looked-up packet into a spike buffer for later."""
    return unit.word_ticks


@numba.njit(cache=True, nogil=True)
def tally(destination, route, fan_out, words_of, ticks_of, endpoints):
    """Sum what each endpoint is sent over each route; ``destination``, ``route`` and ``fan_out`` are (n,) integers.

    words_of, ticks_of : (routes, largest fan-out + 1) int64; of a packet of a route that reaches so many synapses

    Returns (4, routes, endpoints) int64: packets, synapses reached, words fetched, ticks of fetching and adding.
    """
    sums = np.zeros((4, len(words_of), endpoints), np.int64)
    for packet in range(len(destination)):
        way, reached, endpoint = route[packet], fan_out[packet], destination[packet]
        sums[0, way, endpoint] += 1
        sums[1, way, endpoint] += reached
        sums[2, way, endpoint] += words_of[way, reached]
        sums[3, way, endpoint] += ticks_of[way, reached]
    return sums
