"""The layers a network is made of: what each makes of a shape, and the parameters it holds.

Shapes are (channels, rows, columns); weights lie as in PyTorch, (out, in / groups, kernel rows, kernel columns). A
layer is a description only: ``network/forward.py`` evaluates it in floating point, ``conversion`` makes spikes of it.
What its fields may hold it says in ``check``, which the node calls that it becomes: a node has a name to complain by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.network.adjacency import Adjacency
from neurosim.network.fields import need_choice, need_share, need_sizes, need_truth, need_whole

Pair = tuple[int, int]
Shape = tuple[int, int, int]


def _slide(shape: Shape, kernel: Pair, stride: Pair, padding: Pair) -> Pair:
    """Return the number of window positions along rows and columns; none is a ValueError."""
    sizes = tuple((shape[1 + i] + 2 * padding[i] - kernel[i]) // stride[i] + 1 for i in range(2))
    if min(sizes) < 1:
        raise ValueError(f"a {_by(kernel)} window does not fit a {_by(shape[1:])} map with padding {_by(padding)}")
    return sizes  # type: ignore[return-value]


def _by(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes))


@dataclass(frozen=True)
class Layer:
    """Any layer: by default it keeps its one input's shape and has no parameters."""

    inputs: ClassVar[int] = 1  # how many inputs it takes; -1: two or more

    def check(self) -> None:
        """Raise a ValueError for a field that holds what it cannot; it names the field."""

    def output(self, *shapes: Shape) -> Shape:
        """Return the shape of its output; a shape that does not fit is a ValueError that says why."""
        return shapes[0]

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return the shapes of its parameters by name, for an input of ``shape``."""
        return {}

    def macs(self, shape: Shape) -> int:
        """Return its nominal products, fan-in x neurons, padding included, for an input of ``shape``."""
        return 0


@dataclass(frozen=True)
class Input(Layer):
    """The images that enter."""

    shape: Shape
    inputs: ClassVar[int] = 0

    def check(self) -> None:
        """Want three sizes from 1."""
        need_sizes("shape", self.shape, 1, ("channels", "rows", "columns"))

    def output(self, *shapes: Shape) -> Shape:
        """Return its own shape."""
        return self.shape


@dataclass(frozen=True)
class Conv2d(Layer):
    """A convolution; with ``groups`` equal to the channels a depthwise one."""

    channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    groups: int = 1
    bias: bool = False

    def check(self) -> None:
        """Want sizes and strides from 1, a padding from 0, the same on opposite sides, and groups that are equal."""
        need_whole("channels", self.channels, 1)
        need_sizes("kernel", self.kernel, 1)
        need_sizes("stride", self.stride, 1)
        need_sizes("padding", self.padding, 0)
        need_whole("groups", self.groups, 1)
        need_truth("bias", self.bias)
        if self.channels % self.groups:
            raise ValueError(f"groups: {self.channels} channels do not split into {self.groups} groups")

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, window positions)."""
        (shape,) = shapes
        if shape[0] % self.groups:
            raise ValueError(f"{shape[0]} and {self.channels} channels do not split into {self.groups} groups")
        return (self.channels, *_slide(shape, self.kernel, self.stride, self.padding))

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return weight (out, in / groups, kernel rows, kernel columns) and perhaps bias (out,)."""
        weight = (self.channels, shape[0] // self.groups, *self.kernel)
        return {"weight": weight, "bias": (self.channels,)} if self.bias else {"weight": weight}

    def macs(self, shape: Shape) -> int:
        """Return fan-in x neurons."""
        channels, rows, columns = self.output(shape)
        return shape[0] // self.groups * self.kernel[0] * self.kernel[1] * channels * rows * columns


@dataclass(frozen=True)
class GraphConv(Conv2d):
    """A 1 x 1 convolution on each node's features, then a sum over its neighbours (GCN, arXiv 1609.02907).

    Nodes are the rows of a one-column map. With d_v the neighbours of v, itself included, node v gets

        ``folded``  sum_w c_vw W h_w + b, with c_vw = 1 / sqrt(d_v d_w), or 1 / d_v with ``normalisation: mean``
        ``degree``  (sum_w W h_w + g_v b) / d_v, with g_v = sqrt(d_v), or d_v with ``mean``

    ``degree`` is the same function of scaled features: h stands for H / sqrt(d) of the ``symmetric`` network (for H
    itself with ``mean``), so no edge needs a weight. A ``raw`` layer reads H unscaled and takes W h_w / sqrt(d_w).
    """

    kernel: Pair = (1, 1)
    neighbours: Adjacency = field(kw_only=True)
    normalisation: Literal["symmetric", "mean"] = "symmetric"
    recipe: Literal["folded", "degree"] = "folded"
    raw: bool = False

    def check(self) -> None:
        """Want what a convolution wants, neighbours and one of each choice."""
        super().check()
        if not isinstance(self.neighbours, Adjacency):
            raise ValueError(f"neighbours: wanted Neighbours, found {type(self.neighbours).__name__}")
        need_choice("normalisation", self.normalisation, ("symmetric", "mean"))
        need_choice("recipe", self.recipe, ("folded", "degree"))
        need_truth("raw", self.raw)
        if (self.kernel, self.stride, self.padding, self.groups) != ((1, 1), (1, 1), (0, 0), 1):
            raise ValueError("a GraphConv has a 1 x 1 kernel, no stride, no padding and no groups")

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, nodes, 1)."""
        (shape,) = shapes
        if shape[1:] != (self.neighbours.nodes, 1):
            raise ValueError(f"the graph has {self.neighbours.nodes:,} nodes, a {_by(shape[1:])} map does not")
        return super().output(*shapes)

    def macs(self, shape: Shape) -> int:
        """Return the products of the cheaper order: features first, then the sums over neighbours."""
        return super().macs(shape) + self.neighbours.entries * self.channels

    @property
    def edge_weights(self) -> NDArray[np.float64]:
        """(entries,): what each neighbour's product is weighted with."""
        degree, target, source = self.neighbours.degree, self.neighbours.target, self.neighbours.source
        if self.recipe == "degree":
            scaled = self.raw and self.normalisation == "symmetric"
            return 1 / np.sqrt(degree[source]) if scaled else np.ones(self.neighbours.entries)
        return 1 / (degree[target] if self.normalisation == "mean" else np.sqrt(degree[target] * degree[source]))

    @property
    def divisors(self) -> NDArray[np.int64]:
        """(nodes,): what each node's sum is divided by."""
        return self.neighbours.degree if self.recipe == "degree" else np.ones(self.neighbours.nodes, np.int64)

    @property
    def bias_gains(self) -> NDArray[np.float64]:
        """(nodes,): what each node's bias is multiplied by before that division."""
        return self.divisors.astype(np.float64) if self.normalisation == "mean" else np.sqrt(self.divisors)


