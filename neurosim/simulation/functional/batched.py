"""Inference of a batch of images without a chip or a clock; the same spikes and the same logits.

Where a model's spikes are by definition those of the quantised network, each layer is one matrix product
(``by_codes``). Other models are computed step by step and scan by scan (``by_steps``).
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

Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class LayerOutput:
    """The output of one layer for a batch.

    Attributes
    ----------
    layer : int
    spikes : (scans, n, rows, columns, channels) integers or None
        None where only codes were computed, which :func:`spikes_of_codes` turns into spikes.
    codes : (n, rows, columns, channels) integers
        What the spikes decode to. Of the output layer they are the logits: final potentials ``by_steps``, or the sums
        of which these are a constant multiple.
    """

    layer: int
    spikes: Integers | None
    codes: Integers


class BatchedInference:
    """A network prepared for batches of images."""

    def __init__(self, network: SpikingNetwork) -> None:
        self.network = network
        self.is_exact = is_exact(network.model)
        self._projections = [[IntegerProjection(synapses) for synapses in layer.sources] for layer in network.layers]
        sources = [{synapses.source for synapses in layer.sources} for layer in network.layers]
        self._last_use = {source: layer for layer, named in enumerate(sources) for source in named}
        self._largest = largest_code(network.model)

    def outputs(self, images: Integers) -> Iterator[LayerOutput]:
        """Yield the output of each layer for ``images`` (n, rows, columns, channels), the logits last."""
        return self.by_codes(images) if self.is_exact else self.by_steps(images)

    def by_codes(self, images: Integers) -> Iterator[LayerOutput]:
        """Yield the layers' codes, each layer in one product; the model must be exact (:func:`is_exact`)."""
        model, host = self.network.model, self.network.layers[0]
        inputs = images if model.reads_pixels else model.quantise(images.astype(np.int64), host.threshold)
        signals, limits = {0: inputs}, {0: int(np.abs(inputs.astype(np.int64)).max(initial=0))}
        for number, layer in enumerate(self.network.layers[1:], start=1):
            often = 1 if layer.role == "first" and model.reads_pixels else model.bias_weight
            accumulated: NDArray[np.int64] = self._currents(number, signals, limits, np.dtype(np.int64), often)
            accumulated += often * layer.bias
            codes = model.quantise(accumulated, often * layer.threshold) if layer.is_spiking else accumulated
            signals[number], limits[number] = codes, self._largest
            yield LayerOutput(number, None, codes)
            self._forget(signals, number)

    def by_steps(self, images: Integers) -> Iterator[LayerOutput]:
        """Yield the layers' spikes, each layer step by step; valid for every model."""
        model, host = self.network.model, self.network.layers[0]
        sent = [model.encode_input(images, int(host.threshold), step) for step in range(model.scans("input"))]
        signals: dict[int, Integers] = {0: np.stack(sent)}
        limits = {0: int(np.abs(signals[0].astype(np.int64)).max(initial=0))}
        for number, layer in enumerate(self.network.layers[1:], start=1):
            membrane = _at_rest(layer, len(images))
            scans: list[Integers] = []
            read = model.input_order(layer.role)
            for step, scan in enumerate(read):
                model.begin_step(NumpyDatapath(), layer, membrane, step)
                here = {source: spikes[scan] for source, spikes in signals.items() if scan < len(spikes)}
                membrane.input_accumulator += self._currents(number, here, limits, membrane.input_accumulator.dtype)
                _scan(model, layer, membrane, scans, is_last=step == len(read) - 1, step=step)
            if layer.is_spiking:
                signals[number], limits[number] = np.stack(scans), int(max(map(np.max, scans)))
                yield LayerOutput(number, signals[number], decoded(model, signals[number]))
            else:
                yield LayerOutput(number, None, membrane.potential)
            self._forget(signals, number)

    def _currents(
        self, number: int, signals: dict[int, Integers], limits: dict[int, int], dtype: np.dtype[Any], often: int = 0
    ) -> NDArray[Any]:
        """Return the input currents of a layer, summed over its sources: (n, rows, columns, channels)."""
        layer, total = self.network.layers[number], None
        if often * int(np.abs(layer.bias).max(initial=0)) >= LARGEST_SUM:
            raise CountOverflowError(f"the biases of {layer.name}, {often:,} times, leave int64")
        for projection in self._projections[number]:
            source = projection.synapses.source
            if source in signals:
                current = projection.currents(signals[source], limits[source]).astype(dtype)
                total = current if total is None else total + current
        assert total is not None
        return total

    def _forget(self, signals: dict[int, Integers], number: int) -> None:
        """Drop the signals that no further layer needs."""
        for source in [source for source in signals if self._last_use.get(source, number) <= number]:
            del signals[source]


def _at_rest(layer: SpikingLayer, images: int) -> Membrane:
    """Return the membranes of a layer at rest, for so many images."""
    shape = (images, *layer.map_shape)
    return Membrane(np.zeros(shape, layer.potential_dtype), np.zeros(shape, layer.potential_dtype))


def _scan(
    model: NeuronModel, layer: SpikingLayer, membrane: Membrane, scans: list[Integers], *, is_last: bool, step: int
) -> None:
    """Do the scans for which the input up to ``step`` suffices; all that are left after the last step."""
    while len(scans) < model.scans(layer.role) and (is_last or step >= len(scans) + model.lookahead(layer.role)):
        spikes = model.update(NumpyDatapath(), layer, membrane, len(scans))
        scans.append(spikes.astype(np.uint8, copy=False))


def is_exact(model: NeuronModel) -> bool:
    """Whether the spikes follow from the quantised network's codes: all layers are exact, and every spike is
    determined.

    ``one_spike`` declares all layers exact but, with a short wait or few guard bits, is not always.
    """
    if model.exact_layers != "all":
        return False
    is_plain = model.scans("hidden") == 1 and model.spike_weight(0) == 1
    return is_plain or model.spike_maps(np.zeros(1, np.int64)) is not None


def largest_code(model: NeuronModel) -> int:
    """Return the code of the largest input."""
    return int(model.quantise(np.array([1 << 40]), 1)[0])


def spikes_of_codes(model: NeuronModel, codes: Integers) -> Integers:
    """Return the spikes (scans, ...) that encode the ``codes`` of an exact model."""
    planes = model.spike_maps(np.asarray(codes, np.int64))
    return codes[None] if planes is None else planes


def decoded(model: NeuronModel, spikes: Integers) -> NDArray[np.int64]:
    """Return the codes that ``spikes`` (scans, ...) decode to."""
    total = np.zeros(spikes.shape[1:], np.int64)
    for step, spike_map in enumerate(spikes):
        weight = model.spike_weight(step)
        if weight:
            total += weight * spike_map.astype(np.int64)
    return total
