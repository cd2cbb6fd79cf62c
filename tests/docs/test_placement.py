"""The page on placement: every number in it is one that is stored beside it."""

import pytest

from studies import placement


def test_the_page_is_what_its_stored_measurements_give():
    page = placement.PAGE.read_text(encoding="utf-8")
    assert placement.renewed(page) == page


def test_every_part_has_a_place_and_every_place_a_part():
    page = placement.PAGE.read_text(encoding="utf-8")
    assert sorted(found[2] for found in placement.REGION.finditer(page)) == sorted(placement.PARTS)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (placement.becoming(2000, 500), "2,000 → 500, −75 %"),
        (placement.becoming(0, 0), "0 → 0"),
        (placement.ratio(0, 0), "0 → 0, 1.00"),
        (placement.ratio(4450, 2705), "4,450 → 2,705, 0.61"),
        (placement.span([0.94, 0.61, 0.7]), "61 to 94 %"),
        (placement.span([0.021, 0.0214]), "2 %"),
        (placement.extremes([1234, 1234]), "1,234"),
        (placement.extremes([1234, 5678]), "1,234 to 5,678"),
        (placement.quoted("if_qcfs, pipelined"), "`if_qcfs`, `pipelined`"),
    ],
)
def test_numbers_are_printed_alike(told, wanted):
    assert told == wanted


def test_weights_are_named_with_their_hash_and_how_often_they_are_right():
    weights = {"origin": "trained", "file": "a.npz", "sha256": "0123456789abcdef", "right": 8919, "of": 10000}
    assert placement.which(weights) == (
        "trained ones (`a.npz`, SHA-256 01234567..., right about 89.19 % of 10,000 test images)"
    )
    assert placement.which({"origin": "synthetic"}) == (
        "synthetic ones, whose activity predicts nothing about a trained network"
    )
