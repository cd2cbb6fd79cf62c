"""What a network's neurons say to a batch of images, with no chip and no clock; the same spikes and the same logits.

There are two ways. Where a model claims that its spikes are those of the quantised network, and which they are, each
layer is one product (``by_codes``). The others go plane by plane and scan by scan (``by_steps``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingLayer, SpikingNetwork
from neurosim.errors import CountOverflowError
from neurosim.neurons.model import Membrane, NeuronModel
from neurosim.simulation.functional.integer_matmul import LARGEST_SUM, IntegerProjection
from neurosim.simulation.functional.numpy_datapath import NumpyDatapath

Integers = NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """What one layer said: ``spikes`` (scans, n, rows, columns, channels) and what they decode to, without the scans.

    ``spikes`` are None where only codes were computed, which ``planes_of`` turns into spikes. The output layer has
    its logits as ``codes``: final potentials by steps, or the sums they are a constant multiple of.
    """

    layer: int
    spikes: Integers | None
    codes: Integers


class BatchedInference:
    """A network made ready for batches."""

    def __init__(self, network: SpikingNetwork) -> None:
        self.network = network
        self.is_exact = is_exact(network.model)
        self._bundles = [[IntegerProjection(synapses) for synapses in layer.sources] for layer in network.layers]
        sources = [{synapses.source for synapses in layer.sources} for layer in network.layers]
        self._last_use = {source: layer for layer, named in enumerate(sources) for source in named}
        self._largest = largest_code(network.model)

    def outputs(self, images: Integers) -> Iterator[LayerOutput]:
        """Yield what each layer behind the host says to ``images`` (n, rows, columns, channels), the output's last."""
        return self.by_codes(images) if self.is_exact else self.by_steps(images)

    def by_codes(self, images: Integers) -> Iterator[LayerOutput]:
        """Yield the layers' codes, each layer in one product; the model must claim that they are the spikes'."""
        model, host = self.network.model, self.network.layers[0]
        shown = images if model.reads_pixels else model.quantise(images.astype(np.int64), host.threshold)
        said, limits = {0: shown}, {0: int(np.abs(shown.astype(np.int64)).max(initial=0))}
        for number, layer in enumerate(self.network.layers[1:], start=1):
            often = 1 if layer.role == "first" and model.reads_pixels else model.bias_weight
            accumulated: NDArray[np.int64] = self._currents(number, said, limits, np.dtype(np.int64), often)
            accumulated += often * layer.bias
            codes = model.quantise(accumulated, often * layer.threshold) if layer.is_spiking else accumulated
            said[number], limits[number] = codes, self._largest
            yield LayerOutput(number, None, codes)
            self._forget(said, number)

    def by_steps(self, images: Integers) -> Iterator[LayerOutput]:
        """Yield the layers' spikes, each layer plane by plane; holds for every model."""
        model, host = self.network.model, self.network.layers[0]
        sent = [model.encode_input(images, int(host.threshold), step) for step in range(model.scans("input"))]
        said: dict[int, Integers] = {0: np.stack(sent)}
        limits = {0: int(np.abs(said[0].astype(np.int64)).max(initial=0))}
        for number, layer in enumerate(self.network.layers[1:], start=1):
            membrane = _at_rest(layer, len(images))
            scans: list[Integers] = []
            read = model.input_order(layer.role)
            for step, plane in enumerate(read):
                model.begin_step(NumpyDatapath(), layer, membrane, step)
                here = {source: spikes[plane] for source, spikes in said.items() if plane < len(spikes)}
                membrane.input_accumulator += self._currents(number, here, limits, membrane.input_accumulator.dtype)
                _scan(model, layer, membrane, scans, is_last=step == len(read) - 1, step=step)
            if layer.is_spiking:
                said[number], limits[number] = np.stack(scans), int(max(map(np.max, scans)))
                yield LayerOutput(number, said[number], decoded(model, said[number]))
            else:
                yield LayerOutput(number, None, membrane.potential)
            self._forget(said, number)

    def _currents(
        self, number: int, said: dict[int, Integers], limits: dict[int, int], dtype: np.dtype, often: int = 0
    ) -> NDArray[Any]:
        """Return the sum of what a layer's sources bring, (n, rows, columns, channels)."""
        layer, total = self.network.layers[number], None
        if often * int(np.abs(layer.bias).max(initial=0)) >= LARGEST_SUM:
            raise CountOverflowError(f"the biases of {layer.name}, {often:,} times, leave int64")
        for bundle in self._bundles[number]:
            source = bundle.synapses.source
            if source in said:
                brought = bundle.currents(said[source], limits[source]).astype(dtype)
                total = brought if total is None else total + brought
        assert total is not None
        return total

    def _forget(self, said: dict[int, Integers], number: int) -> None:
        """Let go of what no further layer needs."""
        for source in [source for source in said if self._last_use.get(source, number) <= number]:
            del said[source]


def _at_rest(layer: SpikingLayer, images: int) -> Membrane:
    """Return the membranes of a layer for so many images."""
    shape = (images, *layer.map_shape)
    return Membrane(np.zeros(shape, layer.potential_dtype), np.zeros(shape, layer.potential_dtype))


def _scan(
    model: NeuronModel, layer: SpikingLayer, membrane: Membrane, scans: list[Integers], *, is_last: bool, step: int
) -> None:
    """Do the scans for which the planes up to ``step`` suffice; all that are left, when it is the last plane."""
    while len(scans) < model.scans(layer.role) and (is_last or step >= len(scans) + model.lookahead(layer.role)):
        spikes = model.update(NumpyDatapath(), layer, membrane, len(scans))
        scans.append(spikes.astype(np.uint8, copy=False))


def is_exact(model: NeuronModel) -> bool:
    """Whether the spikes follow from the quantised network's codes: all are claimed, and fixed slot by slot.

    ``one_spike`` claims all layers but, with a short wait or few guard bits, is not always right.
    """
    if model.exact_layers != "all":
        return False
    is_plain = model.scans("hidden") == 1 and model.spike_weight(0) == 1
    return is_plain or model.planes(np.zeros(1, np.int64)) is not None


def largest_code(model: NeuronModel) -> int:
    """Return the code of the largest input."""
    return int(model.quantise(np.array([1 << 40]), 1)[0])


def spikes_of_codes(model: NeuronModel, codes: Integers) -> Integers:
    """Return the spikes (scans, ...) that ``codes`` of an exact model stand for."""
    planes = model.planes(np.asarray(codes, np.int64))
    return codes[None] if planes is None else planes


def decoded(model: NeuronModel, spikes: Integers) -> NDArray[np.int64]:
    """Return what ``spikes`` (scans, ...) are worth together."""
    total = np.zeros(spikes.shape[1:], np.int64)
    for step, plane in enumerate(spikes):
        worth = model.spike_weight(step)
        if worth:
            total += worth * plane.astype(np.int64)
    return total
