"""An evaluation: labelled images shown to a spiking network, what it answered, and what its neurons said meanwhile.

No chip, no clock, no energy: the functional path alone, in batches. Spikes and answers are those of a run, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.projections.graph_window import GraphWindow
from neurosim.conversion.projections.projection import Projection
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.labels import checked_labels
from neurosim.neurons.model import Role
from neurosim.simulation.functional.batched import BatchedInference, LayerOutput, largest_code, spikes_of_codes

Counts = NDArray[np.int64]

BATCH_BYTES = 40 * 2**20
"""For the windows of one matrix product; the fastest for VGG16, and hardly slower from a fourth to twice as much."""

LARGEST_BATCH = 64
LARGEST_TABLE = 1 << 12  # codes whose spikes are looked up rather than worked out
READERS: tuple[Role, ...] = ("hidden", "output")
SUMS = ("images", "confusion", "spikes", "silent", "saturated", "additions", "products")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was counted over all images; every field is a sum of int64, so that evaluations add up.

    ``confusion`` is (classes, classes): row the label, column the answer; an image has one, or one for each node of a
    graph that is asked. Of every layer, host and output included
    (theirs are 0): ``spikes`` (layers, scans); ``silent`` (layers,), neurons that said nothing to an image, summed over
    images, and ``saturated`` those at their largest code; ``maps`` one (rows, columns, channels) each, the spikes of
    every neuron, of a host that sends pixels those not 0. ``additions`` (layers,) are the synapses into each layer that
    spikes drove, ``products`` those that the host's pixels drove. ``neurons`` (layers,), of those that fire, and
    ``decoded`` (scans,), whether a scan's spikes stand for the activation, are the network's.
    """

    images: int
    confusion: Counts
    spikes: Counts
    silent: Counts
    saturated: Counts
    additions: Counts
    products: Counts
    maps: tuple[Counts, ...]
    neurons: Counts
    decoded: NDArray[np.bool_]

    @property
    def judged(self) -> int:
        """Number of answers that have a label."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """Number of answers that are their label."""
        return int(self.confusion.trace())

    @property
    def accuracy(self) -> float:
        """Share of correct answers."""
        return self.correct / self.judged

    @property
    def spikes_per_neuron(self) -> float:
        """Mean number of spikes of a neuron, in all decoded steps, per image."""
        return float(self.spikes[:, self.decoded].sum() / (self.images * self.neurons.sum()))

    @property
    def additions_per_image(self) -> float:
        """Mean number of synaptic additions."""
        return float(self.additions.sum() / self.images)

    @property
    def never(self) -> Counts:
        """(layers,) neurons that no image made spike; 0 of host and output."""
        quiet = [int((own == 0).sum()) for own in self.maps]
        return np.where(self.neurons > 0, quiet, 0)

    def __add__(self, other: Evaluation) -> Evaluation:
        """Return the evaluation of both sets of images, of the same network."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMS}
        maps = tuple(own + its for own, its in zip(self.maps, other.maps, strict=True))
        return replace(self, **sums, maps=maps)


def evaluate_codes(
    network: SpikingNetwork,
    images: NDArray[np.integer],
    labels: NDArray[np.integer] | Sequence[int],
    batch: int | None = None,
    advance: Callable[[int], object] = lambda images: None,
) -> Evaluation:
    """Show ``images`` (n, rows, columns, channels) of integer codes to ``network``, ``batch`` at a time.

    Images that are not the network's are a ConversionError. ``labels`` (n,), or (n, nodes) of graphs, are from 0 to the
    number of classes - 1, else a DocumentError; a node with -1 is not asked. ``batch`` defaults to what fits the
    caches; memory does not grow with n. ``advance`` is called with the size of every batch that is done.
    """
    images = network.checked_images(images)
    tally = RunningEvaluation(BatchedInference(network))
    labels = checked_labels(labels, len(images), network.layers[-1].shape)
    size = batch or batch_of(network)
    for start in range(0, len(images), size):
        part = slice(start, start + size)
        tally.mark(tally.show(images[part]), labels[part])
        advance(len(images[part]))
    return tally.evaluation


