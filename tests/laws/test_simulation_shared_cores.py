"""Layers that share cores compute the same, and every tick and every word of bringing them in is accounted for."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.ledger import vocabulary
from neurosim.simulation.counting.counters import expected_operations
from neurosim.simulation.summarise import result
from tests.reference.behaviour_levels import watch
from tests.reference.behaviour_plain import play
from tests.reference.random_networks import (
    MODELS,
    legal_schedules,
    model_of,
    random_chip,
    random_images,
    random_network,
    read_again,
    shared_placement,
)


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_sharing_cores_changes_when_and_never_what(kind, seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(kind, int(rng.integers(1, 4))), pixels=4, hidden=2)
    placement, cores = shared_placement(rng, network)
    spec, images = random_chip(rng, cores), random_images(rng, network, 2)
    for schedule in legal_schedules(network.model):
        seen, inferences = watch(network, spec, placement, schedule, images)
        for image, inference in zip(images, inferences, strict=True):
            wanted = play(network, image)
            for key, plane in wanted.spikes.items():
                assert inference.scans[key].spikes.astype(int).tolist() == plane.astype(int).tolist()
            assert inference.logits.tolist() == wanted.potentials[len(network.layers) - 1].ravel().tolist()
        elapsed, spent = sum(run.elapsed for run in seen.timings), Counter()
        for (core, name), ticks in seen.ledger.by("core", "op").items():
            spent[core] += ticks * name.startswith("core_")
        used = {core for placed in placement.layers if placed for core in placed.cores.ravel().tolist()}
        assert {core: ticks for core, ticks in spent.items() if ticks} == {core: elapsed for core in used if elapsed}
        count = Counter()
        for name, times in seen.ledger.totals().items():
            count[vocabulary.parse(name).operation.name] += times
        received = count["axon_lookup"] - read_again(seen) + count["output_word"]
        if any(entry.spilled for entry in seen.planned):  # such a plane goes by the memory behind the chip
            assert count["packet"] <= received
        else:
            assert count["packet"] == received
        assert (count["weight_reload"] > 0) == (len(set(placement.groups)) > 1)
        assert 0 <= count["spike_buffer_read"] - count["spike_buffer_write"] <= read_again(seen)
        if elapsed:
            parts = result("shared", seen, spec, ()).latency_parts
            whole = round(elapsed / len(images))
            assert parts.host + parts.compute + parts.mesh + parts.barrier + parts.reload == whole
            assert min(parts.host, parts.compute, parts.mesh, parts.barrier, parts.reload) >= 0
        foreseen = expected_operations(network, spec, seen.planned)
        assert set(seen.ledger.totals()) <= foreseen
