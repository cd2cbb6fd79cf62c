"""The lossless check: every spike and every logit against the quantised network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.ledger.record import Lossless
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.functional.golden_model import GoldenLayer

COUNTS = ("checked", "mismatches", "saturated", "zero", "negative", "ties")


@dataclass(eq=False)
class LosslessCheck:
    """A running comparison of inferences with the quantised network, over all images."""

    network: SpikingNetwork
    checked: int = 0
    mismatches: int = 0
    saturated: int = 0
    zero: int = 0
    negative: int = 0
    ties: int = 0

    @property
    def exact_layers(self) -> tuple[int, ...]:
        """Numbers of the spiking layers that are exact by definition of the model."""
        model, spiking = self.network.model, self.network.spiking
        if model.exact_layers == "all":
            return spiking
        return spiking[:1] if model.exact_layers == "first" and model.steps == self.network.levels else ()

    @property
    def counts(self) -> tuple[int, ...]:
        """The counts so far, in the order of ``COUNTS``."""
        return tuple(getattr(self, name) for name in COUNTS)

    def add(self, counts: tuple[int, ...]) -> None:
        """Add the ``counts`` of another check of the same network."""
        for name, count in zip(COUNTS, counts, strict=True):
            setattr(self, name, getattr(self, name) + count)

    def compare(self, inference: EventDrivenRun, golden: list[GoldenLayer]) -> None:
        """Compare one finished inference with the ``golden`` model's layers for the same image.

        Spikes are compared by neuron and step where the model determines them, else by their count; the logits are
        compared where every layer before them is exact.
        """
        model = self.network.model
        for number in self.exact_layers:
            codes, accumulated = golden[number].codes, golden[number].accumulated
            assert codes is not None
            assert accumulated is not None
            scans = [inference.scans[number, step].spikes for step in range(model.scans("hidden"))]
            expected = model.spike_maps(codes[0])
            if expected is None:
                weights = [model.spike_weight(step) for step in range(len(scans))]
                spikes, expected = np.tensordot(weights, np.stack(scans).astype(np.int64), 1), codes[0]
            else:
                spikes = np.stack(scans)
            self.checked += spikes.size
            self.mismatches += int((spikes != expected).sum())
            self._classify(number, accumulated[0])
        if model.exact_layers == "all":
            logits = golden[-1].accumulated
            assert logits is not None
            self.checked += inference.logits.size
            scale, simulated, exact = model.output_scale, inference.logits, logits.ravel()
            if scale != 1:  # in Python's integers: both products may leave int64
                simulated = simulated.astype(object) * scale.denominator
                exact = exact.astype(object) * scale.numerator
            self.mismatches += int((simulated != exact).sum())

    def _classify(self, number: int, accumulated: NDArray[np.int64]) -> None:
        layer, model = self.network.layers[number], self.network.model
        takes_pixels = layer.role == "first" and model.reads_pixels
        threshold = layer.threshold if takes_pixels else model.bias_weight * layer.threshold
        top = model.largest_input()
        if model.exact_layers == "first":  # a rate code: the same input T times, up to T spikes
            accumulated, top = model.steps * accumulated, model.steps
        self.saturated += int((accumulated >= (top + 1) * threshold).sum())
        self.negative += int((accumulated < 0).sum())
        self.zero += int((accumulated == 0).sum())
        self.ties += int(model.ties(accumulated, threshold, top).sum())

    def verdict(self) -> Lossless | None:
        """Return the comparison, or None where no layer of the model is exact."""
        if not self.exact_layers:
            return None
        return Lossless(self.checked, self.mismatches, self.saturated, self.zero, self.negative, self.ties)
