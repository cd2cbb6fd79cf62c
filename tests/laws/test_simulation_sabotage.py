"""The proof can fail: every known way to get the spikes wrong is found as mismatches."""

from dataclasses import dataclass, replace
from unittest.mock import patch

import numba
import numpy as np
import pytest

from neurosim.chip.core import accumulate_kernels, neuron_unit
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.simulation.functional import event_driven
from neurosim.simulation.functional.lossless_check import LosslessCheck
from tests.reference.behaviour import CURRENTS, first_layer
from tests.reference.behaviour_levels import watch
from tests.reference.random_networks import (
    legal_schedules,
    model_of,
    random_chip,
    random_images,
    random_network,
    random_placement,
    small_chip,
    whole_placement,
)

SEEDS = (5, 9, 23)


def drawn(seed):
    """(generator, network): three spiking layers."""
    rng = np.random.default_rng(seed)
    return rng, random_network(rng, model_of("accumulate_fire", 3), pixels=4, hidden=2)


def has_skip(seed, over):
    """Whether a layer has a second source that is at least ``over`` layers before it."""
    layers = enumerate(drawn(seed)[1].layers)
    return any(number - synapses.source >= over for number, layer in layers for synapses in layer.sources[1:])


def mismatches(model, seeds=SEEDS):
    """Mismatches of ``model`` on some random networks, three images each."""
    found = 0
    for seed in seeds:
        rng, network = drawn(seed)
        placement, cores = random_placement(rng, network)
        spec, images = random_chip(rng, cores), random_images(rng, network, 3)
        network = replace(network, model=model)
        seen, _ = watch(network, spec, placement, legal_schedules(model)[0], images)
        found += seen.lossless_check.mismatches
    return found


def on_neurons(model, levels):
    """Mismatches of ``model`` on one layer whose neurons are driven by CURRENTS."""
    network = replace(first_layer(model, CURRENTS, bias=[1] * len(CURRENTS)), levels=levels)
    placement, cores = whole_placement(network)
    image = np.ones((1, 1, 1, 1), np.uint8)
    return watch(network, small_chip(cores, 1, 1), placement, legal_schedules(model)[0], image)[
        0
    ].lossless_check.mismatches


def test_without_sabotage_there_is_none():
    assert mismatches(AccumulateFire(3)) == 0
    assert on_neurons(AccumulateFire(4), 15) == 0
    assert on_neurons(IfQcfs(4), 4) == 0


@dataclass(frozen=True)
class NoRounding(AccumulateFire):
    def update(self, datapath, layer, membrane, step):
        if step == 0 and layer.role != "output":
            membrane.input_accumulator -= layer.threshold >> 1
        return super().update(datapath, layer, membrane, step)


@dataclass(frozen=True)
class FixedThreshold(AccumulateFire):
    def update(self, datapath, layer, membrane, step):
        if step == 0 or layer.role == "output":
            return super().update(datapath, layer, membrane, step)
        threshold = layer.threshold << (self.steps - 1)
        fired = datapath.compare(membrane.potential, threshold)
        datapath.subtract(membrane.potential, fired, threshold)
        return fired


@dataclass(frozen=True)
class NoHorner(AccumulateFire):
    def begin_step(self, datapath, layer, membrane, step):
        pass


@dataclass(frozen=True)
class BiasAtEveryStep(AccumulateFire):
    def begin_step(self, datapath, layer, membrane, step):
        super().begin_step(datapath, layer, membrane, step)
        if step > 0:
            membrane.input_accumulator += layer.bias


@dataclass(frozen=True)
class HardReset(AccumulateFire):
    def update(self, datapath, layer, membrane, step):
        fired = super().update(datapath, layer, membrane, step)
        membrane.potential[fired] = 0
        return fired


@dataclass(frozen=True)
class Inverted(AccumulateFire):
    def update(self, datapath, layer, membrane, step):
        fired = super().update(datapath, layer, membrane, step)
        return ~fired if layer.role != "output" else fired


