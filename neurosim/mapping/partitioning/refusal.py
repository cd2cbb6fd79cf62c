"""The error message for a network that does not fit a chip: what each layer needs, what there is, what would do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neurosim.mapping.partitioning.combination import Combinations
from neurosim.mapping.partitioning.partitionings import Partitioning
from neurosim.units import plural

NAMES = {
    "capacity.input_axons": "input axons",
    "capacity.output_axons": "output axons",
    "memories.axon_bits": "bits of axon memory",
}


def refusal(combinations: Combinations, chosen: Sequence[Partitioning]) -> str:
    """Return why no combination of partitionings fits.

    Where one would fit on more cores, it is that of the fewest whose cores are counted; else the axons that
    ``chosen``, the best partitioning of each layer by itself, lacks. A chip with all that is named fits.
    """
    enough = combinations.fewest_cores()
    # If some combination fits on more cores, axons are not the reason.
    lines = [] if enough else list(_axons(combinations, chosen))
    if combinations.cores(enough or chosen) > combinations.spec.mesh.cores:
        lines += _cores(combinations, enough or chosen)
    if combinations.gave_up:
        lines.append("(not all of its many partitionings were tried; another mapper may find one that fits)")
    return "\n".join(lines)


def _axons(combinations: Combinations, chosen: Sequence[Partitioning]) -> Iterator[str]:
    shortages = list(combinations.too_few_axons(chosen))
    for layer, field, needed, held in shortages:
        enough = max(most for _, other, most, _ in shortages if other == field)
        yield f"{layer} needs {needed:,} {NAMES[field]} in a core, which has {held:,}; chip.{field}: {enough} would do"


def _cores(combinations: Combinations, chosen: Sequence[Partitioning]) -> Iterator[str]:
    """Yield the cores that a network needs, and each layer; in turn, only those layers that are too large alone."""
    network, spec = combinations.network, combinations.spec
    needed, in_turn = combinations.cores(chosen), combinations.residency == "time_multiplexed"
    yield (
        f"{network.name} needs {plural(needed, 'core')} of {plural(spec.capacity.neurons, 'neuron')} and "
        f"{spec.capacity.synapse_memory_bits // 8192:,} KiB{' at a time' * in_turn}, {spec.id} has "
        f"{spec.mesh.cores:,}: {needed - spec.mesh.cores:,} too few"
    )
    left = spec.mesh.cores
    for layer, own in zip(network.layers[1:], chosen, strict=True):
        missing = f": {own.cores - max(left, 0):,} too few" if own.cores > left else ""
        if missing or not in_turn:
            yield f"  {layer.name} needs {plural(own.cores, 'core')} for {plural(layer.neurons, 'neuron')}{missing}"
        left -= 0 if in_turn else own.cores
