"""The committed example, ``reports/example``, as a page and as a timeline."""

import json
from pathlib import Path

import pytest

import neurosim
from neurosim import units
from neurosim.files.runs.run_folder import read_manifest
from neurosim.report.html.page import page
from neurosim.report.timeline.timeline import timeline
from tests.reference import page_reader

EXAMPLE = Path(__file__).resolve().parents[2] / "reports" / "example"


@pytest.fixture(scope="module")
def stored():
    return neurosim.load(EXAMPLE)


@pytest.fixture(scope="module")
def tree(stored):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neurosim.report.figures.figures_of", lambda record, costs: ("activity",))
        return page_reader.read(page(stored.record, stored.costs, read_manifest(EXAMPLE)))


@pytest.fixture(scope="module")
def summary():
    return json.loads((EXAMPLE / "summary.json").read_text(encoding="utf-8"))


def test_every_number_of_the_page_is_the_one_in_the_stored_summary(tree, summary):
    numbers = list(page_reader.shown(tree))
    assert len(numbers) > 250
    for place, value in numbers:
        assert value == page_reader.found_in(summary, place), place


def test_the_page_tells_the_example_at_a_glance(tree, summary):
    first, chip = summary["results"][0], "kcycles" if summary["chip"]["synchronous"] else "kticks"
    latency = first["latency"]
    energies = {
        id: [units.format_quantity(own[end], "pJ", 3 + (end == "pj")) for end in ("pj", "low_pj", "high_pj")]
        for id, own in first["energy"].items()
    }
    tiles = next(node for node in tree.all("div") if node.attributes.get("class") == "tiles")
    assert [tile.text for tile in tiles.inside] == [
        f"Latency {1e6 * latency['seconds']:.4g} µs {latency['ticks'] / 1000:.4g} {chip} for one image",
        *(f"Energy {pj} {low} to {high}, compute only {id}" for id, (pj, low, high) in energies.items()),
        f"Accuracy {100 * first['accuracy']['correct'] / 50:.1f} % {first['accuracy']['correct']} of 50 images",
        f"Equivalence lossless 0 of {first['lossless']['checked']:,} neuron-timestep pairs differ from the quantised "
        "network",
    ]


def test_the_timeline_has_a_slice_for_all_that_each_core_of_the_example_fired(stored):
    events = timeline(stored.record, stored.run_id)["traceEvents"]
    for pid, (result, ledger) in enumerate(zip(stored.record.results, stored.record.ledgers, strict=True), start=1):
        names = {event["tid"]: event["args"]["name"] for event in events
                 if event["pid"] == pid and event["name"] == "thread_name"}  # fmt: skip
        updates = [event for event in events if event["ph"] == "X" and event["pid"] == pid and event["cat"] == "update"]
        of_cores = [event for event in updates if names[event["tid"]].startswith("core")]
        scans = {"accumulate_fire": 4 * 3 + 1, "if_qcfs": 4 * 4}  # a binary code is read once, a rate in every step
        assert len(of_cores) == scans[result.conversion.kind]
        for noun, op in (("spikes", "spike_out"), ("packets", "packet_bits32")):
            sent = sum(count for layer, count in ledger.by_layer(op).items() if layer > 0)
            assert sum(event["args"].get(noun, 0) for event in of_cores) == sent
        first = min(of_cores, key=lambda event: event["ts"])
        frame = ledger.frame().query("layer == 1 and step == 0 and op == 'spike_out'").iloc[0]
        assert (first["ts"], first["dur"]) == (frame["start"] / 1000, (frame["end"] - frame["start"]) / 1000)


def test_the_barriers_of_one_image_take_the_time_that_its_latency_says():
    record = neurosim.simulate("digits", set={"stimulus.images": 1}).record
    events = timeline(record)["traceEvents"]
    assert len(record.results) == 3
    for pid, result in enumerate(record.results, start=1):
        own = [event for event in events if event["ph"] == "X" and event["pid"] == pid]
        barriers = [event for event in own if event["cat"] == "barrier"]
        assert len(barriers) == result.barriers.global_ + result.barriers.local
        assert round(1000 * sum(event["dur"] for event in barriers)) == result.latency_parts.barrier
        last = max(round(1000 * (event["ts"] + event["dur"])) for event in own)
        assert last == result.latency.ticks
