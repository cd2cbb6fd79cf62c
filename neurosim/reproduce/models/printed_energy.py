"""The compute energy of a bit-level network by the formula of Datta et al. 2023, one part at a time.

``E = MAC_1 (m+a) + r sum_{l>1} MAC_l a + T N_{l>1} shift + T N compare + r N reset + N a`` with r spikes per neuron
over all T steps, nominal products and N spiking neurons. It is the paper's own count: a left shift in every one of
T steps, none for the threshold ladder. What the simulator counts is the exact form in
``neurosim.energy.analysis.affine``.
"""

from __future__ import annotations

from dataclasses import dataclass

from neurosim.energy.pricing.price import price
from neurosim.energy.tables.table import Table
from neurosim.reproduce.models.size import Size

MULTIPLY, ADD, SHIFT, COMPARE, RESET = "multiply_int8", "add_int20", "shift_int20", "compare_int20", "reset_int20"
PARTS = ("first layer", "add", "shift", "compare", "reset", "initial add")


@dataclass(frozen=True)
class PrintedEnergy:
    """A network of ``size`` that runs ``steps`` steps at ``activity`` spikes per neuron over all of them."""

    size: Size
    steps: int
    activity: float

    def counts(self) -> dict[str, dict[str, int]]:
        """Return part -> operation -> count per image."""
        first, *rest = self.size.layer_macs
        neurons, behind_first = self.size.neurons, self.size.neurons - self.size.layer_neurons[0]
        return {
            "first layer": {MULTIPLY: first, ADD: first},
            "add": {ADD: round(self.activity * sum(rest))},
            "shift": {SHIFT: self.steps * behind_first},
            "compare": {COMPARE: self.steps * neurons},
            "reset": {RESET: round(self.activity * neurons)},
            "initial add": {ADD: neurons},
        }

    def by_part(self, table: Table) -> dict[str, float]:
        """Return part -> pJ per image."""
        return {part: _total(counts, table) for part, counts in self.counts().items()}

    def total(self, table: Table) -> float:
        """Return pJ per image."""
        return sum(self.by_part(table).values())

    def shares(self, table: Table) -> dict[str, float]:
        """Return part -> percent of the total."""
        parts = self.by_part(table)
        return {part: 100 * pj / sum(parts.values()) for part, pj in parts.items()}

    def gain(self, table: Table, density: float) -> float:
        """Return how many times more the ANN costs of whose products ``density`` are done, the first layer's too."""
        return density * dense(self.size, table) / self.total(table)


def dense(size: Size, table: Table) -> float:
    """Return the energy of all products of the ANN, in pJ per image."""
    return _total({MULTIPLY: size.macs, ADD: size.macs}, table)


def _total(counts: dict[str, int], table: Table) -> float:
    energy = price(counts, table).pj
    assert energy is not None  # what has no price is an error by default
    return energy
