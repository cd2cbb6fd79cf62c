import dataclasses
import gzip
import json

import pytest

from neurosim import units
from neurosim.errors import DocumentError
from neurosim.ledger.ledger import Ledger
from neurosim.report.timeline import timeline, tracks
from neurosim.report.timeline.tracks import Span, SpanKey
from tests.unit.report_example import digits_record


def two_steps():
    """Two layers in two cores, two steps: input, layer 1 fires twice, layer 2 accumulates meanwhile and fires last."""
    ledger = Ledger()
    ledger.add(0, 0, -1, "packet_bits32", 4, 0, 9)
    ledger.add(0, 0, -1, "input_word_bits32", 4, 0, 9)
    ledger.add(1, 0, 0, "axon_lookup_bits32", 4, 0, 9)
    ledger.add(1, 0, 0, "add_int24", 8, 0, 9)
    for step, (start, end, spikes) in enumerate([(18, 27, 2), (31, 45, 3)]):
        ledger.add(1, step, 0, "neuron_update_active", 5, start, end)
        ledger.add(1, step, 0, "neuron_update_inactive", 3, start, end)
        ledger.add(1, step, 0, "spike_out", spikes, start, end)
        ledger.add(1, step, 0, "packet_bits32", 2 * spikes, start, end)
        ledger.add(1, step, 0, "hop_ew_bits32", 4 * spikes, start, end)
        ledger.add(1, step, 0, "hop_ns_bits32", spikes, start, end)
        ledger.add(2, step, 1, "axon_lookup_bits32", spikes, start, end)
        ledger.add(2, step, 1, "synaptic_event_dense", 6 * spikes, start, end)
    ledger.add(2, 0, 1, "neuron_update_active", 2, 54, 60)
    ledger.add(2, 0, 1, "packet_bits32", 2, 54, 60)
    ledger.add(2, 0, -1, "output_word_bits32", 2, 54, 60)
    ledger.add(1, 0, 0, "core_busy", 30, 0, 60)
    ledger.add(1, 0, -1, "weight_reload_bits64", 7)
    ledger.add(-1, 0, -1, "barrier_global", 3)
    ledger.add(-1, 0, -1, "chip_tick", 60, 0, 60)
    return ledger


def record(ledger=None, images=1, tick_ns=1.0):
    base = digits_record()
    return dataclasses.replace(
        base,
        stimulus=dataclasses.replace(base.stimulus, images=images),
        chip=dataclasses.replace(base.chip, tick_ns=tick_ns),
        results=base.results[:1],
        ledgers=(ledger or two_steps(),),
    )


def by_track(found):
    """Track -> its slices as (name, start, length)."""
    named = {event["tid"]: event["args"]["name"] for event in found["traceEvents"] if event["name"] == "thread_name"}
    slices = {name: [] for name in named.values()}
    for event in found["traceEvents"]:
        if event["ph"] == "X":
            slices[named[event["tid"]]].append((event["name"], event["ts"], event["dur"]))
    return slices


def test_cores_have_a_track_for_each_unit_and_layers_one():
    busy = [use.busy / (use.busy + use.stalled + use.waiting) for use in digits_record().results[0].core_use]
    core = [f"core {slot}, tile (0, 0) slot {slot}, {units.format_share(busy[slot])} busy" for slot in (0, 1)]
    assert by_track(timeline.timeline(record())) == {
        "host port": [("transfer input, step 0", 0.0, 0.009), ("transfer conv2, step 0", 0.054, 0.006)],
        "barriers": [("barrier", 0.009, 0.009), ("barrier", 0.027, 0.004), ("barrier", 0.045, 0.009)],
        "layer 1, conv1": [("update conv1, step 0", 0.018, 0.009), ("update conv1, step 1", 0.031, 0.014)],
        "layer 2, conv2": [("update conv2, step 0", 0.054, 0.006)],
        f"{core[0]}: synapse unit": [("accumulate conv1, step 0", 0.0, 0.009)],
        f"{core[0]}: neuron unit": [("update conv1, step 0", 0.018, 0.009), ("update conv1, step 1", 0.031, 0.014)],
        f"{core[1]}: synapse unit": [
            ("accumulate conv2, step 0", 0.018, 0.009),
            ("accumulate conv2, step 1", 0.031, 0.014),
        ],
        f"{core[1]}: neuron unit": [("update conv2, step 0", 0.054, 0.006)],
    }


def test_a_slice_says_what_was_counted_in_it():
    slices = [event for event in timeline.timeline(record())["traceEvents"] if event["ph"] == "X"]
    fired = next(event for event in slices if event["name"] == "update conv1, step 1")
    assert fired["args"] == {"neurons updated": 8, "spikes": 3, "packets": 6, "hops": 15}
    assert fired["cat"] == "update"
    accumulated = next(event for event in slices if event["name"] == "accumulate conv2, step 0")
    assert accumulated["args"] == {"axon lookups": 2, "synaptic events": 12}


