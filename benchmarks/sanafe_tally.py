"""What our run did, as SANA-FE would count it: step by step of the chip, from the packets of the pixel layer on.

In SANA-FE all neurons of the chip are visited in every step, and a spike of step s arrives for step s + 1. That is our
pipelined schedule: layer l (1 is the pixel layer) does its step t in chip step t + l, the first being 1. Two things
are not ours. Its input units are no neurons: what our pixel layer costs is left out, what it sends is not. And it also
visits a layer before its first spikes can have arrived and after its last step (fill and drain), where we do not scan;
these visits are counted here from the final potentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurosim.chip.spec import ChipSpec
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.ledger.ledger import CHIP_WIDE, Ledger
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.observe import Observation

MODEL = "loihi1_silicon_fit"  # the chip and the energy table of this name
PIXELS = 1  # our pixel layer; layer 0 is the host
GROUPS = {
    "soma": ("neuron_update_", "spike_out"),
    "synapse": ("synaptic_event_",),
    "network": ("packet", "hop_", "within_tile_spike"),
}
COUNTED = {
    "spikes": "spike_out",
    "events": "synaptic_event_",
    "messages": "packet",
    "east_west": "hop_ew",
    "north_south": "hop_ns",
}


@dataclass(frozen=True, eq=False)
class Tally:
    """``ledger`` holds the counts by chip step and by layer of origin; ``fill_and_drain`` those visits that we skip.

    ``input_spikes`` is (steps, rows, columns, channels) uint8, the spikes of the pixel layer.
    """

    ledger: Ledger
    fill_and_drain: Ledger
    layers: int
    chip_steps: int
    input_spikes: NDArray[np.uint8]

    def facts(self) -> dict[str, Any]:
        """Return counts by [chip step][layer of origin], updates by chip step and energies in pJ by chip step."""
        whole = self.ledger + self.fill_and_drain
        table, policy = read_table(MODEL), Policy("noc")
        by_step: list[dict[str, int]] = [{} for _ in range(self.chip_steps)]
        for (step, op), count in whole.by("step", "op").items():
            by_step[step - 1][op] = count
        counts = {name: np.zeros((self.chip_steps, self.layers), np.int64) for name in COUNTED}
        for (layer, step, op), count in self.ledger.by("layer", "step", "op").items():
            for name, prefix in COUNTED.items():
                if op.startswith(prefix):
                    counts[name][step - 1, layer - PIXELS] += count
        counts["spikes"][: len(self.input_spikes), 0] = self.input_spikes.sum(axis=(1, 2, 3), dtype=np.int64)
        energies: dict[str, list[float]] = {}
        for group, prefixes in GROUPS.items():
            chosen = [{op: n for op, n in ops.items() if op.startswith(prefixes)} for ops in by_step]
            energies[group] = [price(ops, table, policy).pj or 0.0 for ops in chosen]
        return {
            **{name: array.tolist() for name, array in counts.items()},
            "updated": [ops.get("neuron_update_active", 0) for ops in by_step],
            "energy_pj": energies,
            "total_pj": price(whole, table, policy).pj,
            "fill_and_drain_pj": price(self.fill_and_drain, table, policy).pj,
            "fill_and_drain_visits": sum(self.fill_and_drain.totals().values()),
        }


def tally(seen: Observation, spec: ChipSpec, image: NDArray[np.integer]) -> Tally:
    """Return the tally of an observed run of ``image``, which is followed once more to the last potentials."""
    network = seen.network
    last, steps = len(network.layers) - 1, network.steps
    inference = EventDrivenRun(network, seen.routing, spec, image)
    for planned in seen.planned:
        inference.perform(planned)
    fill_and_drain = Ledger()
    for layer in range(PIXELS + 1, last + 1):
        neurons = network.layers[layer].neurons
        charged = int(np.count_nonzero(inference.membranes[layer].potential))
        for chip_step in range(1, layer):
            fill_and_drain.add(layer, chip_step, CHIP_WIDE, "neuron_update_inactive", neurons)
        for chip_step in range(layer + steps, last + steps):
            fill_and_drain.add(layer, chip_step, CHIP_WIDE, "neuron_update_active", charged)
            fill_and_drain.add(layer, chip_step, CHIP_WIDE, "neuron_update_inactive", neurons - charged)
    spikes = np.stack([inference.scans[PIXELS, step].spikes for step in range(steps)])
    return Tally(retimed(seen.ledger, last), fill_and_drain, last, steps + last - 1, spikes)


def retimed(ledger: Ledger, last: int) -> Ledger:
    """Return the rows that SANA-FE has too, at its chip steps, events and packets under the layer of their spikes."""
    kept = Ledger()
    for (layer, step, op), count in ledger.by("layer", "step", "op").items():
        group = next((group for group, prefixes in GROUPS.items() if op.startswith(prefixes)), None)
        origin = layer - 1 if group == "synapse" else layer
        first = PIXELS + 1 if group == "soma" else PIXELS
        end = last if group == "network" else last + 1  # what the last layer sends goes to the host
        if group is not None and op != "synaptic_event_nonzero" and first <= origin < end:
            kept.add(origin, step + origin, CHIP_WIDE, op, count)
    return kept
