"""A placement for the traffic of a stored run: what is taken from it, and what it is refused for."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim
from neurosim.conversion.projections.projection import Projection, Window
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.errors import CapacityError, DocumentError
from neurosim.experiments.simulate import notices, prepare
from neurosim.files.runs import stored_traffic
from neurosim.files.runs.stored_run import read_placements, write_placements
from neurosim.files.runs.stored_traffic import read_traffic, result_of, traffic_of, weight_differences
from neurosim.ledger.record import Record
from neurosim.mapping.annealed import Annealed
from neurosim.mapping.communication import members, uniform
from neurosim.mapping.measured_traffic import MeasuredTraffic
from neurosim.mapping.placement import LayerPlacement, Placement
from neurosim.mapping.spatial import Spatial
from neurosim.simulation.observe import observe
from neurosim.simulation.summarise import chip_facts, network_facts, result, slices
from tests.reference.behaviour import layer
from tests.reference.random_networks import (
    MODELS,
    legal_schedules,
    model_of,
    random_images,
    random_network,
    small_chip,
    stimulus,
)


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
    assert said == ("annealed: placed for the packets that each core sent in earlier: 2,707 hops instead of 4,450")
    assert [file["file"] for file in run.inputs["mapping"]["options"]["traffic"]] == ["ledger.parquet", "placement.csv"]


def test_what_each_core_sent_is_read_back_from_the_ledger(stored):
    inputs = prepare("lenet").inputs
    traffic = read_traffic(stored.folder, inputs, inputs["conversion"])
    packets = stored.record.ledgers[0].by("layer", "op")
    sent = {layer: count for (layer, op), count in packets.items() if op == "packet_bits32"}
    assert {layer: int(own.sum()) for layer, own in enumerate(traffic.packets)} == sent
    assert [len(boxes) for boxes in traffic.partitions] == [1, 6, 2, 1, 1, 1]


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


def test_levels_that_weights_were_made_for_are_of_another_network(stored):
    assert refused(stored, **{"conversion.steps": 3}) == (
        "earlier: is a run of something else: conversion.steps is 4 there and 3 here"
    )
    own = {"name": "own", "conversion": {"kind": "accumulate_fire", "steps": 4}}
    assert refused(stored, **{"conversion.kind": "if_qcfs", "compare": [own]}) == (
        "earlier: is a run of something else: conversion.kind is accumulate_fire there and if_qcfs here"
    )


def test_what_does_not_decide_the_levels_of_made_weights_may_differ():
    own = {"policy": None, "levels": None, "kind": "accumulate_fire", "steps": 4, "options": {}, "weight_bits": 8}

    def differing(there, here):
        pair = ({"seed": 1, "stimulus": {"images": 1}, "conversion": {**own, **more}} for more in (there, here))
        return [*weight_differences(*pair)]

    assert differing({}, {"weight_bits": 6}) == []
    assert differing({"levels": 15}, {"levels": 15, "kind": "if_qcfs", "steps": 5}) == []
    assert differing({"policy": "pad"}, {"policy": "truncate", "steps": 5}) == []
    assert differing({"levels": 15}, {"levels": 7}) == ["conversion.levels is 15 there and 7 here"]
    assert differing({}, {"policy": "pad"}) == ["conversion.policy is missing there and pad here"]
    assert differing({}, {"options": {"leak": 3}}) == ["conversion.options.leak is missing there and 3 here"]


def test_weights_made_by_another_version_of_the_model_are_another_network(stored, monkeypatch):
    monkeypatch.setattr(stored_traffic, "MODEL_VERSION", 99)
    version = neurosim.provenance.MODEL_VERSION
    assert refused(stored) == f"earlier: is a run of something else: model_version is {version} there and 99 here"


def test_clip_values_that_another_seed_measured_are_another_network(stored, tmp_path):
    folder = tmp_path / "earlier"
    shutil.copytree(stored.folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    inputs = manifest["inputs"]
    inputs["network"]["weights"] = "trained.npz"
    inputs["conversion"]["calibration"] = {"kind": "digits", "images": 8}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert read_traffic(folder, inputs, inputs["conversion"]).run == "earlier"
    with pytest.raises(DocumentError) as caught:
        read_traffic(folder, {**inputs, "seed": 2}, inputs["conversion"])
    assert str(caught.value) == f"{folder}: is a run of something else: seed is 1 there and 2 here"


def test_a_conversion_that_the_run_has_no_result_of_is_refused_with_what_differs(stored):
    assert refused(stored, **{"conversion.weight_bits": 6}) == (
        "earlier: has no result of this conversion; of the nearest differs conversion.weight_bits is 8 there and 6 here"
    )


def test_the_nearest_conversion_is_the_one_of_the_fewest_differences():
    def conversion(kind, steps, bits):
        return {"kind": kind, "steps": steps, "bits": bits}

    far = {"conversion": conversion("if_soft", 1, 2), "schedules": ["pipelined"]}
    there = {"conversion": conversion("a_kind_of_neuron_that_has_a_long_name", 4, 8), "schedules": ["pipelined"]}
    with pytest.raises(DocumentError) as caught:
        result_of({**there, "compare": [far]}, conversion("if_soft", 4, 8), Path("earlier"))
    assert str(caught.value) == (
        "earlier: has no result of this conversion; of the nearest differs "
        "conversion.kind is a_kind_of_neuron_that_has_a_long_name there and if_soft here"
    )


def test_another_cutting_is_refused_layer_by_layer(stored):
    assert refused(stored, **{"chip.capacity.neurons": 512}).splitlines() == [
        "earlier: conv1 had 3 x 2 x 1 partitions in that run and has 5 x 2 x 1 here",
        "earlier: conv2 had 2 x 1 x 1 partitions in that run and has 2 x 2 x 1 here",
    ]


def test_options_that_a_mapper_has_not_are_refused(stored):
    for kind, options, said in (
        ("annealed", {"trafic": "x"}, "mapping.options.trafic: unknown option of annealed; did you mean 'traffic'?"),
        ("spatial", {"traffic": "x"}, "mapping.options.traffic: unknown option of spatial; there are none"),
        ("annealed", {"traffic": 3}, "mapping.options.traffic: 3 is not a text"),
        ("annealed", {"traffic": "nowhere"}, "mapping.options.traffic: nowhere: no such run folder"),
    ):
        with pytest.raises(DocumentError) as caught:
            prepare("lenet", {"mapping.kind": kind, "mapping.options": options})
        assert str(caught.value).endswith(said)


def test_null_is_no_traffic_and_the_spelling_of_a_folder_is_not_kept(stored, monkeypatch):
    monkeypatch.chdir(stored.folder.parent)
    asked = [{"traffic": None}, {"traffic": "earlier"}, {"traffic": "./earlier/../earlier/manifest.json"}]
    nothing, *alike = (prepare("lenet", {"mapping.kind": "annealed", "mapping.options": own}) for own in asked)
    assert notices(nothing) == (
        "annealed: placed for the packets of the image that accumulate_fire is shown: 2,705 hops instead of 4,450",
    )
    assert alike[0].run_id == alike[1].run_id
    for each in alike:
        assert notices(each) == (
            "annealed: placed for the packets that each core sent in earlier: 2,707 hops instead of 4,450",
        )


PLUG_IN = '''
from dataclasses import replace

from neurosim.mapping.spatial import Spatial


class Telling(Spatial):
    """As ``spatial``, and tells what it was shown."""

    kind = "telling"
    reads_activity = True

    def __init__(self, times=1):
        self.times = times + 0

    def place(self, network, spec, residency, evidence, seed):
        placed = super().place(network, spec, residency)
        packets = self.times * evidence.flows(network, placed).packets.sum()
        return replace(placed, mapper=self.kind, remark=f"{packets} of {evidence.origin}")
'''


def test_a_mapper_of_ones_own_is_shown_traffic_and_has_options_of_its_own(stored, tmp_path):
    file = tmp_path / "telling.py"
    file.write_text(PLUG_IN)

    def told(**options):
        return notices(prepare("lenet", {"mapping.kind": str(file), "mapping.options": options}))

    assert told() == ("telling: 6201 of the packets of the image that accumulate_fire is shown",)
    assert told(traffic=str(stored.folder), times=2) == (
        "telling: 12402 of the packets that each core sent in earlier",
    )
    for options, said in (
        ({"time": 2}, f"mapping.options.time: unknown option of {file}; did you mean 'times'?"),
        (
            {"times": "2"},
            f'{file} cannot be made with these options: TypeError: can only concatenate str (not "int") to str',
        ),
    ):
        with pytest.raises(DocumentError) as caught:
            told(**options)
        assert str(caught.value).endswith(said)


def test_a_layer_cut_at_other_edges_or_a_network_of_other_layers_is_not_the_same():
    rng = np.random.default_rng(3)
    network = random_network(rng, model_of("if_soft", 2), hidden=1)
    spec = small_chip(4, 4, 4)
    placement = Spatial().place(network, spec)
    boxes = [np.zeros((1, 6), np.int64), *(placement[n].partitions for n in range(1, len(network.layers)))]
    packets = tuple(np.ones(len(own), np.int64) for own in boxes)
    moved = [*boxes[:-1], boxes[-1] + 1]
    with pytest.raises(DocumentError) as caught:
        Annealed().place(network, spec, activity=MeasuredTraffic(tuple(moved), packets, placement.groups, "earlier"))
    assert str(caught.value) == (
        f"earlier: {network.layers[-1].name} had 1 x 1 x 1 partitions in that run and has as many, with other edges, "
        "here"
    )
    with pytest.raises(DocumentError) as caught:
        MeasuredTraffic(tuple(boxes[:-1]), packets[:-1], placement.groups[:-1], "earlier").flows(network, placement)
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
    made = (chip_facts(spec), (result("one", seen, spec, ()),))
    of_run = {"ledgers": (seen.ledger,), "placements": (tuple(slices(network, placement, spec)),)}
    traffic = traffic_of(Record("w", 1, network_facts(network), None, *made, **of_run), 0, "earlier")
    assert traffic.groups == placement.groups
    for group in set(placement.groups):
        found = traffic.flows(network, placement, group)
        even = uniform(network).flows(network, placement, group)
        own = [traffic.packets[placed.layer] for placed in members(placement, group)]
        sent = np.bincount(found.source, found.packets, found.partitions + 1).astype(int)
        reaching = np.isin(np.arange(found.partitions + 1), even.source)
        wanted = np.concatenate([*own, traffic.packets[0]])
        assert sent.tolist() == np.where(reaching, wanted, 0).tolist()
        assert (found.packets > 0).all()
        assert {*zip(found.source.tolist(), found.destination.tolist(), strict=True)} <= {
            *zip(even.source.tolist(), even.destination.tolist(), strict=True)
        }


def sent_evenly(network, placement, times):
    """The traffic of a run in which every neuron sent so many times, the whole network being on the chip."""
    even = uniform(network).flows(network, placement)
    sums = times * np.bincount(even.source, even.packets, even.partitions + 1).astype(np.int64)
    boxes = [np.zeros((1, 6), np.int64), *(placement[n].partitions for n in range(1, len(network.layers)))]
    ends = np.cumsum([len(own) for own in boxes[1:]])
    return MeasuredTraffic(tuple(boxes), (sums[-1:], *np.split(sums[:-1], ends[:-1])), placement.groups, "earlier")


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from(["resident", "time_multiplexed"]))
def test_neurons_that_all_sent_equally_often_give_the_flows_of_uniform_activity(seed, residency):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model_of("if_soft", 2), hidden=2, pixels=4)
    whole = Spatial().place(network, small_chip(8, 8, 8, capacity={"neurons": 9}))
    most = max(placed.cores.size for placed in whole.layers[1:])
    few = small_chip(most, 1, 1, capacity={"neurons": 9})
    placement = whole if residency == "resident" else Spatial().place(network, few, residency)
    traffic = sent_evenly(network, whole, 3)
    for group in set(placement.groups):
        even = uniform(network).flows(network, placement, group)
        found = traffic.flows(network, placement, group)
        order = np.argsort(even.source, kind="stable")
        assert found.source.tolist() == even.source[order].tolist()
        assert found.destination.tolist() == even.destination[order].tolist()
        assert found.packets.tolist() == (3 * even.packets[order]).tolist()


def joined():
    """One pixel; a neuron that drives a second one and, beside it, two outputs."""
    ones = [np.ones((1, 1, 1, channels), np.int8) for channels in (1, 1, 2, 2)]
    window = Window((1, 1), (1, 1))
    conv = Projection("conv", 0, (1, 1, 1), (1, 1, 1), ones[0], window)
    on = Projection("linear", 1, (1, 1, 1), (1, 1, 1), ones[1], window)
    ends = [Projection("linear", source, (1, 1, 1), (2, 1, 1), ones[1 + source], window) for source in (1, 2)]
    layers = (
        stimulus((1, 1, 1)),
        layer("first", [conv], (1, 1, 1), bits=16),
        layer("second", [on], (1, 1, 1), bits=16),
        layer("output", ends, (2, 1, 1), 1),
    )
    return SpikingNetwork("joined", layers, model_of("if_soft", 2), 2, 8, "synthetic")


def apart(*groups):
    """Every neuron on a core of its own, the layers in these groups."""
    one = np.array([0, 1])
    cuts = [(one, one, edges) for edges in (one, one, np.array([0, 1, 2]))]
    cores = [np.array(own, np.int32).reshape(1, 1, -1) for own in ([0], [1], [2, 3])]
    parts = zip(cuts, cores, groups, strict=True)
    return Placement(
        (None, *(LayerPlacement(n, *cut, own, group) for n, (cut, own, group) in enumerate(parts, start=1))), "test"
    )


def listed(sent):
    return list(zip(sent.source.tolist(), sent.destination.tolist(), sent.packets.tolist(), strict=True))


def test_which_layers_were_on_the_chip_together_is_stored_with_their_places(tmp_path):
    parts = tuple(slices(joined(), apart(0, 0, 1), small_chip(4)))
    assert sorted({(part.layer, part.group) for part in parts}) == [(1, 0), (2, 0), (3, 1)]
    write_placements(tmp_path / "placement.csv", (parts,))
    assert read_placements(tmp_path / "placement.csv", 1) == (parts,)


def test_what_a_core_sent_to_other_groups_is_not_given_to_those_of_its_own():
    # Of 30 packets of the first neuron a third went to the second one; pixels and outputs sent 5 each.
    boxes = (np.array([[0, 1, 0, 1, 0, 1]]), *(apart(0, 0, 0)[n].partitions for n in (1, 2, 3)))
    packets = tuple(np.array(own) for own in ([5], [30], [8], [5, 5]))
    of_all = MeasuredTraffic(boxes, packets, (0, 0, 0, 0), "earlier")
    assert listed(of_all.flows(joined(), apart(0, 0, 1), 0)) == [(0, 1, 10), (2, 0, 5)]
    assert listed(of_all.flows(joined(), apart(0, 0, 1), 1)) == [(0, 2, 5), (1, 2, 5)]
    # Where the outputs were in another group then too, all 30 went to the second neuron.
    of_groups = MeasuredTraffic(boxes, packets, (0, 0, 0, 1), "earlier")
    assert listed(of_groups.flows(joined(), apart(0, 0, 1), 0)) == [(0, 1, 30), (2, 0, 5)]


def test_packets_that_were_not_counted_are_not_made_up():
    boxes = (np.array([[0, 1, 0, 1, 0, 1]]), *(apart(0, 0, 0)[n].partitions for n in (1, 2, 3)))
    packets = tuple(np.array(own) for own in ([5], [30], [8], [5, 5]))
    with pytest.raises(DocumentError) as caught:
        MeasuredTraffic(boxes, packets, (0, 0, 0, 1), "earlier").flows(joined(), apart(0, 0, 0))
    assert str(caught.value).splitlines() == [
        "earlier: packets from first to output were not counted, the two were not on the chip together",
        "earlier: packets from second to output were not counted, the two were not on the chip together",
    ]
