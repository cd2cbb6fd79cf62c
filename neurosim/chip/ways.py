"""The ways of a layer's packets: from each of its boxes, a core's part of it, to boxes of its destinations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Paths:
    """The ways from one layer to the boxes of its destinations, route after route; all int64.

    A spike at (row, column, channel) reaches ``rows[row, i] * columns[column, j] * channels[channel, k]`` synapses
    in box (i, j, k) of route r, for i in ``extents[r, 0]`` to ``extents[r, 1]``, j in ``extents[r, 2]`` to
    ``extents[r, 3]``, k in ``extents[r, 4]`` to ``extents[r, 5]``. ``endpoints`` lists the boxes' endpoints, route
    after route, each in row-major order from ``starts[r]``.
    """

    rows: Array
    columns: Array
    channels: Array
    extents: Array
    endpoints: Array
    starts: Array


def join_paths(reaches: list[tuple[Array, Array, Array]], endpoints: list[Array], shape: tuple[int, int, int]) -> Paths:
    """Join routes, given as (rows, columns, channels) matrices and their boxes' endpoints, into :class:`Paths`.

    ``shape`` is the source map (rows, columns, channels), needed where there is no route at all.
    """
    joined, cuts = [], []
    for axis, size in enumerate(shape):
        matrices = [np.zeros((size, 0), np.int64), *(reach[axis] for reach in reaches)]
        joined.append(np.ascontiguousarray(np.concatenate(matrices, axis=1)))
        cuts.append(np.cumsum([matrix.shape[1] for matrix in matrices]))
    extents = np.stack([part for cut in cuts for part in (cut[:-1], cut[1:])], axis=1).astype(np.int64)
    flat = [np.zeros(0, np.int64), *(points.ravel().astype(np.int64) for points in endpoints)]
    starts = np.cumsum([len(points) for points in flat])[:-1].astype(np.int64)
    rows, columns, channels = joined
    return Paths(rows, columns, channels, extents, np.concatenate(flat), starts)


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways out of a layer's boxes, box by box, and for each in the order in which a spike takes them; all int64.

    Way w leads from ``box[w]`` by ``route[w]`` to ``endpoint[w]``; those of box b are ``begin[b]`` to ``begin[b + 1]``.
    A box may reach the tiles ``spans[b, r]`` (boxes, routes, 6) of route r, from-to by row, column and channel; its
    first way there is ``first[b, r]``. Channel c reaches the same synapses as all from channel ``alike[c]`` on.
    """

    box: Array
    route: Array
    endpoint: Array
    begin: Array
    spans: Array
    first: Array
    alike: Array


def lay_ways(boxes: Array, paths: Paths) -> Ways:
    """Return the ways from ``boxes`` (n, 6) of a layer along its ``paths``."""
    spans = np.zeros((len(boxes), len(paths.extents), 6), np.int64)
    for axis, reach in enumerate((paths.rows, paths.columns, paths.channels)):
        reached = np.concatenate([np.zeros((1, reach.shape[1]), np.int64), (reach != 0).cumsum(axis=0)])
        in_box = (reached[boxes[:, 2 * axis + 1]] - reached[boxes[:, 2 * axis]]).astype(np.bool_)
        for route, (low, high) in enumerate(paths.extents[:, 2 * axis : 2 * axis + 2].tolist()):
            own = in_box[:, low:high]
            if own.size:
                span = np.stack([low + own.argmax(axis=1), high - own[:, ::-1].argmax(axis=1)], axis=1)
                spans[:, route, 2 * axis : 2 * axis + 2] = span * own.any(axis=1)[:, None]
    sizes = spans[:, :, 1::2] - spans[:, :, ::2]
    often = sizes.prod(axis=2)
    ends = often.cumsum()
    first = ends.reshape(often.shape) - often
    box, route = np.repeat(np.indices(often.shape).reshape(2, -1), often.ravel(), axis=1)
    place: Array = np.arange(len(box)) - first[box, route]
    tile = np.empty((3, len(box)), np.int64)
    for axis in (2, 1, 0):
        place, tile[axis] = np.divmod(place, sizes[box, route, axis])
    extents = paths.extents[route]
    i, j, k = (tile + spans[box, route, ::2].T) - extents[:, ::2].T
    across, deep = extents[:, 3] - extents[:, 2], extents[:, 5] - extents[:, 4]
    endpoint = paths.endpoints[paths.starts[route] + (i * across + j) * deep + k]
    begin = np.concatenate([np.zeros(1, np.int64), often.sum(axis=1).cumsum()])
    alike = np.arange(len(paths.channels))
    alike[1:] *= (paths.channels[1:] != paths.channels[:-1]).any(axis=1)
    return Ways(box, route, endpoint, begin, spans, first, np.maximum.accumulate(alike))