class RunningEvaluation:
    """A running evaluation of one network: ``show`` it images, then ``mark`` its answers."""

    def __init__(self, functional: BatchedInference) -> None:
        network = functional.network
        self.network, self.functional = network, functional
        model, layers = network.model, len(network.layers)
        scans = model.scans("hidden")
        classes = network.layers[-1].shape[0]
        self._images = 0
        self._confusion = np.zeros((classes, classes), np.int64)
        self._spikes = np.zeros((layers, scans), np.int64)
        self._silent, self._saturated = np.zeros((2, layers), np.int64)
        self._maps = tuple(np.zeros(layer.map_shape, np.int64) for layer in network.layers)
        self._read = {role: np.bincount(model.input_order(role), minlength=scans) for role in READERS}
        # What drives the synapses into layers of a role: the spikes, unless they have values or are replayed.
        self._drives = {role: self._maps if self._is_plain(role) else _blank(self._maps) for role in READERS}
        self._decoded = np.array([model.spike_weight(step) > 0 for step in range(scans)])
        self._largest = largest_code(model)
        self._table = None
        if self.functional.is_exact and self._largest < LARGEST_TABLE:
            self._table = spikes_of_codes(model, np.arange(self._largest + 1)).astype(np.int64)
            self._spikes_of = self._table.sum(axis=0).astype(np.int32)

    def show(self, images: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the network's answers (n, positions of its output) to ``images``, and count what its neurons say."""
        self._images += len(images)
        self._maps[0][...] += self._host_spikes(images)
        for speech in self.functional.outputs(images):
            if self.network.layers[speech.layer].is_spiking:
                self._count(speech)
        return speech.codes.argmax(axis=-1).reshape(len(images), -1)

    def _host_spikes(self, images: NDArray[np.integer]) -> Counts:
        """Return what the host sends to (rows, columns, channels): its non-zero pixels once, or spikes."""
        model, host = self.network.model, self.network.layers[0]
        if model.reads_pixels:
            return np.count_nonzero(images, axis=0)
        planes = [model.encode_input(images, host.threshold, scan) for scan in range(model.scans("input"))]
        return np.sum(planes, axis=(0, 1), dtype=np.int64)

    def mark(self, answers: NDArray[np.integer], labels: NDArray[np.integer]) -> None:
        """Count answers by what they should have been, (n, positions) both; a label of -1 is not asked."""
        asked = labels >= 0
        np.add.at(self._confusion, (labels[asked], answers[asked]), 1)

    def _count(self, speech: LayerOutput) -> None:
        number, codes, largest = speech.layer, speech.codes, self._largest
        spikes = speech.spikes
        if spikes is None and self._table is not None and all(map(self._is_plain, READERS)):
            often = np.bincount(codes.ravel(), minlength=largest + 1)
            self._spikes[number] += self._table @ often
            self._silent[number] += often[0]
            self._saturated[number] += often[largest]
            self._maps[number][...] += self._spikes_of[codes].sum(axis=0, dtype=np.int64)
            return
        spikes = spikes_of_codes(self.network.model, codes) if spikes is None else spikes
        self._spikes[number] += spikes.reshape(len(spikes), -1).sum(axis=1, dtype=np.int64)
        self._silent[number] += np.count_nonzero(codes == 0)
        self._saturated[number] += np.count_nonzero(codes == largest)
        self._maps[number][...] += spikes.sum(axis=(0, 1), dtype=np.int64)
        driving = spikes != 0 if self.network.model.is_graded else spikes
        for role, drives in self._drives.items():
            if not self._is_plain(role):
                drives[number][...] += np.tensordot(self._read[role], driving.sum(axis=1, dtype=np.int64), 1)

    def _is_plain(self, role: Role) -> bool:
        """Whether layers of a role take every spike in once, as it is."""
        return not self.network.model.is_graded and bool((self._read[role] == 1).all())

    @property
    def evaluation(self) -> Evaluation:
        """What has been counted."""
        layers = self.network.layers
        additions, products = np.zeros((2, len(layers)), np.int64)
        for number, layer in enumerate(layers):
            for synapses in layer.sources:
                if synapses.source == 0 and self.network.model.reads_pixels:
                    products[number] += synapses.events(self._maps[0])
                elif synapses.source == 0:
                    additions[number] += synapses.events(self._maps[0])
                else:
                    additions[number] += synapses.events(self._drives[layer.role][synapses.source])
        return Evaluation(
            images=self._images,
            confusion=self._confusion.copy(),
            spikes=self._spikes.copy(),
            silent=self._silent.copy(),
            saturated=self._saturated.copy(),
            additions=additions,
            products=products,
            maps=tuple(own.copy() for own in self._maps),
            neurons=np.array([layer.neurons if layer.is_spiking else 0 for layer in layers]),
            decoded=self._decoded,
        )


def _blank(maps: tuple[Counts, ...]) -> tuple[Counts, ...]:
    return tuple(map(np.zeros_like, maps))


def batch_of(network: SpikingNetwork) -> int:
    """Return how many images go through together: as many as fit the caches, and at least one."""
    sources = (synapses for layer in network.layers for synapses in layer.sources)
    return max(1, min(LARGEST_BATCH, BATCH_BYTES // max(map(window_bytes, sources))))


def window_bytes(synapses: Projection) -> int:
    """Return what the windows of one image take for one matrix product, or the messages between a graph's nodes."""
    if isinstance(synapses.window, GraphWindow):
        return 4 * synapses.window.neighbours.entries * synapses.shape[0]
    return 4 * synapses.fan_in * synapses.groups * prod(synapses.shape[1:])
