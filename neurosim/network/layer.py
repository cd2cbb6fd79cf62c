"""The contract of a layer type: a frozen dataclass in a file of its own, and all that neurosim asks it.

The graph asks for shapes and parameters, ``forward`` for values, conversion for spikes (``lower``), for the channels
that share a scale (``scales``) and for what batch normalisation folds into, training for a PyTorch module. A new layer
type answers what it can; what it leaves out is refused with the name of its node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from neurosim.network.adjacency import Adjacency
from neurosim.network.shapes import Array, Pair, Shape

if TYPE_CHECKING:
    from torch import Tensor, nn

Parameters = Mapping[str, Array]
Signal = TypeVar("Signal")


class NodeLowering(Protocol[Signal]):
    """What conversion offers a layer that becomes spikes: the synapses and neurons that the chip has.

    A ``Signal`` is what flows between nodes, either spikes (behind an activation, perhaps pooled) or a sum that enters
    membranes. Only conversion looks into it. What cannot be done with a signal is a ConversionError that names the
    node.

    Attributes
    ----------
    shape : tuple of int
        (channels, rows, columns) of what leaves the node.
    input_shape : tuple of int
        (channels, rows, columns) of its first input.
    parameters : mapping of str to ndarray of float
        Its real parameters by their short names, batch normalisation folded in.
    """

    shape: Shape
    input_shape: Shape
    parameters: Parameters

    def fire(self, source: Signal, clip: float) -> Signal:
        """Return the spikes of neurons that a sum flows into; ``clip`` is the real value of their largest code."""
        ...

    def pool(self, source: Signal, kernel: Pair, stride: Pair, padding: Pair = (0, 0)) -> Signal:
        """Return spikes averaged over windows: sums inside the synapses that read them."""
        ...

    def flatten(self, source: Signal) -> Signal:
        """Return the same as a vector, channel-major."""
        ...

    def dense(self, source: Signal, weight: Array, bias: Array) -> Signal:
        """Return the sum over everything that enters; ``weight`` is (out, in), ``bias`` (out,)."""
        ...

    def convolve(
        self, source: Signal, weight: Array, bias: Array, *, stride: Pair, padding: Pair, groups: int = 1
    ) -> Signal:
        """Return a convolution; ``weight`` is (out, in / groups, kernel rows, kernel columns), ``bias`` (out,)."""
        ...

    def aggregate(
        self,
        source: Signal,
        weight: Array,
        bias: Array,
        *,
        neighbours: Adjacency,
        edge_weights: NDArray[np.float64],
        divisors: NDArray[np.int64] | None,
    ) -> Signal:
        """Return sums over each node's neighbours; ``weight`` is (out, in, 1, 1), ``edge_weights`` (entries,).

        With ``divisors`` (nodes,) a node's sum, and its bias (nodes, 1, out), is so many times what it stands for.
        """
        ...

    def identity(self, source: Signal, stride: int = 1, offset: int = 0) -> Signal:
        """Return spikes as a sum: every ``stride``-th row and column, channel c into channel c + ``offset``."""
        ...

    def add(self, sources: Sequence[Signal]) -> Signal:
        """Return the sum of all."""
        ...


class ChannelScales(Protocol):
    """Numbers for the scales of channels; channels of one number can only be scaled together."""

    fixed: int  # the scale that cannot change: that of the input and of the output

    def fresh(self, count: int) -> list[int]:
        """Return the numbers of ``count`` channels that can each be scaled by itself."""
        ...

    def join(self, one: int, other: int) -> None:
        """Let two numbers stand for one scale."""
        ...


@dataclass(frozen=True)
class Layer:
    """Any layer: by default it keeps its one input's shape and has no parameters.

    Subclasses are frozen dataclasses whose fields are what the layer is made with. Methods that are not overridden say
    that the layer cannot be evaluated, converted or trained.

    The names of parameters mean the same in every layer: ``weight`` (channels, inputs, ...) and ``bias`` (channels,) of
    a sum, ``running_mean`` and ``running_var`` (channels,) of a normalisation, ``lam`` () the clip value of an
    activation.
    """

    inputs: ClassVar[int] = 1  # how many inputs it takes; -1: two or more
    weighted: ClassVar[bool] = False  # its parameters are the weight and bias of a sum over what enters
    sums: ClassVar[bool] = False  # what leaves it is a sum, which only an activation turns into spikes
    fires: ClassVar[bool] = False  # it is an activation: each of its outputs becomes a neuron
    folds: ClassVar[bool] = False  # before conversion it vanishes into the weights in front of it
    aliases: ClassVar[dict[str, tuple[str, ...]]] = {}  # other names of its parameters in state dicts

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

    def forward(self, parameters: Parameters, *sources: Array) -> Array:
        """Return its output (n, channels, rows, columns) for inputs of that form, in their float type."""
        raise NotImplementedError

    def lower(self, node: NodeLowering[Signal], *sources: Signal) -> Signal:
        """Return what leaves it as spikes or sums of spikes, built with what ``node`` offers.

        A NotImplementedError says why the layer cannot become spikes.
        """
        raise NotImplementedError

    # How the layer takes part in the precision of a conversion (conversion/precision)

    def scales(self, scales: ChannelScales, shape: Shape, *sources: Sequence[int]) -> Sequence[int]:
        """Return the scale of each channel of its output, which has ``shape``, given those of its inputs' channels.

        Weights can scale each channel that they make; everything else keeps the scales that enter.
        """
        return scales.fresh(shape[0]) if self.weighted else sources[0]

    def carried(self, values: Array) -> Array:
        """Return a value of each channel that leaves, given that of each channel that enters."""
        return values

    def pooled_places(self, shape: Shape) -> int:
        """Return how many places of an input of ``shape`` are averaged into one."""
        return 1

    def weight_inputs(self, shape: Shape) -> int:
        """Return how many inputs its weights tell apart, of all groups, for an input of ``shape``."""
        return shape[0]

    # What takes its place

    @property
    def activation_levels(self) -> int | None:
        """The number of non-zero levels of a clipped activation; None for any other layer."""
        return None

    def with_levels(self, levels: int) -> Layer:
        """Return the activation with other levels; any other layer as it is."""
        return self

    def rectified(self) -> Layer:
        """Return an activation without clip value and levels; any other layer as it is."""
        return self

    def clipped(self, levels: int) -> Layer:
        """Return an activation with a clip value and so many levels; any other layer as it is."""
        return self

    def pooled(self, maximum: bool) -> Layer:
        """Return a pool of windows that takes the maximum, or the average; any other layer as it is."""
        return self

    def biased(self) -> Layer:
        """Return a layer with weights that has a bias; any other layer as it is."""
        return self

    # Batch normalisation

    def fold_refusal(self) -> str:
        """Return why no batch normalisation behind it folds into its weights and bias; nothing if one does."""
        return "it can only be folded into a Conv2d that feeds nothing else"

    def fold_into(self, weight: Array, bias: Array, parameters: Parameters) -> tuple[Array, Array]:
        """Return the weight and bias of the layer in front of one that ``folds``, itself folded in."""
        raise NotImplementedError

    # Importers and training

    @classmethod
    def recognises(cls, arrays: Mapping[str, NDArray[Any]]) -> bool:
        """Whether the arrays of one place in a state dict, by their short names, are those of such a layer."""
        return False

    def torch_module(self, shape: Shape) -> nn.Module:
        """Return a PyTorch module that holds its parameters, for an input of ``shape``."""
        raise NotImplementedError

    def torch_forward(self, module: Any, *sources: Tensor) -> Tensor:
        """Return its output as PyTorch's; ``module`` holds the parameters as attributes."""
        made: Tensor = module(sources[0])
        return made
