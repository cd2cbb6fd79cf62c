"""Integrate and fire twice over the same input, from a better start (BOS: offset spikes, arXiv 2302.10685)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.model import Claim, Datapath, Mask, Membrane, Parameters, Role


@dataclass(frozen=True)
class Bos(IfQcfs):
    """T silent steps of ``if_qcfs``; then from u0 = Th // 2 - Th [u < 0, has fired] + Th [u >= Th] T more, which count.

    A neuron that ends the first pass below 0 has fired once too often, one that ends it at a threshold or more once too
    little; the second pass over the same input starts one threshold lower or higher. This is one iteration of the
    authors' search for the offset. It needs the whole input twice, so only layer by layer is possible.

    The input is recorded as what it brings: T currents a neuron, so its additions are done once. (With the spikes
    recorded instead, T bits an input, the second pass would do them again.)

    State: u, one flag and these currents. Schedules: layer by layer. Operations of a layer of N neurons that A synaptic
    additions reach: A + 2 T N add and one for each neuron that starts elsewhere, 2 (T + 1) N compare, and a reset for
    every spike of both passes.
    """

    kind: ClassVar[str] = "bos"
    waits_for_all_steps: ClassVar[bool] = True
    claims: ClassVar[Claim] = "none"

    def width(self, reach: int, threshold: int) -> int:
        """Return the bound of one pass from the highest start."""
        return self.steps * reach + 2 * threshold

    def spike_weight(self, step: int) -> int:
        """Return 1 in the second pass, 0 in the first."""
        return int(step >= self.steps)

    def updates(self, role: Role) -> int:
        """Return 2 T, and T for the output layer, which has nothing to correct."""
        return {"input": 1, "output": self.steps}.get(role, 2 * self.steps)

    def waits(self, role: Role) -> int:
        """Return 2 T - 1: both passes of the layers before, the first of them silent, are over."""
        return 2 * self.steps - 1

    def open(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> None:
        """Keep the plane before, if it was one of a second pass; start this one's sum at the bias, preloaded."""
        if step == 0:
            membrane.extra = {"currents": []}
        elif step > self.steps:
            membrane.extra["currents"].append(membrane.inbox.copy())
        membrane.inbox[...] = layer.bias

    def update(self, datapath: Datapath, layer: Parameters, membrane: Membrane, step: int) -> Mask:
        """Integrate a recorded current and fire; between the passes, choose where to start again."""
        if step == 0:
            self._begin(layer, membrane)
        if step == self.steps:
            self._offset(datapath, layer, membrane)
        currents = membrane.extra["currents"]
        datapath.add(membrane.potential, currents[step % len(currents)])
        membrane.inbox[...] = currents[(step + 1) % len(currents)]
        if layer.role == "output":
            return np.zeros(membrane.potential.shape, np.bool_)
        fired = self.fire(datapath, layer, membrane, step)
        self.reset(datapath, layer, membrane, fired)
        membrane.extra["has fired"] = fired | membrane.extra["has fired"]
        return fired if step >= self.steps else np.zeros_like(fired)

    def _begin(self, layer: Parameters, membrane: Membrane) -> None:
        """Take the last plane in, which is the only one of a first layer, and start the first pass."""
        membrane.extra["currents"].append(membrane.inbox.copy())
        membrane.extra["has fired"] = np.zeros(membrane.potential.shape, np.bool_)
        membrane.potential[...] = 0 if layer.role == "output" else self.start(layer)

    def _offset(self, datapath: Datapath, layer: Parameters, membrane: Membrane) -> None:
        """Start the second pass where the first one's error says."""
        too_often = ~datapath.compare(membrane.potential, 0) & membrane.extra["has fired"]
        too_little = datapath.compare(membrane.potential, layer.threshold)
        membrane.potential[...] = self.start(layer)
        offset = np.where(too_often, -layer.threshold, layer.threshold)
        datapath.add(membrane.potential, offset, too_often | too_little)
