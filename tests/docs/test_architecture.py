"""docs/architecture.md: every room has a row, every file is there with its names, the drawing is up to date."""

from __future__ import annotations

import re

import pytest

from studies import architecture

ROOT = architecture.ROOT
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FILE = re.compile(r"`((?:neurosim|energy_tables|studies|benchmarks|tests)/[\w/.]+\.\w+)`")
ROWS = [
    (file, name)
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := line.split(" | ")) == 3 and (found := FILE.search(cells[0]))
    for file in [found[1]]
    for name in re.findall(r"`(\w+)`", cells[1])
]


@pytest.mark.parametrize("file", sorted(set(FILE.findall(PAGE))))
def test_every_file_of_the_page_is_there(file):
    assert (ROOT / file).is_file()


@pytest.mark.parametrize(("file", "name"), ROWS)
def test_every_name_is_defined_in_its_file(file, name):
    assert re.search(rf"^\s*(?:def|class) {name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_has_names_to_check():
    assert len(ROWS) > 60


def test_every_room_has_a_row_and_a_row_its_room():
    rooms = {f"neurosim/{init.parent.name}/" for init in (ROOT / "neurosim").glob("*/__init__.py")}
    named = set(re.findall(r"`(neurosim/\w+/)`", PAGE))
    assert named == rooms


def test_the_nouns_of_a_result_are_where_the_page_has_them():
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([\w/.]+)` \|", PAGE, re.MULTILINE)
    assert [noun for noun, _ in rows] == ["ImageRun", "Observation", "Record", "Run"]
    for noun, file in rows:
        assert f"class {noun}" in (ROOT / file).read_text(encoding="utf-8")


def test_the_drawing_shows_the_contract_as_it_is():
    drawn = architecture.FIGURE.read_text(encoding="utf-8")
    assert drawn == architecture.drawing(), "python -m studies.architecture draws it again"


def test_every_room_of_the_drawing_stands_in_the_contract():
    in_contract = {room for layer in architecture.contract() for room in layer}
    assert set(architecture.ROOMS) <= in_contract
    assert {room for flow in architecture.FLOWS for room in flow[:2]} <= set(architecture.ROOMS)
