"""A scan's packets against a brute-force enumeration of (spike, destination core that holds a target)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.chip.core.fan_out import ProjectionReach, join_fan_outs, packet_flows
from neurosim.chip.core.neuron_scan import spike_times
from neurosim.chip.core.spike_packets import packet_list, packet_sums
from neurosim.chip.core.synapse_unit import words, work_ticks
from neurosim.simulation.routing import routing_tables
from tests.reference.behaviour_plain import dense
from tests.reference.random_networks import (
    finest_placement,
    model_of,
    random_images,
    random_network,
    random_placement,
    small_chip,
)


@st.composite
def scans(draw):
    """(network, layer number, wiring, spikes, active, group ticks, axon out ticks) of a random layer cut at random.

    A neuron that spikes does so once to three times.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    network = random_network(rng, model_of("if_soft", 2), pixels=4)
    placement, cores = random_placement(rng, network)
    wiring = routing_tables(network, placement, small_chip(cores, 1, 1))
    number = int(rng.integers(0, len(network.layers)))
    shape = network.layers[number].map_shape
    spikes = (rng.random(shape) < draw(st.sampled_from([0, 0.2, 0.7, 1]))) * rng.integers(1, 4, shape, np.uint8)
    lanes = draw(st.sampled_from([1, 3, 8]))
    group_ticks = np.sort(rng.integers(0, 4, (2, lanes + 1)), axis=0)
    return network, number, wiring, spikes, rng.random(shape) < 0.5, group_ticks, draw(st.integers(0, 3))


def enumerate_packets(network, number, wiring, spikes, active, group_ticks, gap, is_unary):
    """Per box: [(destination, route, fan-out, inject tick)], and its scan ticks; slow and plain."""
    wired, lanes = wiring.layers[number], group_ticks.shape[1] - 1
    for y0, y1, x0, x1, c0, c1 in wired.partitions.tolist():
        neurons = [(y, x, c) for y in range(y0, y1) for x in range(x0, x1) for c in range(c0, c1)]
        packets, now = [], 0
        for begin in range(0, len(neurons), lanes):
            group = neurons[begin : begin + lanes]
            firing = [neuron for neuron in group if spikes[neuron]]
            now += int(group_ticks[int(any(active[neuron] for neuron in group)), len(firing)])
            for neuron in firing:
                for destination, route, fan_out in reached(network, wiring, wired.targets, neuron):
                    for _ in range(spikes[neuron] if is_unary else 1):
                        packets.append((destination, route, fan_out, now))
                        now += gap
        yield packets, now


def reached(network, wiring, targets, neuron):
    for route, target in enumerate(targets):
        if target is None:
            yield wiring.host, route, 1
            continue
        layer, index = target
        source = network.layers[layer].sources[index].source
        read = [synapses for synapses in network.layers[layer].sources if synapses.source == source]
        assert network.layers[layer].sources.index(read[0]) == index
        synapses = sum(dense(each)[0][neuron] for each in read)
        other = wiring.layers[layer]
        for (y0, y1, x0, x1, c0, c1), endpoint in zip(other.partitions.tolist(), other.endpoints.tolist(), strict=True):
            fan_out = int(synapses[y0:y1, x0:x1, c0:c1].sum())
            if fan_out:
                yield endpoint, route, fan_out


@given(scans(), st.booleans())
def test_a_spike_sends_its_packets_to_every_core_with_a_target_in_the_order_of_the_scan(scan, is_unary):
    _, number, wiring, spikes, active, group_ticks, gap = scan
    wired = wiring.layers[number]
    sent = packet_list(
        spike_times(spikes, active, wired.partitions, group_ticks, is_unary), gap, wired.fan_out, wired.flows
    )
    wanted = list(enumerate_packets(*scan, is_unary))
    assert sent.packets.tolist() == [len(packets) for packets, _ in wanted]
    fan_out = wired.fan_out.synapses(sent.route, sent.reach)
    columns = (sent.destination, sent.route, fan_out, sent.inject_ticks)
    seen = list(zip(*(column.tolist() for column in columns), strict=True))
    assert seen == [packet for packets, _ in wanted for packet in packets]


@given(scans())
def test_fan_outs_add_up_to_the_synaptic_events_of_every_bundle(scan):
    network, number, wiring, spikes, active, group_ticks, gap = scan
    wired = wiring.layers[number]
    sent = packet_list(spike_times(spikes, active, wired.partitions, group_ticks), gap, wired.fan_out, wired.flows)
    for route, target in enumerate(wired.targets):
        read = [s for s in network.layers[target[0]].sources if s.source == number] if target else []
        own = sum(synapses.events(spikes != 0) for synapses in read) if target else int((spikes != 0).sum())
        assert int(wired.fan_out.synapses(route, sent.reach[sent.route == route]).sum()) == own


