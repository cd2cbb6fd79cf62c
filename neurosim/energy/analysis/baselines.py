"""What a spiking network is compared with: five designs of the same layers, each a ledger priced like its own.

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
    """One layer's work, as it does not depend on how the network was made to spike.

    ``macs`` are in-bounds products of one image, padding excluded, and ``macs_effective`` those whose activation in
    the quantised network was not zero, summed over all images. ``inputs`` and ``neurons`` are activations in and out
    of one image (``neurons`` of the last layer are the logits), ``weights`` the stored ones. Widths are in bits,
    ``activation_bits`` those of an input.
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
    """One design: its products per image, and for each dataflow the ledger of ``images`` inferences."""

    id: str
    macs: float
    ledgers: Mapping[Dataflow, Ledger] = field(repr=False)
    images: int

    def priced(self, table: Table, policy: Policy = COMPUTE_ONLY, **conditions: Any) -> dict[Dataflow, EnergyReport]:
        """Price it: {``compute``: report} in that scope, and beyond it the pair of bounds, never one number.

        A design has no traffic and takes no time here: in the scopes ``noc`` and ``static``, too, it holds compute and
        memory only. ``conditions`` are the ``memory_bits``, ``tick_s`` ... of
        :func:`neurosim.energy.pricing.price.price`.
        """
        asked: tuple[Dataflow, ...] = ("compute",) if policy.scope == "compute" else ("ideal_reuse", "no_reuse")
        return {
            dataflow: price(self.ledgers[dataflow], table, policy, images=self.images, **conditions)
            for dataflow in asked
        }


@dataclass(frozen=True)
class Fetch:
    """What one layer of a design does: how many products, of which operations, on how many planes of activations."""

    products: int
    compute: Mapping[str, int]
    activation_bits: int
    planes: int = 1


def baselines(
    works: Sequence[LayerWork], steps: int, *, images: int = 1, rate_code: bool = False, word_bits: int = 64
) -> dict[str, Baseline]:
    """Return all baselines of a network, by id.

    works     : the layers in order
    steps     : T of the spiking network
    rate_code : whether T steps count spikes, T+1 levels, rather than carry T bits
    word_bits : of the synapse memory
    """
    iso_bits = steps.bit_length() if rate_code else steps

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
        # half of the products, kept whole: the products of so many images, taken as those of twice as many
        "ann_50": design("ann_50", dense, 2 * images),
        "ann_measured": design("ann_measured", measured, images),
        "bit_serial": design("bit_serial", bit_serial, images),
        "qnn_iso": design("qnn_iso", iso_capacity, images),
    }


def _products(work: LayerWork, macs: int, activation_bits: int) -> Fetch:
    multiply = write("multiply", "int", max(work.weight_bits, activation_bits))
    add = write("add", "int", work.accumulator_bits)
    return Fetch(macs, {multiply: macs, add: macs}, activation_bits)


def _bit_planes(work: LayerWork, steps: int, images: int) -> Fetch:
    """One bit plane of the activations after the other, zeros not skipped: adds, and a shift between planes."""
    adds = steps * work.macs * images
    shifts = (steps - 1) * work.neurons * images
    width = work.accumulator_bits
    return Fetch(adds, {write("add", "int", width): adds, write("shift", "int", width): shifts}, 1, steps)


def _ledgers(
    works: Sequence[LayerWork], fetches: Sequence[Fetch], inferences: int, word_bits: int
) -> Iterator[tuple[Dataflow, Ledger]]:
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
