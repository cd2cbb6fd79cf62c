"""``neurosim report --html`` and ``--timeline``: a run as a page to send on, and as a trace to look into."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from neurosim import load
from neurosim.errors import DocumentError
from tests.cli.command import entries, neurosim


@pytest.fixture
def one_figure(monkeypatch):
    """Pages hold one figure only, as drawing is most of their time."""
    monkeypatch.setattr("neurosim.report.figures.figures_of", lambda record, costs: ("activity",))


def test_a_page_is_written_into_the_run_folder_and_nothing_else_is_touched(copied, one_figure):
    before = {name: (copied / name).read_bytes() for name in entries(copied)}
    outcome = neurosim("report", copied, "--html")
    assert (outcome.code, outcome.err) == (0, "written to run/report.html\n")
    assert outcome.out == neurosim("report", copied, "--figure", "activity").out
    page = (copied / "report.html").read_bytes()
    assert page.startswith(b"<!DOCTYPE html>\n<html")
    assert {name: (copied / name).read_bytes() for name in before} == before
    assert entries(copied) == sorted([*before, "report.html"])
    neurosim("report", copied, "--html")
    assert (copied / "report.html").read_bytes() == page


def test_the_page_holds_all_figures_and_no_path_of_the_machine(copied):
    assert neurosim("report", copied, "--html").code == 0
    page = (copied / "report.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/svg+xml;base64,') == 8
    assert page.count('href="data:text/csv;charset=utf-8;base64,') == 8
    assert str(copied.resolve().parent) not in page


def test_a_timeline_is_written_where_it_is_asked_for(copied, here):
    outcome = neurosim("report", copied, "--timeline", "run/timeline.json.gz")
    assert (outcome.code, outcome.err) == (0, "written to run/timeline.json.gz\n")
    found = json.loads(gzip.decompress((here / "run/timeline.json.gz").read_bytes()))
    run_id = json.loads((copied / "summary.json").read_text())["run_id"]
    assert (found["metadata"]["run_id"], found["metadata"]["images"]) == (run_id, 2)
    assert neurosim("report", copied, "--timeline", "t.json").code == 0
    assert json.loads((here / "t.json").read_text()) == found


def test_page_timeline_and_figures_can_be_asked_for_at_once(copied, one_figure):
    outcome = neurosim("report", copied, "--html", "--figure", "activity", "--timeline", "t.json")
    assert outcome.code == 0
    assert outcome.err == "3 files written to run/figures\nwritten to run/report.html\nwritten to t.json\n"


def test_python_writes_the_same_page_and_timeline(copied, here, one_figure):
    neurosim("report", copied, "--html", "--timeline", "t.json.gz", "--figure", "activity")
    run = load(copied)
    assert run.timeline("own.json.gz").read_bytes() == (here / "t.json.gz").read_bytes()
    page = (copied / "report.html").read_bytes()
    assert run.page("own.html") == Path("own.html")
    assert Path("own.html").read_bytes() == page
    (copied / "report.html").unlink()
    assert run.page() == copied / "report.html"
    assert (copied / "report.html").read_bytes() == page


def test_a_run_that_is_nowhere_yet_has_a_page_where_it_is_asked_for(copied, here, one_figure):
    run = replace(load(copied), folder=None)
    assert run.page("own.html").read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(DocumentError) as refused:
        run.page()
    assert str(refused.value) == "this run has no folder yet: save it first, or say where its page goes"


def test_a_timeline_that_cannot_be_written_is_refused_in_words(copied, here):
    named = neurosim("report", copied, "--timeline", "trace.txt")
    assert (named.code, named.out) == (2, "")
    assert named.err == "trace.txt: wanted a name that ends in .json or .json.gz\n"
    lost = neurosim("report", copied, "--timeline", "nowhere/t.json")
    assert (lost.code, lost.err) == (2, "nowhere/t.json: cannot be written: No such file or directory\n")
    assert not (here / "nowhere").exists()
