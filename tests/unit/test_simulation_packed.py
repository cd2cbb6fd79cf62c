"""Packed spikes: one packet for all steps of a neuron, at the same spikes and sums."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurosim.errors import ScheduleError
from neurosim.ledger.vocabulary import parse
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.schedule.layer_by_layer import LayerByLayer
from neurosim.schedule.pipelined import Pipelined
from neurosim.schedule.plan import plan
from neurosim.simulation.observe import observe
from tests.reference.random_networks import random_images, random_network, random_placement, small_chip

CHAIN = [[], [0], [1], [2]]


def both_ways(seed, model):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model)
    placement, _ = random_placement(rng, network)
    chip = small_chip(9, 9, 4)
    images = random_images(rng, network)
    return [
        observe(network, replace(chip, spike_format=form), placement, LayerByLayer(), images)
        for form in ("unary", "packed")
    ]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("model", [AccumulateFire(3), IfQcfs(4)])
def test_packing_changes_the_transport_and_nothing_that_is_computed(seed, model):
    unary, packed = both_ways(seed, model)
    assert (packed.spikes == unary.spikes).all()
    verdict = packed.lossless_check.verdict()
    assert verdict is None or verdict.mismatches == 0
    kept = {"compute", "event"}
    counts = [
        {op: count for op, count in seen.ledger.totals().items() if parse(op).operation.group in kept}
        for seen in (unary, packed)
    ]
    assert counts[0] == counts[1]
    sent = [seen.ledger.totals()["packet_bits32"] for seen in (unary, packed)]
    assert sent[1] <= sent[0]


def test_a_neuron_that_fires_every_step_sends_one_packet_instead_of_one_a_step():
    unary = both_ways(0, AccumulateFire(3))[0]
    first = unary.network.layers[1]
    saturated = replace(first, bias=first.bias + (first.threshold << 5), accumulator_bits=40)
    network = replace(unary.network, layers=(unary.network.layers[0], saturated, *unary.network.layers[2:]))
    rng = np.random.default_rng(1)
    placement, image = random_placement(rng, network)[0], np.zeros((1, *network.layers[0].map_shape), np.uint8)
    sent = []
    for form in ("unary", "packed"):
        seen = observe(network, small_chip(9, 9, 4, spike_format=form), placement, LayerByLayer(), image)
        sent.append(seen.ledger.by("layer", "op")[1, "packet_bits32"])
    assert sent[0] == 3 * sent[1] > 0


def test_planes_leave_with_the_last_scan_and_are_accumulated_in_a_phase_of_their_own():
    steps = [1, 2, 2, 1]
    planned = plan(LayerByLayer().phases(steps), CHAIN, steps, [0, 1, 1, 1], packed=True)
    scanned = [[(item.layer, item.step) for item in entry.phase.items] for entry in planned]
    assert scanned == [[(0, 0)], [(1, 0)], [(1, 1)], [], [(2, 0)], [(2, 1)], [], [(3, 0)]]
    assert [(d.scan.layer, d.scan.step) for d in planned[1].held] == [(1, 0)]
    assert [(d.scan.layer, d.scan.step) for d in planned[2].stored] == [(1, 0), (1, 1)]
    assert [(d.scan.layer, d.scan.step) for d in planned[3].replays] == [(1, 0), (1, 1)]
    assert [(o.layer, o.step) for o in planned[3].step_begins] == [(2, 0), (2, 1)]


def test_a_schedule_that_fires_every_step_is_refused():
    rng = np.random.default_rng(2)
    network = random_network(rng, IfQcfs(4))
    chip = small_chip(6, 6, 4, spike_format="packed")
    with pytest.raises(ScheduleError) as refusal:
        observe(network, chip, random_placement(rng, network)[0], Pipelined(), random_images(rng, network))
    assert str(refusal.value) == (
        "small packs the spikes of all 4 steps into one packet, and pipelined asks for spikes every step; "
        "use layer_by_layer, or spike_format: unary"
    )
