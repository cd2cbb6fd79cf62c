"""Counts of a spiking network as a linear function of its activity: a fixed part, and a part per spike.

The activity is spikes per neuron and inference, over all time steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class AffineCounts:
    """``fixed`` counts of one inference, and those that one spike per neuron adds (``per_activity``)."""

    fixed: Mapping[str, int]
    per_activity: Mapping[str, int]

    def at(self, activity: float | Fraction) -> dict[str, int]:
        """Return the counts at so many spikes per neuron, each rounded to a whole number."""
        counts = dict(self.fixed)
        for op, count in self.per_activity.items():
            counts[op] = counts.get(op, 0) + round(count * Fraction(activity))
        return counts


def accumulate_fire(
    *,
    macs: int,
    first_macs: int,
    neurons: int,
    first_neurons: int,
    outputs: int,
    steps: int,
    weight_bits: int = 8,
    accumulator_bits: int = 20,
) -> AffineCounts:
    """Return the closed form for ``accumulate_fire`` without skip connections.

    Parameters
    ----------
    macs, first_macs : int
        In-bounds products of all layers, and of the first.
    neurons, first_neurons : int
        Neurons that fire, in all layers and in the first.
    outputs : int
        Neurons of the last layer, which never fire.
    steps : int
        T.
    weight_bits, accumulator_bits : int
        Widths of the operations.

    Notes
    -----
    ``MAC_1 (m+a) + rho (MAC-MAC_1) a + (N+N_o) a + (T-1)(N-N_1+N_o) shift + T N compare + rho N reset``; the shifts
    of the thresholds, T-1 for each layer, are left out.
    """
    add, shift, compare, reset = (f"{op}_int{accumulator_bits}" for op in ("add", "shift", "compare", "reset"))
    return AffineCounts(
        fixed={
            f"multiply_int{weight_bits}": first_macs,
            add: first_macs + neurons + outputs,
            shift: (steps - 1) * (neurons - first_neurons + outputs),
            compare: steps * neurons,
        },
        per_activity={add: macs - first_macs, reset: neurons},
    )


def measured(totals: Mapping[str, int], fixed: Mapping[str, int], activity: float) -> AffineCounts:
    """Return the linear function through a run's counts.

    ``totals`` are the run's counts, at ``activity`` spikes per neuron; ``fixed`` those of a network without spikes.
    """
    for op, count in fixed.items():
        if not 0 <= count <= totals.get(op, 0):
            raise ValueError(f"{count} fixed '{op}' ops are not 0 to the {totals.get(op, 0)} that were counted")
    if activity <= 0:
        raise ValueError("a network that never fired does not show what a spike costs")
    growing = {op: count - fixed.get(op, 0) for op, count in totals.items()}
    per_spike = {op: round(count / Fraction(activity)) for op, count in growing.items() if count}
    return AffineCounts(dict(fixed), per_spike)
