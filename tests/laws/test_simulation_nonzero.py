"""Synaptic events with non-zero weights: counted at once, they are what spikes meet that are followed one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurosim.conversion.projections.projection import Projection, Window
from neurosim.simulation.counting.nonzero_events import count_nonzero, follow


def cut(rng: np.random.Generator, size: int) -> np.ndarray:
    """Edges of up to three ranges that cover ``size``."""
    inner = rng.choice(np.arange(1, size), min(int(rng.integers(0, 3)), size - 1), replace=False) if size > 1 else []
    return np.array([0, *sorted(inner), size])


def boxes_of(rng: np.random.Generator, rows: int, columns: int, channels: int) -> np.ndarray:
    """Boxes that cover a map, row-major, or in any order."""
    edges = [cut(rng, size) for size in (rows, columns, channels)]
    ranges = [list(pairwise(edge)) for edge in edges]
    boxes = [[*y, *x, *c] for y in ranges[0] for x in ranges[1] for c in ranges[2]]
    return np.array(boxes, np.int64)[rng.permutation(len(boxes)) if rng.random() < 0.3 else slice(None)]


@given(st.integers(0, 2**32))
def test_events_counted_by_weight_are_those_of_spikes_followed_one_by_one(seed):
    rng = np.random.default_rng(seed)
    rows, columns, channels, outputs = rng.integers(1, 8, 4).tolist()
    pool = None
    if rng.random() < 0.5:
        kernel = (int(rng.integers(1, min(rows, 3) + 1)), int(rng.integers(1, min(columns, 3) + 1)))
        pool = Window(kernel, (int(rng.integers(1, 3)), int(rng.integers(1, 3))), (kernel[0] // 2, 0))
    seen = pool.output(rows, columns) if pool else (rows, columns)
    window = Window(
        (int(rng.integers(1, seen[0] + 1)), int(rng.integers(1, seen[1] + 1))),
        (int(rng.integers(1, 4)), int(rng.integers(1, 4))),
        (int(rng.integers(0, 3)), int(rng.integers(0, 3))),
    )
    weights = rng.integers(-2, 3, (*window.kernel, channels, outputs)).astype(np.int8)
    shape = (outputs, *window.output(*seen))
    synapses = Projection("conv", 0, (channels, rows, columns), shape, weights, window, pool=pool)
    boxes = boxes_of(rng, *shape[1:], outputs)
    graded = bool(rng.random() < 0.5)
    spikes = rng.integers(0, 3, (rows, columns, channels)).astype(np.uint8)
    counted = count_nonzero(synapses, spikes, boxes, graded)
    assert counted.tolist() == follow(synapses, spikes, boxes, graded).tolist()
