"""Baseline accelerators: five designs that compute the same layers, each a ledger priced like the network's own.

No dataflow of a baseline is simulated. Beyond arithmetic it is therefore given as a pair: ``ideal_reuse``, in which
each weight, activation and output is moved once, and ``no_reuse``, in which every product fetches a weight and an
activation; the truth of any accelerator lies between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import COMPUTE_ONLY, price
from neurosim.energy.tables.table import Table
from neurosim.ledger.ledger import CHIP_WIDE, Ledger
from neurosim.ledger.vocabulary import write

Dataflow = Literal["compute", "ideal_reuse", "no_reuse"]


@dataclass(frozen=True)
class LayerWork:
    """The work of one layer, whatever accelerator does it.

    Attributes
    ----------
    name : str
        The layer.
    macs : int
        In-bounds products of one image, padding excluded.
    macs_effective : int
        Products whose activation in the quantised network was not zero, summed over all images.
    neurons, inputs : int
        Activations out and in, of one image; of the last layer the logits.
    weights : int
        Stored weights.
    first, last : bool
        Whether it is the first or the last layer.
    weight_bits, activation_bits, accumulator_bits : int
        Widths of a weight, an input and a sum.
    """

    name: str
    macs: int
    macs_effective: int
    neurons: int
    inputs: int = 0
    weights: int = 0
    first: bool = False
    last: bool = False
    weight_bits: int = 8
    activation_bits: int = 8
    accumulator_bits: int = 20


@dataclass(frozen=True)
class Baseline:
    """One baseline accelerator.

    Attributes
    ----------
    id : str
        ``ann_dense``, ``ann_50``, ``ann_measured``, ``bit_serial`` or ``qnn_iso``.
    macs : float
        Products per image.
    ledgers : mapping of str to Ledger
        What it does in ``images`` inferences, by dataflow.
    images : int
        Inferences that the ledgers cover.
    """

    id: str
    macs: float
    ledgers: Mapping[Dataflow, Ledger] = field(repr=False)
    images: int

    def priced(self, table: Table, policy: Policy = COMPUTE_ONLY, **conditions: Any) -> dict[Dataflow, EnergyReport]:
        """Price it: {``compute``: report} in that scope, and beyond it the pair of bounds, never one number.

        Its traffic and time are not simulated: in the scopes ``noc`` and ``static``, too, it has compute and memory
        only. ``conditions`` are the ``memory_bits``, ``tick_s`` ... of :func:`neurosim.energy.pricing.price.price`.
        """
        dataflows: tuple[Dataflow, ...] = ("compute",) if policy.scope == "compute" else ("ideal_reuse", "no_reuse")
        return {
            dataflow: price(self.ledgers[dataflow], table, policy, images=self.images, **conditions)
            for dataflow in dataflows
        }


@dataclass(frozen=True)
class Fetch:
    """What one layer of a design does: products, their operations, and on how many bit planes of activations."""

    products: int
    compute: Mapping[str, int]
    activation_bits: int
    planes: int = 1


def baselines(
    works: Sequence[LayerWork], steps: int, *, images: int = 1, rate_code: bool = False, word_bits: int = 64
) -> dict[str, Baseline]:
    """Return all baselines of a network, by id.

    Parameters
    ----------
    works : sequence of LayerWork
        The layers in order.
    steps : int
        T of the spiking network.
    images : int
        Inferences that were simulated.
    rate_code : bool
        Whether T steps count spikes (T+1 levels) rather than carry T bits (2^T levels).
    word_bits : int
        Word of the weight memory.
    """
    iso_bits = steps.bit_length() if rate_code else steps  # activation bits with as many levels as the spikes have

    def dense(work: LayerWork) -> Fetch:
        return _products(work, work.macs * images, work.activation_bits)

    def measured(work: LayerWork) -> Fetch:
        return _products(work, work.macs_effective, work.activation_bits)

    def bit_serial(work: LayerWork) -> Fetch:
        return dense(work) if work.first else _bit_planes(work, steps, images)

    def iso_capacity(work: LayerWork) -> Fetch:
        return _products(work, work.macs_effective, work.activation_bits if work.first else iso_bits)

    def design(id: str, layer: Callable[[LayerWork], Fetch], inferences: int) -> Baseline:
        fetches = [layer(work) for work in works]
        macs = sum(fetch.products for fetch in fetches) / inferences
        return Baseline(id, macs, dict(_ledgers(works, fetches, inferences, word_bits)), inferences)

    return {
        "ann_dense": design("ann_dense", dense, images),
        # half of the products, in whole numbers: the products of so many images are those of twice as many
        "ann_50": design("ann_50", dense, 2 * images),
        "ann_measured": design("ann_measured", measured, images),
        "bit_serial": design("bit_serial", bit_serial, images),
        "qnn_iso": design("qnn_iso", iso_capacity, images),
    }


def _products(work: LayerWork, macs: int, activation_bits: int) -> Fetch:
    """Multiply-accumulates at the wider of weight and activation."""
    multiply = write("multiply", "int", max(work.weight_bits, activation_bits))
    add = write("add", "int", work.accumulator_bits)
    return Fetch(macs, {multiply: macs, add: macs}, activation_bits)


def _bit_planes(work: LayerWork, steps: int, images: int) -> Fetch:
    """Accumulates bit plane by bit plane, zeros not skipped, and a shift of each neuron between planes."""
    adds = steps * work.macs * images
    shifts = (steps - 1) * work.neurons * images
    width = work.accumulator_bits
    return Fetch(adds, {write("add", "int", width): adds, write("shift", "int", width): shifts}, 1, steps)


def _ledgers(
    works: Sequence[LayerWork], fetches: Sequence[Fetch], inferences: int, word_bits: int
) -> Iterator[tuple[Dataflow, Ledger]]:
    """Yield the ledger of each dataflow: arithmetic alone, every datum moved once, and fetched for every product."""
    for dataflow in ("compute", "ideal_reuse", "no_reuse"):
        ledger = Ledger()
        for layer, (work, fetch) in enumerate(zip(works, fetches, strict=True)):
            counts = dict(fetch.compute)
            following = works[layer + 1].activation_bits if layer + 1 < len(works) else work.accumulator_bits
            if dataflow == "ideal_reuse":
                words = -(-work.weights * work.weight_bits // word_bits)
                counts[write("weight_read", "bits", word_bits)] = words * inferences
                read = write("spike_buffer_read", "bits", fetch.activation_bits)
                counts[read] = fetch.planes * work.inputs * inferences
            if dataflow == "no_reuse":
                counts[write("weight_read", "bits", work.weight_bits)] = fetch.products
                counts[write("spike_buffer_read", "bits", fetch.activation_bits)] = fetch.products
            if dataflow != "compute":
                counts[write("spike_buffer_write", "bits", following)] = work.neurons * inferences
            for op, count in counts.items():
                ledger.add(layer, 0, CHIP_WIDE, op, count)
        yield dataflow, ledger
