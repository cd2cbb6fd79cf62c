"""A projection: the synapses from one source layer into one destination layer, as a separable product.

A spike at (row, column, channel) of the source drives ``rows[row, i] * columns[column, j] * channels[channel, k]``
synapses into the neuron at (i, j, k) of the destination. Convolution, depthwise convolution, linear layer and residual
identity all have this form, and an average pool in front only multiplies its own taps into ``rows`` and ``columns``.
A graph convolution has it, too: its nodes are rows, and ``rows`` is which node reads which.
Fan-outs, packets and operation counts are sums of these three small matrices over partitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow

Pair = tuple[int, int]
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Window:
    """A window sliding over a map.

    Parameters
    ----------
    kernel, stride, padding : tuple of int
        (rows, columns) each; padding is with zeros.
    """

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)

    def output(self, rows: int, columns: int) -> Pair:
        """Return the size of the map of window positions over a ``rows`` x ``columns`` map."""
        sizes = (
            (size + 2 * padding - kernel) // stride + 1
            for size, kernel, stride, padding in zip(
                (rows, columns), self.kernel, self.stride, self.padding, strict=True
            )
        )
        return tuple(sizes)  # type: ignore[return-value]

    def taps(self, axis: int, size: int) -> NDArray[np.int64]:
        """Return (size, positions) int64 along ``axis``: 1 where a window position covers an input, else 0."""
        kernel, stride, padding = self.kernel[axis], self.stride[axis], self.padding[axis]
        positions = (size + 2 * padding - kernel) // stride + 1
        # Position p covers the inputs from p * stride - padding on; those outside the map are zeros.
        first = np.arange(positions) * stride - padding
        inputs = np.arange(size)[:, None]
        covered: NDArray[np.bool_] = (inputs >= first) & (inputs < first + kernel)
        return covered.astype(np.int64)


POINT = Window((1, 1), (1, 1))


@dataclass(frozen=True, eq=False)
class Projection:
    """All synapses from one layer into another.

    A spike first passes ``pool``, a sum without rounding, then ``window``.

    Parameters
    ----------
    kind : {"conv", "linear", "identity", "graph"}
        A linear layer is a window as large as the (pooled) source map.
    source : int
        Number of the source layer.
    source_shape, shape : tuple of int
        (channels, rows, columns) of the source and of the destination.
    weights : ndarray of int8 or wider, (kernel rows, kernel columns, source channels / groups, channels)
        Of a graph (1, 1, source channels, channels); of an identity a () int64, in a register of its own and not in
        the synapse memory.
    window : Window or GraphWindow
        Which (pooled) positions a destination position reads.
    pool : Window, optional
        Of an average pool in front.
    groups : int
        Channel groups of a grouped convolution.
    channel_offset : int
        Of an identity only: source channel c reaches channel c + offset.
    """

    kind: Literal["conv", "linear", "identity", "graph"]
    source: int
    source_shape: Shape
    shape: Shape
    weights: NDArray[np.integer]
    window: Window | GraphWindow
    pool: Window | None = None
    groups: int = 1
    channel_offset: int = 0

    @property
    def is_stored(self) -> bool:
        """Whether the weights occupy synapse memory."""
        return self.kind != "identity"

    @property
    def fan_in(self) -> int:
        """Fan-in of a destination neuron away from borders, pool not unrolled: kernel size x channels of a group."""
        return int(np.prod(self.weights.shape[:3])) if self.is_stored else 1

    @property
    def pooled_shape(self) -> Shape:
        """Shape (channels, rows, columns) of the source map behind the pool."""
        channels, rows, columns = self.source_shape
        return (channels, *(self.pool.output(rows, columns) if self.pool else (rows, columns)))

    def _taps(self, axis: int) -> NDArray[np.int64]:
        size = self.source_shape[1 + axis]
        if self.pool is None:
            return self.window.taps(axis, size)
        pooled = self.pool.taps(axis, size)
        taps: NDArray[np.int64] = pooled @ self.window.taps(axis, pooled.shape[1])
        return taps

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(source rows, destination rows) int64: taps between a source row and a destination row."""
        return self._taps(0)

    @cached_property
    def row_entries(self) -> NDArray[np.int64]:
        """(destination rows,) int64: taps into each destination row."""
        entries: NDArray[np.int64] = self.rows.sum(0)
        return entries

    @cached_property
    def columns(self) -> NDArray[np.int64]:
        """(source columns, destination columns) int64: taps between a source and a destination column."""
        return self._taps(1)

    @cached_property
    def channels(self) -> NDArray[np.int64]:
        """(source channels, destination channels) int64: 1 where channels are connected; read-only."""
        if self.is_stored and self.groups == 1:
            full: NDArray[np.int64] = np.broadcast_to(np.int64(1), (self.source_shape[0], self.shape[0]))
            return full  # a view of one number, which takes no memory
        inputs = np.arange(self.source_shape[0])[:, None]
        outputs = np.arange(self.shape[0])[None, :]
        if self.kind == "identity":
            same: NDArray[np.bool_] = inputs + self.channel_offset == outputs
            return same.astype(np.int64)
        per_input, per_output = self.source_shape[0] // self.groups, self.shape[0] // self.groups
        in_group: NDArray[np.bool_] = inputs // per_input == outputs // per_output
        return in_group.astype(np.int64)

    @cached_property
    def channel_entries(self) -> NDArray[np.int64]:
        """(source channels,) int64: destination channels that each source channel is connected to."""
        entries: NDArray[np.int64] = self.channels.sum(1)
        return entries

    def fan_out(self) -> NDArray[np.int64]:
        """Return (rows, columns, channels) int64: in-bounds synapses that one spike of each source neuron drives."""
        rows, columns, channels = self.rows.sum(1), self.columns.sum(1), self.channel_entries
        synapses: NDArray[np.int64] = rows[:, None, None] * columns[None, :, None] * channels[None, None, :]
        return synapses

    def events(self, spikes: NDArray[np.integer]) -> int:
        """Return the synaptic events of ``spikes`` (rows, columns, channels): the sum of their fan-outs."""
        # The separable product, summed over positions first: channels are the longest axis.
        by_channel = np.einsum("i,ijk,j->k", self.rows.sum(1), spikes.astype(np.int64), self.columns.sum(1))
        return int(by_channel @ self.channel_entries)

    def effective_macs(self, codes: NDArray[np.integer]) -> int:
        """Return the number of products whose (pooled) activation is not 0, for ``codes`` (rows, columns, channels).

        On a graph: those of non-zero features, once for each node, and those of the sums over neighbours.
        """
        if self.kind == "identity":
            return 0
        if isinstance(self.window, GraphWindow):
            return (int(np.count_nonzero(codes)) + self.window.neighbours.entries) * self.shape[0]
        pooled: NDArray[Any] = codes
        if self.pool is not None:  # in float64, which BLAS multiplies, and exact for sums of so few codes
            taps = [self.pool.taps(axis, size).astype(np.float64) for axis, size in enumerate(codes.shape[:2])]
            pooled = np.einsum("ip,ijk,jq->pqk", taps[0], codes.astype(np.float64), taps[1], optimize=True)
        rows, columns = (self.window.taps(axis, size).sum(1) for axis, size in enumerate(pooled.shape[:2]))
        taps_of = np.outer(rows, columns).ravel().astype(np.float64)
        by_channel = taps_of @ (pooled != 0).reshape(len(taps_of), -1).astype(np.float64)
        return int(by_channel.astype(np.int64) @ self.channel_entries)

    def nonzero(self, cuts: tuple[int, ...]) -> NDArray[np.int32]:
        """Return the number of non-zero weights in each range of destination channels, ranges starting at ``cuts``.

        (ranges, kernel rows, kernel columns, source channels / groups) int32; counted once for each ``cuts``.
        """
        if cuts not in self._nonzero:
            counted = np.add.reduceat(self.weights != 0, cuts, axis=3, dtype=np.int32)
            self._nonzero[cuts] = np.ascontiguousarray(np.moveaxis(counted, 3, 0))
        return self._nonzero[cuts]

    @cached_property
    def _nonzero(self) -> dict[tuple[int, ...], NDArray[np.int32]]:
        return {}

    def touched(self, spikes: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return (rows, columns, channels) bool: destination neurons that any of ``spikes`` reaches."""
        # In float32, which BLAS multiplies: only whether a sum is 0 matters, and all terms are positive.
        active = (spikes != 0).astype(np.float32)
        if self.kind == "identity":
            lead = np.zeros((*active.shape[:2], self.channel_offset), np.float32)
            tail = np.zeros((*active.shape[:2], self.shape[0] - self.channel_offset - active.shape[2]), np.float32)
            by_group = np.concatenate([lead, active, tail], axis=2)
        else:
            # Neurons of a group are reached alike, so that one channel stands for all.
            by_group = active.reshape(*active.shape[:2], self.groups, -1).max(3)
        rows, columns = (self.rows > 0).astype(np.float32), (self.columns > 0).astype(np.float32)
        reached = np.einsum("ip,ijg,jq->pqg", rows, by_group, columns, optimize=True) > 0
        return np.repeat(reached, self.shape[0] // reached.shape[2], axis=2)

    @property
    def macs(self) -> int:
        """In-bounds products of one dense inference (padding excluded, pool not unrolled).

        On a graph features are multiplied first, once for each node, and then summed over neighbours.
        """
        if self.kind == "identity":
            return 0
        if isinstance(self.window, GraphWindow):
            channels, nodes, _ = self.source_shape
            return (channels * nodes + self.window.neighbours.entries) * self.shape[0]
        _, rows, columns = self.pooled_shape
        taps = self.window.taps(0, rows).sum() * self.window.taps(1, columns).sum()
        return int(taps) * int(self.channels.sum())
