"""The laws of the ledger, for all models and legal schedules, on random networks, chips and placements."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.ledger import vocabulary
from neurosim.ledger.record import Lossless
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
    random_placement,
    read_again,
    times_read,
)

NOC = ("cycle_accurate", "unbounded_queues", "lower_bound")


@dataclass(eq=False)
class Case:
    """One random experiment; ``look`` runs it under one schedule."""

    network: object
    spec: object
    placement: object
    images: np.ndarray

    @classmethod
    def of(cls, seed, kind, levels_are_steps=False):
        rng = np.random.default_rng(seed)
        network = random_network(rng, model_of(kind, int(rng.integers(1, 5))), pixels=4)
        if levels_are_steps:
            object.__setattr__(network, "levels", network.steps)
        placement, cores = random_placement(rng, network)
        return cls(network, random_chip(rng, cores), placement, random_images(rng, network, int(rng.integers(1, 3))))

    @property
    def schedules(self):
        return legal_schedules(self.network.model)

    def look(self, schedule, model="cycle_accurate"):
        labels = np.zeros(len(self.images), np.int64)
        return watch(self.network, self.spec, self.placement, schedule, self.images, labels, model)


def totals(observation):
    """Counts by operation, whatever its width."""
    sums = Counter()
    for name, count in observation.ledger.totals().items():
        sums[vocabulary.parse(name).operation.name] += count
    return sums


seeds = st.integers(0, 2**32)
every_model = pytest.mark.parametrize("kind", MODELS)
some = settings(max_examples=7)


@every_model
@some
@given(seeds)
def test_counts_of_operations_hang_together(kind, seed):
    case = Case.of(seed, kind)
    for schedule in case.schedules:
        seen, inferences = case.look(schedule)
        count, layers, model = totals(seen), case.network.layers, case.network.model
        events = sum(count[f"synaptic_event_{name}"] for name in ("dense", "conv", "graded"))
        units = [
            (layer, unit)
            for inference in inferences
            for units in (inference.step_begins, {key: scan.unit for key, scan in inference.scans.items()})
            for (layer, _), unit in units.items()
        ]
        initial = sum(
            unit.everywhere.get("add", 0) * layers[layer].neurons
            + sum(int(mask.sum()) for operation, mask in unit.somewhere if operation == "add")
            for layer, unit in units
        )
        skips = sum(
            times_read(model, layer.role) * synapses.events(seen.spikes_of(synapses.source))
            for layer in layers
            for synapses in layer.sources
            if not synapses.is_stored
        )
        assert count["add"] == events + initial + skips
        assert count["multiply"] == count["synaptic_event_graded"]
        fired = [scan.spikes for inference in inferences for (layer, _), scan in inference.scans.items() if layer]
        resets, sent = count["reset"], sum(int((spikes > 0).sum()) for spikes in fired)
        assert resets == sum(int(unit.fired.sum()) for _, unit in units if unit.fired is not None)
        # A neuron of one spike sets a flag instead; bos resets in its silent first pass too.
        assert resets == 0 if kind == "one_spike" else resets >= sent if kind == "bos" else resets == sent
        assert count["spike_out"] == sum(int(spikes.sum()) for spikes in fired)
        assert count["spike_out"] == sum(int(seen.spikes_of(number).sum()) for number in case.network.spiking)
        visits = sum(model.scans(layer.role) * layer.neurons for layer in layers[1:]) * len(case.images)
        assert count["neuron_update_active"] + count["neuron_update_inactive"] == visits
        assert count["weight_read"] * case.spec.synapse_unit.word_bits >= events * case.network.weight_bits
        assert count["synaptic_event_nonzero"] <= events
        again = count["spike_buffer_read"] - count["spike_buffer_write"]
        assert 0 <= again <= read_again(seen)  # the first reading of some is direct
        foreseen = expected_operations(case.network, case.spec, seen.planned)
        assert set(seen.ledger.totals()) <= foreseen <= expected_operations(case.network, case.spec)


@every_model
@some
@given(seeds)
def test_packets_are_all_received_and_travel_the_shortest_way(kind, seed):
    case = Case.of(seed, kind)
    for schedule in case.schedules:
        seen, _ = case.look(schedule)
        count, carried = totals(seen), seen.link_packets
        # Every one ends in a core or at the host.
        assert count["packet"] == count["axon_lookup"] - read_again(seen) + count["output_word"]
        assert count["output_word"] == case.network.layers[-1].neurons * len(case.images)
        assert count["hop_ew"] == int(carried[:, :2].sum())
        assert count["hop_ns"] == int(carried[:, 2:].sum())
        assert count["router"] == count["packet"] + count["hop_ew"] + count["hop_ns"]


@every_model
@pytest.mark.parametrize("noc", NOC)
@settings(max_examples=4)
@given(seeds)
def test_every_tick_of_every_core_is_busy_stalled_or_waiting_and_the_latency_is_the_sum_of_its_parts(noc, kind, seed):
    case = Case.of(seed, kind)
    for schedule in case.schedules:
        seen, _ = case.look(schedule, noc)
        elapsed = sum(run.elapsed for run in seen.timings)
        assert totals(seen)["chip_tick"] == elapsed
        spent = Counter()
        for (core, name), ticks in seen.ledger.by("core", "op").items():
            spent[core] += ticks * name.startswith("core_")
        cores = {core for layer in case.placement.layers if layer for core in layer.cores.ravel().tolist()}
        assert {core: ticks for core, ticks in spent.items() if ticks} == {core: elapsed for core in cores if elapsed}
        if elapsed:
            facts = result("case", seen, case.spec, ())
            parts = facts.latency_parts
            assert min(parts.host, parts.compute, parts.mesh, parts.barrier, parts.reload) >= 0
            assert parts.host + parts.compute + parts.mesh + parts.barrier + parts.reload == facts.latency.ticks
            assert sum(core.busy + core.stalled + core.waiting for core in facts.core_use) == elapsed * len(cores)


def computed(case, schedule, noc, *columns):
    """(spikes, compute and event rows summed by ``columns`` and operation) of one run."""
    seen, inferences = case.look(schedule, noc)
    fired = [scan.spikes.tolist() for inference in inferences for _, scan in sorted(inference.scans.items())]
    rows = seen.ledger.by(*columns, "op").items()
    return fired, {key: n for key, n in rows if vocabulary.parse(key[-1]).operation.group in ("compute", "event")}


@every_model
@settings(max_examples=5)
@given(seeds)
def test_neither_schedule_nor_mesh_nor_placement_changes_what_is_computed(kind, seed):
    case, moved = Case.of(seed, kind), Case.of(seed, kind)
    schedule = case.schedules[0]
    by_core = computed(case, schedule, "cycle_accurate", "layer", "step", "core")
    assert computed(case, schedule, "unbounded_queues", "layer", "step", "core") == by_core
    for other in case.schedules[1:]:
        assert computed(case, other, "cycle_accurate", "layer", "step", "core") == by_core
    moved.placement, cores = random_placement(np.random.default_rng(seed + 1), case.network)
    moved.spec = random_chip(np.random.default_rng(seed + 2), cores)
    assert computed(moved, schedule, "cycle_accurate", "layer", "step") == computed(
        case, schedule, "cycle_accurate", "layer", "step"
    )


@every_model
@some
@given(seeds)
def test_spikes_and_logits_are_those_of_plain_numpy(kind, seed):
    case = Case.of(seed, kind)
    for schedule in case.schedules:
        _, inferences = case.look(schedule)
        for image, inference in zip(case.images, inferences, strict=True):
            wanted = play(case.network, image)
            for key, plane in wanted.spikes.items():
                assert inference.scans[key].spikes.astype(int).tolist() == plane.astype(int).tolist()
            assert inference.logits.tolist() == wanted.potentials[len(case.network.layers) - 1].ravel().tolist()


@every_model
@some
@given(seeds)
def test_what_a_model_claims_to_be_exact_is_exact_in_every_slot(kind, seed):
    case = Case.of(seed, kind, levels_are_steps=True)
    network, images = case.network, len(case.images)
    # Where spikes are not fixed slot by slot, what they decode to is compared.
    slots = 1 if network.model.spike_maps(np.zeros(1, np.int64)) is None else network.steps
    checked = {
        "all": network.neurons * slots + network.layers[-1].neurons,
        "first": network.layers[1].neurons,
        "none": 0,
    }[network.model.exact_layers]
    for schedule in case.schedules:
        verdict = case.look(schedule)[0].lossless_check.verdict()
        assert (verdict is None) == (checked == 0)
        if verdict is not None:
            assert isinstance(verdict, Lossless)
            assert (verdict.checked, verdict.mismatches) == (checked * images, 0)


@every_model
@settings(max_examples=8)
@given(seeds)
def test_the_analytic_mesh_is_a_lower_bound_of_the_others(kind, seed):
    case = Case.of(seed, kind)
    elapsed = {noc: [run.elapsed for run in case.look(case.schedules[0], noc)[0].timings] for noc in NOC}
    for noc in ("cycle_accurate", "unbounded_queues"):
        assert all(low <= ticks for low, ticks in zip(elapsed["lower_bound"], elapsed[noc], strict=True))
