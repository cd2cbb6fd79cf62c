"""The page on graph networks: up to date with what was measured, and what was measured is exact where it must be."""

from __future__ import annotations

import pytest

from studies import graphs as build_graphs


@pytest.mark.parametrize("name", build_graphs.SIZES)
def test_the_page_shows_what_was_measured(name):
    page = build_graphs.PAGE.read_text(encoding="utf-8")
    assert build_graphs.fill(page, name) == page


@pytest.mark.parametrize("name", build_graphs.SIZES)
def test_models_that_claim_exactness_have_no_mismatch(name):
    rows = build_graphs.stored(build_graphs.KEPT / f"{name}_chip.csv")
    proven = {row["model"]: int(row["mismatches"]) for row in rows if row["checked"]}
    assert proven == {"one_spike": 0, "accumulate_fire": 0, "group": 0}
    assert {row["recipe"] for row in rows} == set(build_graphs.RECIPES)


def test_the_generated_graph_is_measured_as_the_page_has_it():
    graph = build_graphs.ROOT / "workloads" / "data" / "citations.npz"
    first = next(build_graphs.accuracies("citations", graph))
    kept = build_graphs.stored(build_graphs.KEPT / "citations_accuracy.csv")[0]
    assert {key: str(value) for key, value in first.items()} == kept