@given(scans(), st.booleans())
def test_a_volley_is_the_sum_of_the_packets_of_each_way(scan, is_unary):
    _, number, wiring, spikes, active, group_ticks, gap = scan
    wired, unit = wiring.layers[number], small_chip().synapse_unit
    sending = (spike_times(spikes, active, wired.partitions, group_ticks, is_unary), gap, wired.fan_out, wired.flows)
    sent = packet_list(*sending)
    fan_outs = np.tile(np.arange(sent.reach.max(initial=0) + 1), (len(wired.targets), 1))
    fetched = words(fan_outs, 8, unit)
    work = work_ticks(fan_outs, fetched, unit)
    found = packet_sums(*sending, fetched, work)
    box = np.repeat(np.arange(len(wired.partitions)), sent.packets)
    wanted = {}
    packets = zip(box.tolist(), sent.route.tolist(), sent.destination.tolist(), strict=True)
    for packet, way in enumerate(packets):
        wanted.setdefault(way, []).append((int(sent.reach[packet]), int(sent.inject_ticks[packet])))
    for way, listed in wanted.items():
        worked = [int(work[way[1], reached]) for reached, _ in listed]
        wanted[way] = [
            len(listed),
            sum(int(wired.fan_out.synapses(way[1], reached)) for reached, _ in listed),
            sum(-(-reached * 8 // 32) for reached, _ in listed),
            sum(max(-(-reached * 8 // 32), -(-reached // 3)) for reached, _ in listed),
            min(tick for _, tick in listed),
            max(tick for _, tick in listed),
            max(tick + ticks for (_, tick), ticks in zip(listed, worked, strict=True)),
        ]
    ways = zip(wired.flows.partition.tolist(), wired.flows.route.tolist(), wired.flows.endpoint.tolist(), strict=True)
    seen = {way: sums for way, sums in zip(ways, found.sums.T.tolist(), strict=True) if sums[0]}
    assert seen == wanted
    assert found.scan_ticks.tolist() == [ticks for _, ticks in enumerate_packets(*scan, is_unary)]
    assert found.by_partition(found.sums[0]).tolist() == sent.packets.tolist()


@given(st.integers(0, 2**32))
def test_with_a_neuron_a_core_a_fan_out_is_a_number_of_taps(seed):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of("if_soft", 1), pixels=3)
    placement, cores = finest_placement(network)
    wired = routing_tables(network, placement, small_chip(cores, 1, 1)).layers[0]
    image = random_images(rng, network)[0]
    sent = packet_list(
        spike_times(image, image != 0, wired.partitions, np.zeros((2, 2), np.int64)), 1, wired.fan_out, wired.flows
    )
    number = dense(network.layers[1].sources[0])[0]
    assert len(sent.destination) == int((number[image != 0] > 0).sum())
    assert sent.inject_ticks.tolist() == list(range(len(sent.destination)))


def one_row(spikes, lanes, active, gap, ticks, cores=1):
    """(emission, volley) of neurons in a row of channels, each with one synapse into each of ``cores`` cores."""
    n = len(spikes)
    reach = ProjectionReach(np.ones((1, 1), np.int64), np.ones((1, 1), np.int64), np.ones((n, cores), np.int64))
    paths = join_fan_outs([[reach]], [np.arange(10, 10 + cores)], (1, 1, n))
    box = np.array([[0, 1, 0, 1, 0, n]])
    group_ticks = np.array(ticks, np.int64)
    assert group_ticks.shape == (2, lanes + 1)
    plane, visited = (np.array(values).reshape(1, 1, n) for values in (spikes, active))
    firing, free = (
        spike_times(plane.astype(np.uint8), visited.astype(bool), box, group_ticks),
        np.zeros((1, 2), np.int64),
    )
    sending = (firing, gap, paths, packet_flows(box, paths))
    return packet_list(*sending), packet_sums(*sending, free, free)


@pytest.mark.parametrize(
    ("lanes", "ticks", "injected", "scanned"),
    [
        # One neuron at a time: 1 tick, 5 if active, 7 if it fires. Neurons 1, 2 and 4 fire, 0 and 1 are active.
        # 0: 5 | 1: 12, packets 12 14 | then 16+7 = 23: 23 25 | 27+1 = 28 | 28+7 = 35: 35 37 | 39
        (1, [[1, 7], [5, 7]], [12, 14, 23, 25, 35, 37], 39),
        # Groups {0 1 2} active, two fire: 8 -> 8 10 12 14 | {3 4}, one fires, none active: 16+2 = 18 -> 18 20 | 22
        (3, [[1, 2, 3, 4], [5, 7, 8, 9]], [8, 10, 12, 14, 18, 20], 22),
        # One group of five with three spikes: 6 -> 6 8 10 12 14 16 | 18
        (8, [[1] * 9, [5, 5, 5, 6, 7, 7, 7, 7, 7]], [6, 8, 10, 12, 14, 16], 18),
    ],
)
def test_inject_and_scan_ticks_by_hand(lanes, ticks, injected, scanned):
    sent, summed = one_row([0, 1, 1, 0, 1], lanes, active=[1, 1, 0, 0, 0], gap=2, ticks=ticks, cores=2)
    assert sent.inject_ticks.tolist() == injected
    assert summed.scan_ticks.tolist() == [scanned]
    assert sent.destination.tolist() == [10, 11] * 3
