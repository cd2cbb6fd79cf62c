"""``neurosim reproduce``: what it prints, what it writes, and when it complains."""

from dataclasses import replace
from pathlib import Path

import pytest

from neurosim import reproduce
from neurosim.reproduce import page
from neurosim.reproduce.claim import Chapter, Claim, Paper
from tests.cli.command import entries, neurosim

ROOT = Path(__file__).resolve().parents[2]
FIGURES = ["energy_by_operation", "error_by_base", "error_by_members", "noise_spikes"]

RIGHT = Claim("two and two", "Table 1", "2, 2", "reproduces", (4.0,), (4.0,), unit="x")
SMALL = Paper("small2024", "Small 2024", "2401.00001", (Chapter("Sums", "", (RIGHT,)),))


@pytest.fixture
def sabotaged(monkeypatch):
    """A paper one of whose claims ought to come out and does not."""
    claims = (RIGHT, replace(RIGHT, what="two and three", computed=(5.0,)))
    wrong = replace(SMALL, chapters=(Chapter("Sums", "", claims),))
    monkeypatch.setattr(reproduce, "papers", lambda name: (wrong,))


def test_all_papers_come_out_as_documented():
    outcome = neurosim("reproduce", "all", "--json")
    assert (outcome.code, outcome.err, outcome.json["unexpected"]) == (0, "", [])
    assert outcome.json["schema"] == "neurosim/reproduce/1"
    assert [paper["paper"] for paper in outcome.json["papers"]] == list(reproduce.PAPERS)
    for claim in (claim for paper in outcome.json["papers"] for claim in paper["claims"]):
        assert claim["verdict"] == claim["documented_verdict"]
        assert claim["why"] or claim["verdict"] == "reproduces"
        assert all((claim["what"], claim["source"], claim["inputs"]))


@pytest.mark.parametrize("columns", [80, 120])
def test_a_paper_is_a_table_that_fits_the_terminal(columns):
    outcome = neurosim("reproduce", "groupneurons2024", columns=columns)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert " ".join(lines[:2]).startswith(
        "Lv, Fang, Yuan, Tian 2024, Optimal ANN-SNN Conversion with Group Neurons (arXiv"
    )
    assert "\n13 claims. reproduces: 5; not printed" in outcome.out


def test_an_unknown_paper_is_told_the_nearest():
    outcome = neurosim("reproduce", "data2023")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == "unknown paper 'data2023'; did you mean 'datta2023'?\n"


def test_a_claim_that_should_reproduce_and_does_not_exits_5_after_saying_so(sabotaged):
    outcome = neurosim("reproduce", "small2024")
    assert outcome.code == 5
    assert "UNEXPECTED, documented is" in outcome.out
    said = "small2024: two and three: paper is inconsistent; documented is 'reproduces'"
    assert outcome.err.removeprefix("neurosim: ") == f"{said}\n"
    assert neurosim("reproduce", "small2024", "--json").json["unexpected"] == ["two and three"]


def test_the_page_in_the_documentation_is_the_one_that_is_written(here):
    outcome = neurosim("reproduce", "all", "--write", here / "reproduction.md", "--json")
    assert (outcome.code, outcome.err) == (0, f"5 files written to {here}\n")
    assert entries(here) == ["reproduction.md", *(f"reproduction/{name}.png" for name in FIGURES)]
    written = (here / "reproduction.md").read_text(encoding="utf-8")
    assert written == (ROOT / "docs" / "reproduction.md").read_text(encoding="utf-8")
    kept = sorted(path.stem for path in (ROOT / "docs" / "reproduction").glob("*.png"))
    assert kept == FIGURES


def test_a_page_has_every_claim_with_its_reason():
    claims = (RIGHT, Claim("a picture", "Fig. 1", "2", "not printed as a number", (), (3.0,), why="bars"))
    shown = page.page([replace(SMALL, chapters=(Chapter("Sums", "By hand.", claims),), slips=("a slip",))], "figures")
    assert "### Sums\n\nBy hand.\n\n| claim |" in shown
    assert "| two and two | Table 1 | 2, 2 | 4x | 4x | reproduces |\n" in shown
    assert "| a picture | Fig. 1 | 2 |  | 3 | not printed as a number: bars |\n" in shown
    assert shown.endswith("### Read, not computed\n\n* a slip\n")


@pytest.mark.parametrize(
    ("expected", "computed", "tolerance", "found"),
    [
        ((4.0,), (4.25,), 0.25, "reproduces"),
        ((4.0,), (4.25,), 0.125, "paper is inconsistent"),
        ((4.0, 1.0), (4.0, 2.0), 0.5, "paper is inconsistent"),
        ((), (4.0,), 0.0, "not printed as a number"),
        ((4.0,), (), 0.0, "needs training data we do not have"),
    ],
)
def test_a_verdict_comes_from_the_numbers(expected, computed, tolerance, found):
    claim = replace(RIGHT, expected=expected, computed=computed, tolerance=tolerance)
    assert claim.found == found
    assert claim.is_as_documented == (found == "reproduces")


def test_a_claim_without_a_reason_or_with_numbers_that_do_not_pair_is_refused():
    with pytest.raises(ValueError, match="two and two: 'paper is inconsistent' needs a reason"):
        replace(RIGHT, verdict="paper is inconsistent")
    with pytest.raises(ValueError, match="two and two: 1 numbers expected, 2 computed"):
        replace(RIGHT, computed=(4.0, 5.0))
