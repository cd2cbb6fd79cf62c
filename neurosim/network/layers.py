"""The layers a network is made of: what each makes of a shape, and the parameters it holds.

Shapes are (channels, rows, columns); weights lie as in PyTorch, (out, in / groups, kernel rows, kernel columns). A
layer is a description only: ``network/forward.py`` evaluates it in floating point, ``conversion`` makes spikes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

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

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, window positions)."""
        (shape,) = shapes
        if shape[0] % self.groups or self.channels % self.groups:
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
class Linear(Layer):
    """A fully connected layer over everything that enters, channel-major."""

    channels: int
    bias: bool = True

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

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return the four (channels,) vectors."""
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (shape[0],))


@dataclass(frozen=True)
class Activation(Layer):
    """Clipped ReLU in ``levels`` equal steps (QCFS): lam / levels * clip(floor(z levels / lam + 1/2), 0, levels).

    Its one parameter is the clip value ``lam``, a positive scalar.
    """

    levels: int = 15

    def parameters(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        """Return lam, a scalar."""
        return {"lam": ()}


@dataclass(frozen=True)
class ReLU(Layer):
    """An activation without a clip value: importers may meet it, conversion refuses it."""


@dataclass(frozen=True)
class AvgPool2d(Layer):
    """An average pool that divides by the whole kernel, padding included (``count_include_pad``)."""

    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)

    def output(self, *shapes: Shape) -> Shape:
        """Return (channels, window positions)."""
        (shape,) = shapes
        return (shape[0], *_slide(shape, self.kernel, self.stride, self.padding))


@dataclass(frozen=True)
class MaxPool2d(AvgPool2d):
    """A maximum pool: importers may meet it, conversion refuses it."""


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
