"""A placement for the traffic of a stored run: what is taken from it, and what it is refused for."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_networks import MODELS, legal_schedules, model_of, random_images, random_network, small_chip

import neurosim
from neurosim.errors import CapacityError, DocumentError
from neurosim.experiment import prepare
from neurosim.files.traffic import read_traffic, traffic_of
from neurosim.mapping.annealed import Annealed
from neurosim.mapping.flows import flows, members, uniform
from neurosim.mapping.spatial import Spatial
from neurosim.mapping.traffic import Traffic
from neurosim.simulation.record import Record
from neurosim.simulation.result import chip_facts, network_facts, result, slices
from neurosim.simulation.run import observe


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A run of lenet, placed by the spatial mapper."""
    folder = tmp_path_factory.mktemp("runs") / "earlier"
    return neurosim.simulate("lenet").save(folder, figures=False)


def asking(stored, **more):
    return {"mapping.kind": "annealed", "mapping.options": {"traffic": str(stored.folder)}, **more}


def refused(stored, **more):
    with pytest.raises(DocumentError) as caught:
        prepare("lenet", asking(stored, **more))
    return str(caught.value).replace(str(stored.folder), "earlier")


def test_a_network_is_placed_for_what_its_cores_sent_in_an_earlier_run(stored):
    run = neurosim.simulate("lenet", asking(stored))
    before, after = (each.record.results[0].noc for each in (stored, run))
    assert (after.packets, before.hops) == (before.packets, 4450)
    assert after.hops < 0.65 * before.hops
    (said,) = run.record.notices
    assert said.replace(str(stored.folder), "earlier") == (
        "annealed: placed for the packets that each core sent in earlier: 2,707 hops instead of 4,450"
    )
    assert [file["file"] for file in run.inputs["mapping"]["options"]["traffic"]] == ["ledger.parquet", "placement.csv"]


def test_what_each_core_sent_is_read_back_from_the_ledger(stored):
    inputs = prepare("lenet").inputs
    traffic = read_traffic(stored.folder, inputs, inputs["conversion"])
    packets = stored.record.ledgers[0].by("layer", "op")
    sent = {layer: count for (layer, op), count in packets.items() if op == "packet_bits32"}
    assert {layer: int(own.sum()) for layer, own in enumerate(traffic.packets)} == sent
    assert [len(boxes) for boxes in traffic.boxes] == [1, 6, 2, 1, 1, 1]


def test_a_run_of_another_network_is_refused_with_what_differs(stored):
    with pytest.raises(DocumentError) as caught:
        prepare("digits", asking(stored))
    said = str(caught.value).replace(str(stored.folder), "earlier")
    assert said.startswith(
        "earlier: is a run of something else: network.input is [1, 28, 28] there and [1, 8, 8] here; "
        "network.weights is missing there and digits_cnn.npz ("
    )
    assert said.endswith("here; network.zoo is lenet there and digits_cnn here")


def test_weights_that_another_seed_or_stimulus_made_are_another_network(stored):
    assert refused(stored, seed=2) == "earlier: is a run of something else: seed is 1 there and 2 here"
    assert refused(stored, **{"stimulus.images": 2}) == (
        "earlier: is a run of something else: stimulus.images is 1 there and 2 here"
    )


def test_another_format_of_spikes_is_refused(stored):
    assert refused(stored, **{"chip.spike_format": "packed"}) == (
        "earlier: is a run of something else: chip.spike_format is unary there and packed here"
    )


def test_a_conversion_that_the_run_has_no_result_of_is_refused_with_what_differs_from_the_nearest(stored):
    assert refused(stored, **{"conversion.steps": 3}) == (
        "earlier: has no result of this conversion; of the nearest differs conversion.steps is 4 there and 3 here"
    )


def test_another_cutting_is_refused_layer_by_layer(stored):
    assert refused(stored, **{"chip.capacity.neurons": 512}).splitlines() == [
        "earlier: conv1 was cut into 3 x 2 x 1 boxes there and into 5 x 2 x 1 here",
        "earlier: conv2 was cut into 2 x 1 x 1 boxes there and into 2 x 2 x 1 here",
    ]


