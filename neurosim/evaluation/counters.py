"""Counters of an evaluation: answers by label, spikes by layer, step and neuron, synaptic operations.

No chip, no clock, no energy: batched inference alone. Spikes and answers are those of a run, bit for bit.
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
"""Input windows of one matrix product; measured fastest for VGG16, little slower from a fourth to twice as much."""

LARGEST_BATCH = 64
LARGEST_TABLE = 1 << 12  # activation codes whose spikes are looked up in a table rather than computed
READERS: tuple[Role, ...] = ("hidden", "output")
SUMS = ("images", "confusion", "spikes", "inactive", "saturated", "additions", "products")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was counted over all images; every count is an int64 sum, so that evaluations can be added.

    Layers are all of the network's, the host first and the output last; both have no spikes of their own.

    Attributes
    ----------
    images : int
        Images that were shown.
    confusion : ndarray of int64, (classes, classes)
        Row the label, column the answer; one answer an image, or one for each labelled node of a graph.
    spikes : ndarray of int64, (layers, scans)
        Spikes of each layer in each neuron update phase.
    inactive : ndarray of int64, (layers,)
        Neurons that did not spike for an image, summed over images.
    saturated : ndarray of int64, (layers,)
        Neurons at their largest activation code, summed over images.
    additions : ndarray of int64, (layers,)
        Synaptic operations into each layer that spikes caused.
    products : ndarray of int64, (layers,)
        Synaptic operations into each layer that the host's pixels caused.
    maps : tuple of ndarray of int64, (rows, columns, channels)
        Spikes of every neuron of each layer; of a host that sends pixels, its non-zero pixels.
    neurons : ndarray of int64, (layers,)
        Neurons of each layer that can spike.
    decoded : ndarray of bool, (scans,)
        Whether the spikes of a scan are part of the encoded activation.
    """

    images: int
    confusion: Counts
    spikes: Counts
    inactive: Counts
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
        """Mean spikes of a neuron per image, over all decoded steps."""
        return float(self.spikes[:, self.decoded].sum() / (self.images * self.neurons.sum()))

    @property
    def additions_per_image(self) -> float:
        """Mean synaptic additions per image."""
        return float(self.additions.sum() / self.images)

    @property
    def never_spiked(self) -> Counts:
        """(layers,) neurons that no image made spike; 0 of host and output."""
        without_spikes = np.array([int((spikes == 0).sum()) for spikes in self.maps], np.int64)
        return np.where(self.neurons > 0, without_spikes, 0)

    def __add__(self, other: Evaluation) -> Evaluation:
        """Return the evaluation of both sets of images by the same network."""
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
    """Evaluate a spiking network on labelled images; memory does not grow with their number.

    Parameters
    ----------
    network : SpikingNetwork
        The network.
    images : ndarray of int, (n, rows, columns, channels)
        Pixel codes.
    labels : ndarray of int, (n,) or (n, nodes)
        Classes from 0 to their number - 1; a node with -1 is not asked.
    batch : int, optional
        Images at a time; what fits the caches unless given.
    advance : callable
        Called with the size of every batch that is done.

    Returns
    -------
    Evaluation
        The counts over all images.

    Raises
    ------
    ConversionError
        For images that are not of the network's shape or range.
    DocumentError
        For labels that are not the network's.
    """
    images = network.checked_images(images)
    running = RunningEvaluation(BatchedInference(network))
    labels = checked_labels(labels, len(images), network.layers[-1].shape)
    size = batch or batch_of(network)
    for start in range(0, len(images), size):
        part = slice(start, start + size)
        running.count(running.answers(images[part]), labels[part])
        advance(len(images[part]))
    return running.evaluation


