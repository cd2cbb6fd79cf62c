"""What every timeline holds to, whatever a ledger says."""

import dataclasses
import json
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.ledger.ledger import Ledger
from neurosim.report.timeline.timeline import timeline, to_text
from tests.unit.report_example import digits_record

OPS = ("axon_lookup_bits32", "synaptic_event_conv", "neuron_update_active", "spike_out", "packet_bits32", "add_int24")
TICKS = st.integers(0, 400)
ROW = st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 5), st.sampled_from(OPS), st.integers(1, 9), TICKS,
                st.integers(0, 60))  # fmt: skip
RECORD = digits_record()


def recorded(rows, tick_ns, images):
    ledger = Ledger()
    for layer, step, core, op, count, start, length in rows:
        ledger.add(layer, step, core, op, count, start, start + length)
    return dataclasses.replace(
        RECORD,
        stimulus=dataclasses.replace(RECORD.stimulus, images=images),
        chip=dataclasses.replace(RECORD.chip, tick_ns=tick_ns),
        results=RECORD.results[:1],
        ledgers=(ledger,),
    )


RECORDS = st.builds(recorded, st.lists(ROW, max_size=40), st.sampled_from([1.0, 0.5, 2.5, 10.0]), st.integers(1, 3))


def slices(record):
    """Track -> its slices in the order of the file, times exact."""
    found = json.loads(to_text(timeline(record)), parse_float=Decimal)
    tracks = {}
    for event in found["traceEvents"]:
        if event["ph"] == "X":
            tracks.setdefault((event["pid"], event["tid"]), []).append(event)
    return tracks


@settings(deadline=None)
@given(RECORDS)
def test_slices_of_one_track_do_not_overlap(record):
    for track in slices(record).values():
        for one, later in pairwise(track):
            assert one["ts"] + one["dur"] <= later["ts"]


@settings(deadline=None)
@given(RECORDS)
def test_every_layer_step_and_core_has_its_slice_from_the_first_start_to_the_last_end(record):
    wanted = {}
    for layer, step, core, op, count, start, end in record.ledgers[0]:
        if op != "add_int24":
            doing = "accumulate" if op in OPS[:2] else "update"
            first, last, total = wanted.get((core, layer, step, doing), (start, end, 0))
            wanted[core, layer, step, doing] = (min(first, start), max(last, end), total + count)
    names = {layer.name: layer.number for layer in record.results[0].layers}
    tick = Decimal(repr(record.chip.tick_ns)) / 1000
    found = {}
    threads = {event["tid"]: event["args"]["name"] for event in timeline(record)["traceEvents"]
               if event["name"] == "thread_name"}  # fmt: skip
    for (_, tid), track in slices(record).items():
        if threads[tid].startswith("core"):
            for event in track:
                doing, name, _, step = event["name"].split()
                key = (int(threads[tid].split()[1].rstrip(",:")), names[name.rstrip(",")], int(step), doing)
                assert key not in found
                found[key] = (event["ts"] / tick, (event["ts"] + event["dur"]) / tick, sum(event["args"].values()))
    assert found == wanted


@settings(deadline=None)
@given(RECORDS)
def test_names_come_first_and_all_events_in_order_of_time_on_tracks_that_are_named(record):
    events = timeline(record)["traceEvents"]
    kinds = [event["ph"] for event in events]
    first = next((place for place, kind in enumerate(kinds) if kind != "M"), len(kinds))
    assert "M" not in kinds[first:]
    times = [event["ts"] for event in events[first:]]
    assert times == sorted(times)
    named = {(event["pid"], event["tid"]) for event in events[:first] if event["name"] == "thread_name"}
    assert {(event["pid"], event["tid"]) for event in events[first:] if event["ph"] in "Xi"} <= named


@settings(deadline=None)
@given(RECORDS)
def test_a_barrier_meets_no_work_of_any_core(record):
    tracks = slices(record)
    pauses = [event for track in tracks.values() for event in track if event["cat"] == "barrier"]
    assert not pauses or record.stimulus.images == 1
    starts_inside = [
        event
        for track in tracks.values()
        for event in track
        for pause in pauses
        if event["cat"] != "barrier" and pause["ts"] < event["ts"] < pause["ts"] + pause["dur"]
    ]
    assert starts_inside == []
