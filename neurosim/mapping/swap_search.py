"""Partitions swap cores, two at a time, until their packets travel few hops: the kernels of the annealed mapper.

Threshold accepting (Dueck and Scheuer 1990, doi 10.1016/0021-9991(90)90201-B): annealing that accepts every swap which
costs no more than a tolerance, itself falling to zero. Unlike a probability it needs no floating point, so that the
same seed gives the same placement on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurosim.kernels import kernel

Array = NDArray[np.int64]
FRACTION_BITS = 10  # of the fraction of moves that are left, in fixed point


@kernel
def change(
    one: int | np.int64, other: int | np.int64, first: Array, neighbour: Array, packets: Array, x: Array, y: Array
) -> int:
    """Return by how many packets x hops the total rises if two partitions swap places.

    one, other                : numbers of the two partitions
    first, neighbour, packets : as in ``exchange``
    x, y                      : tile of every partition at present
    """
    x1, y1, x2, y2 = x[one], y[one], x[other], y[other]
    rise = 0
    # Manhattan distances, for the mesh routes dimension by dimension: new ones less old ones, neighbour by neighbour.
    for entry in range(first[one], first[one + 1]):
        third = neighbour[entry]
        if third != other:  # the distance between the two stays what it is
            rise += packets[entry] * (abs(x2 - x[third]) + abs(y2 - y[third]) - abs(x1 - x[third]) - abs(y1 - y[third]))
    for entry in range(first[other], first[other + 1]):
        third = neighbour[entry]
        if third != one:
            rise += packets[entry] * (abs(x1 - x[third]) + abs(y1 - y[third]) - abs(x2 - x[third]) - abs(y2 - y[third]))
    return rise


@kernel
def swap(one: int | np.int64, other: int | np.int64, place: Array, x: Array, y: Array) -> None:
    """Swap the places of two partitions in ``place`` and their tiles in ``x`` and ``y``."""
    place[one], place[other] = place[other], place[one]
    x[one], x[other] = x[other], x[one]
    y[one], y[other] = y[other], y[one]


@kernel
def exchange(
    first: Array, neighbour: Array, packets: Array, x: Array, y: Array, moves: int, tolerance: int, seed: int
) -> Array:
    """Return (partitions,) int64: the place, by number, that each partition takes; at first partition p has place p.

    first, neighbour, packets : int64, as ``CommunicationGraph.neighbours`` gives them
    x, y                      : (partitions + 1,) int64, tile of every place; the last is the host's, which stays.
                                Modified
    moves                     : swaps tried, the tolerance falling from ``tolerance`` packets x hops to 0; then swaps
                                that help are made until there is none
    seed                      : of the generator, a xorshift (Marsaglia 2003, doi 10.18637/jss.v008.i14)
    """
    partitions = len(x) - 1
    place = np.arange(partitions)
    # 2654435769 is 2^32 / golden ratio (Knuth), 88172645463325252 Marsaglia's own seed: never 0 for a 32-bit seed.
    state = np.uint64(seed) * np.uint64(2654435769) + np.uint64(88172645463325252)
    for move in range(moves):
        # Marsaglia's xorshift64 with shifts 13, 7, 17; its two halves draw the two partitions.
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        one = np.int64((state >> np.uint64(32)) % np.uint64(partitions))
        other = np.int64((state & np.uint64(0xFFFFFFFF)) % np.uint64(partitions))
        if x[one] == x[other] and y[one] == y[other]:  # cores of one tile: no hop changes
            continue
        # The tolerance falls as the square of the moves that are left, in fixed point.
        left = ((moves - move) << FRACTION_BITS) // moves
        allowed = (tolerance * left * left) >> (2 * FRACTION_BITS)
        if change(one, other, first, neighbour, packets, x, y) <= allowed:
            swap(one, other, place, x, y)
    # Descent to a local minimum: every pair, until no swap helps. The total falls each time, so that this ends.
    helped = True
    while helped:
        helped = False
        for this in range(partitions):
            for that in range(this):
                if change(this, that, first, neighbour, packets, x, y) < 0:
                    swap(this, that, place, x, y)
                    helped = True
    return place
