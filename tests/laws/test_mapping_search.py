"""The mapper against every combination of cuttings: it refuses only what fits in none, and its advice makes it fit."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from neurosim.errors import CapacityError
from neurosim.mapping.partitioning.axons import axons
from neurosim.mapping.partitioning.core_demand import ENTRY_BITS, stored_bits
from neurosim.mapping.partitioning.partitionings import even_partitionings
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.mapping.spatial import Spatial
from tests.reference.random_networks import model_of, random_network, small_chip

ADVICE = re.compile(r"chip\.(\w+)\.(\w+): (\d+) would do")
CORES = re.compile(r"needs ([\d,]+) cores? of .* too few")


def cut_as(chosen):
    """The layers cut as ``chosen`` says, on cores of their own."""
    layers, taken = [None], 0
    for number, option in enumerate(chosen, start=1):
        shape = tuple(len(axis) - 1 for axis in option.edges)
        cores = np.arange(taken, taken + option.cores, dtype=np.int32).reshape(shape)
        layers.append(LayerPlacement(number, *option.edges, cores))
        taken += option.cores
    return Placement(tuple(layers), "test")


def suits(network, placement, spec, residency):
    """Whether every core of a placement has what it is asked for, looked at core by core."""
    needed = [placed.cores.size for placed in placement.layers[1:]]
    if (sum(needed) if residency == "resident" else max(needed)) > spec.mesh.cores:
        return False
    counted = axons(network, placement, spec)
    for number, layer in enumerate(network.layers[1:], start=1):
        placed, (inputs, outputs) = placement[number], counted[number]
        suffices = [
            placed.neurons.max() <= spec.capacity.neurons,
            stored_bits(layer, placed, network.weight_bits, spec).max() <= spec.capacity.synapse_memory_bits,
            inputs.max() <= spec.capacity.input_axons,
            outputs.max() <= spec.capacity.output_axons,
            spec.memories.overflow == "report" or ENTRY_BITS * (inputs + outputs).max() <= spec.memories.axon_bits,
        ]
        if not all(suffices):
            return False
    return True


def random_case(rng):
    """A network of few combinations, and a chip that has hardly enough of everything."""
    network = random_network(rng, model_of("if_soft", 2), hidden=int(rng.integers(0, 3)), pixels=4)
    few = lambda low, high: int(np.exp(rng.uniform(np.log(low), np.log(high))))  # noqa: E731
    capacity = {
        "neurons": few(4, 200), "synapse_memory_bits": 8 * few(30, 4000),
        "input_axons": few(2, 60), "output_axons": few(2, 60),
    }  # fmt: skip
    memories = {"axon_bits": ENTRY_BITS * few(6, 120), "overflow": str(rng.choice(["report", "refuse"])),
                "potential_bits": 1 << 30}  # fmt: skip
    spec = small_chip(few(1, 12), few(1, 6), 2, capacity=capacity, memories=memories,
                      weight_sharing=bool(rng.random() < 0.6))  # fmt: skip
    return network, spec


@pytest.mark.parametrize("residency", ["resident", "time_multiplexed"])
@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_the_mapper_refuses_only_what_fits_in_no_combination(residency, seed):
    network, spec = random_case(np.random.default_rng(seed))
    options = [list(even_partitionings(layer, spec)) for layer in network.layers[1:]]
    assume(np.prod([len(own) for own in options]) <= 4000)
    try:
        placement = Spatial().place(network, spec, residency)
    except CapacityError:
        assert not any(suits(network, cut_as(chosen), spec, residency) for chosen in itertools.product(*options))
    else:
        assert suits(network, placement, spec, residency)


@pytest.mark.parametrize("residency", ["resident", "time_multiplexed"])
@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_what_is_advised_makes_a_network_fit(residency, seed):
    network, spec = random_case(np.random.default_rng(seed))
    try:
        Spatial().place(network, spec, residency)
    except CapacityError as error:
        refusal = str(error)
    else:
        return
    if "one neuron a core" in refusal:
        return
    advised, cores = ADVICE.findall(refusal), CORES.search(refusal)
    assert advised or cores
    for part, field, enough in advised:
        spec = replace(spec, **{part: replace(getattr(spec, part), **{field: int(enough)})})
    if cores:
        tiles = int(cores[1].replace(",", ""))
        spec = replace(spec, mesh=replace(spec.mesh, width=tiles, height=1, cores_per_tile=1))
    placement = Spatial().place(network, spec, residency)
    if cores and not advised:  # then not one core less would do
        assert max(placed.cores.max() for placed in placement.layers[1:]) == tiles - 1
        with pytest.raises(CapacityError):
            Spatial().place(network, replace(spec, mesh=replace(spec.mesh, width=tiles - 1)), residency)


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_the_same_network_is_always_placed_alike(seed):
    network, spec = random_case(np.random.default_rng(seed))
    try:
        first, second = (Spatial().place(network, spec) for _ in range(2))
    except CapacityError:
        return
    for one, other in zip(first.layers[1:], second.layers[1:], strict=True):
        assert one.partitions.tolist() == other.partitions.tolist()
        assert one.cores.tolist() == other.cores.tolist()
