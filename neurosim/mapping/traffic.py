"""What every box of a placed network was measured to send: enough to place it anew, as long as it is cut alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import DocumentError
from neurosim.mapping.flows import Flows, flows, members, uniform
from neurosim.mapping.placement import Placement

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Traffic:
    """How many packets each box of each layer sent over the mesh.

    ``boxes[l]`` is (boxes, 6) int64, as :attr:`neurosim.mapping.placement.LayerPlacement.boxes`, and ``packets[l]``
    (boxes,) int64; the host, layer 0, is a single box. ``run`` names the run that they were counted in.
    """

    boxes: tuple[Array, ...]
    packets: tuple[Array, ...]
    run: str

    @property
    def origin(self) -> str:
        """Where the numbers are from, in words."""
        return f"the packets that each core sent in {self.run}"

    def flows(self, network: SpikingNetwork, placement: Placement, group: int = 0) -> Flows:
        """Return the packets between the boxes of one group of ``placement``.

        What a box sent is divided among its destinations as if all its neurons had sent equally often; the sums are
        those measured. Raises DocumentError, naming every layer that is cut otherwise.
        """
        self._check(network, placement)
        even = flows(network, placement, uniform(network), group)
        sent = [self.packets[placed.layer] for placed in members(placement, group)]
        of_box = np.concatenate([*sent, self.packets[0]])
        order = np.argsort(even.source, kind="stable")
        source, shares = even.source[order], even.packets[order]
        # Running sums are rounded, not shares, so that those of a box add up to what it sent.
        running = np.cumsum(shares)
        first = np.searchsorted(source, source)
        before = running - shares
        whole = np.bincount(source, shares, even.boxes + 1).astype(np.int64)[source]
        start = before[first]
        upper, lower = ((part - start) * of_box[source] // whole for part in (running, before))
        packets, some = upper - lower, upper > lower
        return Flows(even.boxes, source[some], even.destination[order][some], packets[some])

    def _check(self, network: SpikingNetwork, placement: Placement) -> None:
        if len(self.boxes) != len(network.layers):
            raise DocumentError(
                f"{self.run}: is a run of {len(self.boxes) - 1} layers, {network.name} has {len(network.layers) - 1}"
            )
        problems = []
        for number, layer in enumerate(network.layers[1:], start=1):
            there, here = self.boxes[number], placement[number].boxes
            if not np.array_equal(there, here):
                now = parts(here) if parts(there) != parts(here) else "as many, at other edges,"
                problems.append(f"{self.run}: {layer.name} was cut into {parts(there)} boxes there and into {now} here")
        if problems:
            raise DocumentError("\n".join(problems))


def parts(boxes: Array) -> str:
    """Return in how many parts boxes cut the rows, columns and channels of a layer."""
    return " x ".join(str(len(np.unique(boxes[:, axis]))) for axis in (0, 2, 4))