def test_options_that_a_mapper_has_not_are_refused(stored):
    for kind, options, said in (
        ("annealed", {"trafic": "x"}, "mapping.options.trafic: unknown option of annealed; did you mean 'traffic'?"),
        ("spatial", {"traffic": "x"}, "mapping.options.traffic: unknown option of spatial; there are: none"),
        ("annealed", {"traffic": 3}, "mapping.options.traffic: wanted the folder of a run, found 3"),
        ("annealed", {"traffic": "nowhere"}, "mapping.options.traffic: nowhere: no such run folder"),
    ):
        with pytest.raises(DocumentError) as caught:
            prepare("lenet", {"mapping.kind": kind, "mapping.options": options})
        assert str(caught.value).endswith(said)


def test_a_layer_cut_at_other_edges_or_a_network_of_other_layers_is_not_the_same():
    rng = np.random.default_rng(3)
    network = random_network(rng, model_of("if_soft", 2), hidden=1)
    spec = small_chip(4, 4, 4)
    placement = Spatial().place(network, spec)
    boxes = [np.zeros((1, 6), np.int64), *(placement[n].boxes for n in range(1, len(network.layers)))]
    packets = tuple(np.ones(len(own), np.int64) for own in boxes)
    moved = [*boxes[:-1], boxes[-1] + 1]
    with pytest.raises(DocumentError) as caught:
        Annealed().place(network, spec, activity=Traffic(tuple(moved), packets, "earlier"))
    assert str(caught.value) == (
        f"earlier: {network.layers[-1].name} was cut into 1 x 1 x 1 boxes there and into as many, at other edges, here"
    )
    with pytest.raises(DocumentError) as caught:
        Annealed().place(network, spec, activity=Traffic(tuple(boxes[:-1]), packets, "earlier"))
    assert str(caught.value) == "earlier: is a run of 2 layers, random has 3"


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=4)
@given(st.integers(0, 2**32), st.sampled_from(["resident", "time_multiplexed"]))
def test_every_box_sends_as_many_packets_as_in_the_run(kind, seed, residency):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of(kind, 2), pixels=4)
    shape = [int(rng.integers(1, 6)) for _ in range(2)]
    spec = small_chip(*shape, int(rng.integers(1, 4)), capacity={"neurons": 9})
    try:
        placement = Spatial().place(network, spec, residency)
    except CapacityError:
        assume(False)
    schedule = legal_schedules(network.model)[0]
    seen = observe(network, spec, placement, schedule, random_images(rng, network))
    made = (chip_facts(spec), (result("one", seen, spec),))
    of_run = {"ledgers": (seen.ledger,), "placements": (tuple(slices(network, placement, spec)),)}
    traffic = traffic_of(Record("w", 1, network_facts(network), None, *made, **of_run), 0, "earlier")
    for group in set(placement.groups):
        found = traffic.flows(network, placement, group)
        even = flows(network, placement, uniform(network), group)
        own = [traffic.packets[placed.layer] for placed in members(placement, group)]
        sent = np.bincount(found.source, found.packets, found.boxes + 1).astype(int)
        reaching = np.isin(np.arange(found.boxes + 1), even.source)
        wanted = np.concatenate([*own, traffic.packets[0]])
        assert sent.tolist() == np.where(reaching, wanted, 0).tolist()
        assert (found.packets > 0).all()
        assert {*zip(found.source.tolist(), found.destination.tolist(), strict=True)} <= {
            *zip(even.source.tolist(), even.destination.tolist(), strict=True)
        }


def test_boxes_that_all_sent_in_proportion_give_the_flows_of_uniform_activity():
    rng = np.random.default_rng(5)
    network = random_network(rng, model_of("if_soft", 2), hidden=2)
    placement = Spatial().place(network, small_chip(6, 6, 4, capacity={"neurons": 9}))
    even = flows(network, placement, uniform(network))
    sums = np.bincount(even.source, 3 * even.packets, even.boxes + 1).astype(np.int64)
    boxes = [np.zeros((1, 6), np.int64), *(placement[n].boxes for n in range(1, len(network.layers)))]
    ends = np.cumsum([len(own) for own in boxes[1:]])
    packets = (sums[-1:], *np.split(sums[:-1], ends[:-1]))
    found = Traffic(tuple(boxes), packets, "earlier").flows(network, placement)
    tripled = replace(even, packets=3 * even.packets)
    order = np.argsort(tripled.source, kind="stable")
    assert found.source.tolist() == tripled.source[order].tolist()
    assert found.destination.tolist() == tripled.destination[order].tolist()
    assert found.packets.tolist() == tripled.packets[order].tolist()
