"""The committed example, ``reports/example``, as a page and as a timeline."""

import json
from pathlib import Path

import page_reader
import pytest

import neurosim
from neurosim.files.run_folder import read_manifest
from neurosim.report.page import page
from neurosim.report.timeline import timeline

EXAMPLE = Path(__file__).resolve().parents[2] / "reports" / "example"


@pytest.fixture(scope="module")
def stored():
    return neurosim.load(EXAMPLE)


@pytest.fixture(scope="module")
def tree(stored):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neurosim.report.figures.FIGURES", ("activity",))
        return page_reader.read(page(stored.record, stored.bill, read_manifest(EXAMPLE)))


def test_every_number_of_the_page_is_the_one_in_the_stored_summary(tree):
    summary = json.loads((EXAMPLE / "summary.json").read_text(encoding="utf-8"))
    numbers = list(page_reader.shown(tree))
    assert len(numbers) > 250
    for place, value in numbers:
        assert value == page_reader.found_in(summary, place), place


def test_the_page_tells_the_example_at_a_glance(tree):
    tiles = next(node for node in tree.all("div") if node.attributes.get("class") == "tiles")
    assert [tile.text for tile in tiles.inside] == [
        "Latency 34.45 µs 34.45 kcycles for one image",
        "Energy 8.129 nJ 3.25 nJ to 32.5 nJ, compute only datta2023_45nm_int8",
        "Energy 37.84 nJ 15.1 nJ to 151 nJ, compute only datta2023_45nm_int32",
        "Accuracy 100.0 % 50 of 50 images",
        "Proof exact 0 of 512,500 slots differ from the quantised network",
    ]


def test_the_timeline_of_the_example(stored):
    found = timeline(stored.record, stored.run_id)
    events = found["traceEvents"]
    assert {kind: sum(event["ph"] == kind for event in events) for kind in "MXCi"} == {
        "M": 190, "X": 135, "C": 112, "i": 36,
    }  # fmt: skip
    first = next(event for event in events if event["name"] == "fire conv1, step 0")
    assert (first["ts"], first["dur"]) == (0.555, 2.59)
    assert first["args"] == {"neurons visited": 51200, "packets": 5040, "spikes": 5040}
    assert found["metadata"]["images"] == 50


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