@pytest.mark.parametrize(("images", "spikes"), [(1, [2, 0, 3, 0]), (2, [1, 0, 1.5, 0])])
def test_a_counter_holds_what_a_layer_sent_in_an_update_phase_and_is_0_in_between(images, spikes):
    events = timeline.timeline(record(images=images))["traceEvents"]
    counted = [event for event in events if event["name"] == "spikes: conv1"]
    assert [(event["ts"], event["args"]["spikes"]) for event in counted] == list(
        zip([0.018, 0.027, 0.031, 0.045], spikes, strict=True)
    )
    assert {event["name"] for event in events if event["ph"] == "C"} == {
        "spikes: conv1", "packets: conv1", "packets: conv2",
    }  # fmt: skip


def test_a_barrier_that_may_be_a_movement_of_weights_is_not_called_a_barrier_alone():
    moved = record()
    parts = dataclasses.replace(moved.results[0].latency_parts, reload=3)
    moved = dataclasses.replace(moved, results=(dataclasses.replace(moved.results[0], latency_parts=parts),))
    found = timeline.timeline(moved)
    assert {name for name, _, _ in by_track(found)["barriers"]} == {"barrier and reload"}
    assert timeline.RELOAD in found["metadata"]["read"]


def test_several_images_have_instants_in_place_of_barriers_and_further_tracks_where_steps_overlap():
    ledger = two_steps()
    late = two_steps()
    late.add(1, 0, 0, "neuron_update_active", 1, 19, 40)  # step 0 of another image, which ended behind step 1's start
    ledger.include(late)
    found = timeline.timeline(record(ledger, images=2))
    slices = by_track(found)
    assert slices["layer 1, conv1"] == [("update conv1, step 0", 0.018, 0.022)]
    assert slices["layer 1, conv1 (2)"] == [("update conv1, step 1", 0.031, 0.014)]
    instants = [(event["name"], event["ts"]) for event in found["traceEvents"] if event["ph"] == "i"]
    assert instants == [("phase begins", 0.018), ("phase begins", 0.031), ("phase begins", 0.054)]
    assert "barriers" not in slices
    said = "2 images, each from its own start: a slice goes from the first start to the last end of all images"
    assert found["metadata"]["read"][-1].startswith(said)


def test_a_tick_has_the_length_that_the_chip_says():
    found = timeline.timeline(record(tick_ns=2.5))
    assert by_track(found)["layer 1, conv1"] == [
        ("update conv1, step 0", 0.045, 0.0225),
        ("update conv1, step 1", 0.0775, 0.035),
    ]
    assert found["metadata"]["tick_ns"] == 2.5


def test_a_result_is_a_process_with_its_name():
    base = digits_record()
    found = timeline.timeline(dataclasses.replace(base, ledgers=(two_steps(), two_steps())), "0badcafe")
    named = [event for event in found["traceEvents"] if event["name"] == "process_name"]
    assert [(event["pid"], event["args"]["name"]) for event in named] == [(1, "layer by layer"), (2, "pipelined")]
    assert (found["metadata"]["schema"], found["metadata"]["run_id"]) == ("neurosim/timeline/1", "0badcafe")


def test_what_has_neither_a_place_nor_a_time_is_no_slice():
    events = timeline.timeline(record(Ledger.of({"add_int24": 5, "core_busy": 7})))["traceEvents"]
    assert [event["name"] for event in events if event["ph"] != "M"] == []


def test_it_is_written_as_text_or_compressed_and_the_same_each_time(tmp_path):
    for _ in range(2):
        for name in ("a.json", "b.json.gz"):
            timeline.write_timeline(tmp_path / name, record(), "0badcafe")
            if (tmp_path / f"{name}.first").exists():
                assert (tmp_path / name).read_bytes() == (tmp_path / f"{name}.first").read_bytes()
            (tmp_path / f"{name}.first").write_bytes((tmp_path / name).read_bytes())
    text = (tmp_path / "a.json").read_bytes()
    assert gzip.decompress((tmp_path / "b.json.gz").read_bytes()) == text
    assert json.loads(text) == timeline.timeline(record(), "0badcafe")
    assert text.startswith(b'{"displayTimeUnit":"ns","metadata":{')


@pytest.mark.parametrize("name", ["trace", "trace.txt", "trace.gz", "trace.json.bz2"])
def test_a_name_that_does_not_say_the_format_is_refused(tmp_path, name):
    with pytest.raises(DocumentError) as refused:
        timeline.write_timeline(tmp_path / name, record())
    assert str(refused.value) == f"{tmp_path / name}: wanted a name that ends in .json or .json.gz"
    assert list(tmp_path.iterdir()) == []


def test_spans_share_tracks_as_far_as_they_do_not_overlap():
    found = [(SpanKey(0, 1, step), Span(*times)) for step, times in enumerate([(0, 4), (2, 6), (4, 5), (6, 6), (6, 9)])]
    assert [[(span.start, span.end) for _, span in lane] for lane in tracks.lanes(found)] == [
        [(0, 4), (4, 5), (6, 6), (6, 9)],
        [(2, 6)],
    ]
