"""The page on a network of others: it shows what is stored, and what is stored is what the command would measure."""

from __future__ import annotations

import pytest

from studies.third_party import measure as third_party


def test_the_page_shows_what_was_measured():
    page = third_party.PAGE.read_text(encoding="utf-8")
    assert third_party.filled(page) == page


@pytest.mark.parametrize("group", third_party.GROUPS)
def test_what_is_stored_is_what_would_be_measured(group):
    wanted = [
        (third_party.series(model), str(model.steps), by, f"{percentile:g}")
        for model, by, percentile in third_party.cases(group)
    ]
    stored = third_party.stored(group)
    assert [(row["model"], row["steps"], row["by"], row["percentile"]) for row in stored] == wanted
    assert {row["images"] for row in stored} == {str(third_party.IMAGES)}


def test_codes_that_claim_to_be_exact_have_no_neuron_off():
    for row in third_party.stored("codes"):
        if row["model"] == "accumulate_fire" or row["steps"] == "1":
            assert row["neurons_off"] == "0"


def test_the_float_network_has_the_recorded_accuracy():
    """Of the first 100, 1000, 2000 and of all test images of the JPEG copy; recorded apart, with other code."""
    found = {int(row["images"]): int(row["correct"]) for row in third_party.stored("float")}
    assert [found[images] for images in (100, 1000, 2000, 10_000)] == [82, 804, 1627, 8103]