class RunningEvaluation:
    """The counters of one network while images are shown: ``answers`` shows some, ``count`` counts what it answered."""

    def __init__(self, functional: BatchedInference) -> None:
        network = functional.network
        self.network, self.functional = network, functional
        model, layers = network.model, len(network.layers)
        scans = model.scans("hidden")
        classes = network.layers[-1].shape[0]
        self._images = 0
        self._confusion = np.zeros((classes, classes), np.int64)
        self._spikes = np.zeros((layers, scans), np.int64)
        self._inactive, self._saturated = np.zeros((2, layers), np.int64)
        self._maps = tuple(np.zeros(layer.map_shape, np.int64) for layer in network.layers)
        self._read = {role: np.bincount(model.input_order(role), minlength=scans) for role in READERS}
        # drives the synapses into layers of a role: the spikes, unless they carry numbers or are read repeatedly
        self._drives = {role: self._maps if self._is_plain(role) else _blank(self._maps) for role in READERS}
        self._decoded = np.array([model.spike_weight(step) > 0 for step in range(scans)])
        self._largest = largest_code(model)
        self._table: Counts | None = None
        if self.functional.is_exact and self._largest < LARGEST_TABLE:
            # (scans, codes): which scans of each activation code have a spike
            self._table = spikes_of_codes(model, np.arange(self._largest + 1)).astype(np.int64)
            self._spikes_of = self._table.sum(axis=0).astype(np.int32)

    def answers(self, images: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the network's answers (n, positions of its output) to ``images``, and count its spikes meanwhile."""
        self._images += len(images)
        self._maps[0][...] += self._host_spikes(images)
        for output in self.functional.outputs(images):
            if self.network.layers[output.layer].is_spiking:
                self._count_spikes(output)
        # the last output is that of the output layer, its codes the logits
        return np.asarray(output.codes.argmax(axis=-1), np.int64).reshape(len(images), -1)

    def _host_spikes(self, images: NDArray[np.integer]) -> Counts:
        """Return (rows, columns, channels) what the host sends: each non-zero pixel once, or its spikes."""
        model, host = self.network.model, self.network.layers[0]
        if model.reads_pixels:
            return np.asarray(np.count_nonzero(images, axis=0), np.int64)
        planes = [model.encode_input(images, host.threshold, scan) for scan in range(model.scans("input"))]
        return np.asarray(np.sum(planes, axis=(0, 1), dtype=np.int64))

    def count(self, answers: NDArray[np.integer], labels: NDArray[np.integer]) -> None:
        """Count answers by their labels, (n, positions) both; a position with label -1 is not asked."""
        asked = labels >= 0
        np.add.at(self._confusion, (labels[asked], answers[asked]), 1)

    def _count_spikes(self, output: LayerOutput) -> None:
        """Count what one layer emitted for a batch: by a histogram of its codes where these decide all spikes."""
        number, codes, largest = output.layer, output.codes, self._largest
        spikes = output.spikes
        if spikes is None and self._table is not None and all(map(self._is_plain, READERS)):
            histogram = np.bincount(codes.ravel(), minlength=largest + 1)
            self._spikes[number] += self._table @ histogram
            self._inactive[number] += histogram[0]
            self._saturated[number] += histogram[largest]
            self._maps[number][...] += self._spikes_of[codes].sum(axis=0, dtype=np.int64)
            return
        spikes = spikes_of_codes(self.network.model, codes) if spikes is None else spikes
        self._spikes[number] += spikes.reshape(len(spikes), -1).sum(axis=1, dtype=np.int64)
        self._inactive[number] += np.count_nonzero(codes == 0)
        self._saturated[number] += np.count_nonzero(codes == largest)
        self._maps[number][...] += spikes.sum(axis=(0, 1), dtype=np.int64)
        driving = spikes != 0 if self.network.model.is_graded else spikes
        for role, drives in self._drives.items():
            if not self._is_plain(role):
                drives[number][...] += np.tensordot(self._read[role], driving.sum(axis=1, dtype=np.int64), 1)

    def _is_plain(self, role: Role) -> bool:
        """Whether layers of a role read every spike once, as one bit."""
        return not self.network.model.is_graded and bool((self._read[role] == 1).all())

    @property
    def evaluation(self) -> Evaluation:
        """The counts so far."""
        layers = self.network.layers
        additions, products = np.zeros((2, len(layers)), np.int64)
        for number, layer in enumerate(layers):
            for projection in layer.sources:
                if projection.source == 0 and self.network.model.reads_pixels:
                    products[number] += projection.events(self._maps[0])
                elif projection.source == 0:
                    additions[number] += projection.events(self._maps[0])
                else:
                    additions[number] += projection.events(self._drives[layer.role][projection.source])
        return Evaluation(
            images=self._images,
            confusion=self._confusion.copy(),
            spikes=self._spikes.copy(),
            inactive=self._inactive.copy(),
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
    """Return how many images are computed together: as many as fit the caches, and at least one."""
    sources = (projection for layer in network.layers for projection in layer.sources)
    return max(1, min(LARGEST_BATCH, BATCH_BYTES // max(map(window_bytes, sources))))


def window_bytes(projection: Projection) -> int:
    """Return the float32 bytes of one image's input windows, or of the messages between a graph's nodes."""
    if isinstance(projection.window, GraphWindow):
        return 4 * projection.window.neighbours.entries * projection.shape[0]
    return 4 * projection.fan_in * projection.groups * prod(projection.shape[1:])