@pytest.mark.parametrize("model", [NoRounding, FixedThreshold, NoHorner, BiasAtEveryStep, HardReset, Inverted])
def test_a_wrong_neuron_is_found(model):
    assert mismatches(model(3)) > 0


@dataclass(frozen=True)
class StartAtZero(IfQcfs):
    def start(self, layer):
        return 0


@dataclass(frozen=True)
class ClearedNotSubtracted(IfQcfs):
    def reset(self, datapath, layer, membrane, fired):
        datapath.clear(membrane.potential, fired)


@dataclass(frozen=True)
class BiasOnce(IfQcfs):
    def update(self, datapath, layer, membrane, step):
        if step > 0:
            membrane.input_accumulator -= layer.bias * (step == 1)
        return super().update(datapath, layer, membrane, step)


@pytest.mark.parametrize("model", [StartAtZero, ClearedNotSubtracted, BiasOnce])
def test_a_wrong_rate_neuron_is_found(model):
    assert on_neurons(model(4), 4) > 0


@numba.njit
def strict(potential, threshold, fired):
    for i in range(potential.size):
        fired[i] = potential[i] > threshold
    return potential.size


def test_a_strict_comparison_is_found_in_the_ties():
    with patch.object(neuron_unit, "compare", strict):
        assert on_neurons(AccumulateFire(4), 15) > 0
        assert on_neurons(IfQcfs(4), 4) > 0
        assert mismatches(AccumulateFire(3)) > 0


def test_a_synapse_too_few_is_found():
    kept = accumulate_kernels.join_events

    def loses_one(*arguments):
        first, channel, amount = kept(*arguments)
        first[first == len(channel)] -= len(channel) > 1
        return first, channel, amount

    with patch.object(accumulate_kernels, "join_events", loses_one):
        assert mismatches(AccumulateFire(3)) > 0


def test_a_skip_without_its_weight_is_found():
    kept = event_driven.add_identity

    def unweighted(inbox, height, width, first, channel, weight, *geometry):
        kept(inbox, height, width, first, channel, np.sign(weight), *geometry)

    with patch.object(event_driven, "add_identity", unweighted):
        assert mismatches(AccumulateFire(3), seeds=[seed for seed in range(20) if has_skip(seed, over=1)]) > 0


def test_a_plane_that_is_added_too_early_is_found():
    """A skip's planes are added as they arrive, before the main branch has shifted the sum."""

    def at_once(self, planned):
        kept(self, replace(planned, replays=[], direct=[*planned.direct, *planned.stored], stored=[]))

    kept = event_driven.EventDrivenRun.perform
    with patch.object(event_driven.EventDrivenRun, "perform", at_once):
        assert mismatches(AccumulateFire(3), seeds=[seed for seed in range(60) if has_skip(seed, over=2)]) > 0


def test_a_logit_off_by_one_is_found():
    class OffByOne:
        def __init__(self, seen):
            self.scans, self.logits = seen.scans, seen.logits.copy()
            self.logits[-1] += 1

    kept = LosslessCheck.compare
    with patch.object(LosslessCheck, "compare", lambda self, seen, answers: kept(self, OffByOne(seen), answers)):
        assert mismatches(AccumulateFire(3), seeds=[5]) == 3  # one for each image


def test_spikes_in_another_step_are_found_though_their_number_is_right():
    kept = LosslessCheck.compare

    class Late:
        def __init__(self, seen):
            self.logits, steps = seen.logits, seen.network.steps
            self.scans = {
                (layer, step): seen.scans[layer, (step + 1) % steps if (layer, steps - 1) in seen.scans else step]
                for layer, step in seen.scans
            }

    with patch.object(LosslessCheck, "compare", lambda self, seen, answers: kept(self, Late(seen), answers)):
        assert on_neurons(AccumulateFire(4), 15) > 0
        assert on_neurons(IfQcfs(4), 4) == 0  # a rate code fixes the number only