@dataclass(frozen=True)
class Linear(Layer):
    """A fully connected layer over everything that enters, channel-major."""

    channels: int
    bias: bool = True

    def check(self) -> None:
        """Want channels from 1."""
        need_whole("channels", self.channels, 1)
        need_truth("bias", self.bias)

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, 1, 1)."""
        return (self.channels, 1, 1)

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return weight (out, in) and perhaps bias (out,)."""
        weight = (self.channels, shape[0] * shape[1] * shape[2])
        return {"weight": weight, "bias": (self.channels,)} if self.bias else {"weight": weight}

    def macs(self, shape: Shape) -> int:
        """Return inputs x outputs."""
        return shape[0] * shape[1] * shape[2] * self.channels


@dataclass(frozen=True)
class BatchNorm2d(Layer):
    """y = weight (x - running_mean) / sqrt(running_var + eps) + bias, by channel, running statistics only."""

    eps: float = 1e-5

    def check(self) -> None:
        """Want a small eps."""
        need_share("eps", self.eps, 0, 1)

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return the four (channels,) vectors."""
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (shape[0],))


@dataclass(frozen=True)
class Activation(Layer):
    """Clipped ReLU in ``levels`` equal steps (QCFS): lam / levels * clip(floor(z levels / lam + 1/2), 0, levels).

    Its one parameter is the clip value ``lam``, a positive scalar.
    """

    levels: int = 15

    def check(self) -> None:
        """Want a level above 0."""
        need_whole("levels", self.levels, 1)

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return lam, a scalar."""
        return {"lam": ()}


@dataclass(frozen=True)
class ReLU(Layer):
    """An activation without a clip value; it becomes spikes once one is measured."""


@dataclass(frozen=True)
class AvgPool2d(Layer):
    """An average pool that divides by the whole kernel, padding included (``count_include_pad``)."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)

    def check(self) -> None:
        """Want sizes and strides from 1, and no window that lies in the padding altogether."""
        need_sizes("kernel", self.kernel, 1)
        need_sizes("stride", self.stride, 1)
        need_sizes("padding", self.padding, 0)
        if any(padding >= size for padding, size in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(f"padding: {_by(self.padding)} leaves nothing in a {_by(self.kernel)} window")

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, window positions)."""
        (shape,) = shapes
        return (shape[0], *_slide(shape, self.kernel, self.stride, self.padding))


@dataclass(frozen=True)
class MaxPool2d(AvgPool2d):
    """A maximum pool: evaluated in floating point, but not yet made of spikes."""


@dataclass(frozen=True)
class GlobalAvgPool2d(Layer):
    """The average of each channel."""

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, 1, 1)."""
        return (shapes[0][0], 1, 1)


@dataclass(frozen=True)
class Flatten(Layer):
    """A map as a vector, channel-major."""

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels x rows x columns, 1, 1)."""
        channels, rows, columns = shapes[0]
        return (channels * rows * columns, 1, 1)


@dataclass(frozen=True)
class Shortcut(Layer):
    """A residual connection without parameters (ResNet option A, He et al. 2015, arXiv 1512.03385).

    Keeps every ``stride``-th row and column and adds ``before`` and ``after`` zero channels.
    """

    stride: int
    before: int
    after: int

    def check(self) -> None:
        """Want a stride from 1, and no fewer than no channels to add."""
        need_whole("stride", self.stride, 1)
        need_whole("before", self.before, 0)
        need_whole("after", self.after, 0)

    def output(self, *shapes: Shape) -> Shape:
        """Return the widened, subsampled shape."""
        channels, rows, columns = shapes[0]
        return (self.before + channels + self.after, -(-rows // self.stride), -(-columns // self.stride))


@dataclass(frozen=True)
class Add(Layer):
    """The sum of its inputs: where a residual branch joins."""

    inputs: ClassVar[int] = -1

    def output(self, *shapes: Shape) -> Shape:
        """Return the one shape that all inputs must have."""
        if len(set(shapes)) > 1:
            raise ValueError(f"cannot add maps of {' and '.join(_by(shape) for shape in shapes)}")
        return shapes[0]
