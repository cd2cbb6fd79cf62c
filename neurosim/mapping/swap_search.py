"""Boxes change places, two at a time, until their packets travel few hops: the kernels of the annealed mapper.

Threshold accepting (Dueck and Scheuer 1990, doi 10.1016/0021-9991(90)90201-B): annealing that takes every exchange
which costs no more than a tolerance, itself falling to nothing. Unlike a probability it needs no floating point, so
the same seed gives the same places on every machine.
"""

from __future__ import annotations

import numpy as np

from neurosim.kernels import kernel

FINE = 10  # bits of the fraction of moves that are left


@kernel
def change(one, other, first, neighbour, packets, x, y):
    """Return by how many packets x hops two boxes that change places make the total rise."""
    x1, y1, x2, y2 = x[one], y[one], x[other], y[other]
    rise = 0
    for entry in range(first[one], first[one + 1]):
        box = neighbour[entry]
        if box != other:  # the way between the two stays as long as it was
            rise += packets[entry] * (abs(x2 - x[box]) + abs(y2 - y[box]) - abs(x1 - x[box]) - abs(y1 - y[box]))
    for entry in range(first[other], first[other + 1]):
        box = neighbour[entry]
        if box != one:
            rise += packets[entry] * (abs(x1 - x[box]) + abs(y1 - y[box]) - abs(x2 - x[box]) - abs(y2 - y[box]))
    return rise


@kernel
def swap(one, other, place, x, y):
    """Let two boxes change places, in place."""
    place[one], place[other] = place[other], place[one]
    x[one], x[other] = x[other], x[one]
    y[one], y[other] = y[other], y[one]


@kernel
def exchange(first, neighbour, packets, x, y, moves, tolerance, seed):
    """Return (boxes,) int64: the place, by number, that each box takes; at first box b has place b.

    first, neighbour, packets : int64, as ``CommunicationGraph.neighbours`` gives them
    x, y                      : (boxes + 1,) int64, tile of every place; the last is the host's, which stays. Modified
    moves                     : exchanges tried, the tolerance falling from ``tolerance`` packets x hops to 0; then
                                exchanges that help are made until there is none
    seed                      : of the generator, a xorshift (Marsaglia 2003, doi 10.18637/jss.v008.i14)
    """
    boxes = len(x) - 1
    place = np.arange(boxes)
    state = np.uint64(seed) * np.uint64(2654435769) + np.uint64(88172645463325252)  # never 0 for a 32-bit seed
    for move in range(moves):
        state ^= state << np.uint64(13)
        state ^= state >> np.uint64(7)
        state ^= state << np.uint64(17)
        one = np.int64((state >> np.uint64(32)) % np.uint64(boxes))
        other = np.int64((state & np.uint64(0xFFFFFFFF)) % np.uint64(boxes))
        if x[one] == x[other] and y[one] == y[other]:
            continue
        left = ((moves - move) << FINE) // moves
        allowed = (tolerance * left * left) >> (2 * FINE)
        if change(one, other, first, neighbour, packets, x, y) <= allowed:
            swap(one, other, place, x, y)
    helped = True
    while helped:
        helped = False
        for this in range(boxes):
            for that in range(this):
                if change(this, that, first, neighbour, packets, x, y) < 0:
                    swap(this, that, place, x, y)
                    helped = True
    return place
