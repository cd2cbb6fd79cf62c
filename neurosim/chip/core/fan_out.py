"""The fan-out of a layer: the packet flows from each of its partitions, a core's part of it, to those it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]


UNSPLIT = 2**62  # the radix of a route whose synapses are all of one kind: larger than any reach


@dataclass(frozen=True, eq=False)
class ProjectionReach:
    """Who reaches whom over one projection: (source positions, partitions) int64 along rows, columns and channels.

    ``is_stored`` says that its weights are fetched from the synapse memory, not held in a register.
    """

    rows: Array
    columns: Array
    channels: Array
    is_stored: bool = True

    @property
    def most(self) -> int:
        """The most synapses that one spike reaches in one partition."""
        return int(np.prod([int(reach.max(initial=0)) for reach in (self.rows, self.columns, self.channels)]))


@dataclass(frozen=True, eq=False)
class FanOut:
    """The fan-out of one layer to the partitions of its destinations, route after route; all int64.

    A route leads to one layer, over the projections ``begin[r]`` to ``begin[r + 1]``. Over projection p, a spike at
    (row, column, channel) reaches ``rows[row, i] * columns[column, j] * channels[channel, k]`` synapses in a partition,
    for i in ``extents[p, 0]`` to ``extents[p, 1]``, j in ``extents[p, 2]`` to ``extents[p, 3]``, k in ``extents[p, 4]``
    to ``extents[p, 5]``. The partitions are those of the route, in this order; a spike that reaches one over any
    projection sends it one packet. ``endpoints`` lists their endpoints, route after route, in row-major order from
    ``starts[r]``.

    What a packet reaches is one number, its *reach*: its synapses, each counted ``unit[p]`` times. That is 1, so that
    the reach is the fan-out, except for the registers of a route that has stored synapses as well: these count
    ``radix[r]`` times, which is more than all stored ones together.
    """

    rows: Array
    columns: Array
    channels: Array
    extents: Array
    endpoints: Array
    starts: Array
    begin: Array
    unit: Array
    radix: Array

    def synapses(self, route: Array | int, reach: Array) -> Array:
        """Return the fan-out of packets, of both kinds of synapses, by their routes and reach."""
        fan_out: Array = reach // self.radix[route] + reach % self.radix[route]
        return fan_out

    @cached_property
    def most(self) -> int:
        """The largest reach of any packet."""
        largest = [
            int(np.prod([reach[:, low:high].max(initial=0) for reach, low, high in zip(
                (self.rows, self.columns, self.channels), own[::2], own[1::2], strict=True)]))
            for own in self.extents.tolist()
        ]  # fmt: skip
        ends = zip(self.begin[:-1].tolist(), self.begin[1:].tolist(), strict=True)
        return max((sum(int(self.unit[p]) * largest[p] for p in range(*own)) for own in ends), default=0)


def join_fan_outs(routes: list[list[ProjectionReach]], endpoints: list[Array], shape: tuple[int, int, int]) -> FanOut:
    """Join routes, given as their projections and their partitions' endpoints, into :class:`FanOut`.

    ``shape`` is the source map (rows, columns, channels), needed where there is no route at all.
    """
    projections = [projection for own in routes for projection in own]
    joined, cuts = [], []
    for axis, size in zip(("rows", "columns", "channels"), shape, strict=True):
        matrices = [np.zeros((size, 0), np.int64), *(getattr(projection, axis) for projection in projections)]
        joined.append(np.ascontiguousarray(np.concatenate(matrices, axis=1)))
        cuts.append(np.cumsum([matrix.shape[1] for matrix in matrices]))
    extents = np.stack([part for cut in cuts for part in (cut[:-1], cut[1:])], axis=1).astype(np.int64)
    flat = [np.zeros(0, np.int64), *(points.ravel().astype(np.int64) for points in endpoints)]
    starts = np.cumsum([len(points) for points in flat])[:-1].astype(np.int64)
    begin = np.cumsum([0, *(len(own) for own in routes)]).astype(np.int64)
    radix = np.array([radix_of(own) for own in routes], np.int64)
    route_of = np.repeat(np.arange(len(routes)), np.diff(begin))
    stored = np.array([projection.is_stored for projection in projections], np.bool_)
    unit = np.where(stored | (radix[route_of] == UNSPLIT), 1, radix[route_of]).astype(np.int64)
    rows, columns, channels = joined
    return FanOut(rows, columns, channels, extents, np.concatenate(flat), starts, begin, unit, radix)


def radix_of(projections: list[ProjectionReach]) -> int:
    """Return how often a register counts in the reach of a route: once, or more than all its stored synapses."""
    if len({projection.is_stored for projection in projections}) == 1:
        return UNSPLIT
    return 1 + sum(projection.most for projection in projections if projection.is_stored)


@dataclass(frozen=True, eq=False)
class PacketFlows:
    """The flows out of a layer's partitions, each partition's in the order in which a spike takes them; all int64.

    Flow f leads from ``partition[f]`` by ``route[f]`` to ``endpoint[f]``; those of partition p are ``begin[p]`` to
    ``begin[p + 1]``. A partition may reach the tiles ``spans[p, r]`` (partitions, routes, 6) of route r, from-to by
    row, column and channel of its first projection; its first flow there is ``first[p, r]``. Channel c reaches the same
    synapses as all from channel ``alike[c]`` on.
    """

    partition: Array
    route: Array
    endpoint: Array
    begin: Array
    spans: Array
    first: Array
    alike: Array


def packet_flows(partitions: Array, fan_out: FanOut) -> PacketFlows:
    """Return the flows from the ``partitions`` (n, 6) of a layer along its ``fan_out``."""
    spans = np.zeros((len(partitions), len(fan_out.radix), 6), np.int64)
    # Which tiles of each route any neuron of a partition reaches, axis by axis: first to last is its span.
    for axis, reach in enumerate((fan_out.rows, fan_out.columns, fan_out.channels)):
        reached = np.concatenate([np.zeros((1, reach.shape[1]), np.int64), (reach != 0).cumsum(axis=0)])
        in_partition = (reached[partitions[:, 2 * axis + 1]] - reached[partitions[:, 2 * axis]]).astype(np.bool_)
        for route, (begin, end) in enumerate(zip(fan_out.begin[:-1].tolist(), fan_out.begin[1:].tolist(), strict=True)):
            parts = fan_out.extents[begin:end, 2 * axis : 2 * axis + 2].tolist()
            own = np.logical_or.reduce([in_partition[:, low:high] for low, high in parts])
            if own.size:
                low, high = parts[0]
                span = np.stack([low + own.argmax(axis=1), high - own[:, ::-1].argmax(axis=1)], axis=1)
                spans[:, route, 2 * axis : 2 * axis + 2] = span * own.any(axis=1)[:, None]
    # One flow for every tile of a span; places are numbered row-major, as a spike takes them.
    sizes = spans[:, :, 1::2] - spans[:, :, ::2]
    often = sizes.prod(axis=2)
    ends = often.cumsum()
    first = ends.reshape(often.shape) - often
    partition, route = np.repeat(np.indices(often.shape).reshape(2, -1), often.ravel(), axis=1)
    place: Array = np.arange(len(partition)) - first[partition, route]
    tile = np.empty((3, len(partition)), np.int64)
    for axis in (2, 1, 0):
        place, tile[axis] = np.divmod(place, sizes[partition, route, axis])
    extents = fan_out.extents[fan_out.begin[route]]
    i, j, k = (tile + spans[partition, route, ::2].T) - extents[:, ::2].T
    across, deep = extents[:, 3] - extents[:, 2], extents[:, 5] - extents[:, 4]
    endpoint = fan_out.endpoints[fan_out.starts[route] + (i * across + j) * deep + k]
    begin = np.concatenate([np.zeros(1, np.int64), often.sum(axis=1).cumsum()])
    # Channels with equal reach go alike: the first of each run of them stands for all.
    alike = np.arange(len(fan_out.channels))
    alike[1:] *= (fan_out.channels[1:] != fan_out.channels[:-1]).any(axis=1)
    return PacketFlows(partition, route, endpoint, begin, spans, first, np.maximum.accumulate(alike))
