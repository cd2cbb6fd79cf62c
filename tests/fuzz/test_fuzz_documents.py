"""Spoilt workloads, chips, tables and recipes: each is read or refused in words, at its place, whatever stands in it.

``pytest -m long tests/fuzz`` tries 100,000, in parts that several processes may share (``-k part3``); what once failed
is kept in ``SEEDS`` and tried each time.
"""

import re
from pathlib import Path

import pytest

from neurosim.files.chip import read_chip
from neurosim.files.energy_tables.energy_table import read_table
from neurosim.files.recipe import read_recipe
from neurosim.files.workload import read_workload
from neurosim.plugins import data_folder
from tests.fuzz.judge import wrong_with
from tests.fuzz.mutations import mutated

READERS = {
    "workloads": read_workload,
    "chips": read_chip,
    "energy_tables": lambda path: read_table(str(path)),
    "workloads/weights": read_recipe,
}
CORPUS = [
    (folder, path)
    for folder in READERS
    for path in sorted((data_folder(folder.partition("/")[0]) / folder.partition("/")[2]).glob("*.yaml"))
]
IN_CI, LONG, PARTS = 2_500, 100_000, 10
SEEDS: list[int] = []
"""Numbers of documents that once were read wrongly."""


def wrong(number: int, folder: Path) -> str:
    """Return what is wrong with how the spoilt document of this number is read; nothing where all is well."""
    kind, original = CORPUS[number % len(CORPUS)]
    path = folder / original.name
    path.write_bytes(mutated(original.read_text(encoding="utf-8"), number))
    if said := wrong_with(READERS[kind], Path(path.name)):
        return f"{number}, {kind}/{original.name}: {said[:600]}"
    return ""


def with_files(folder: Path) -> Path:
    """Put what documents name beside them: weights and data, and something for weights that a recipe makes."""
    shipped = data_folder("workloads")
    for recipe in (shipped / "weights").glob("*.yaml"):
        for name in re.findall(r"^start: (\S+)", recipe.read_text(encoding="utf-8"), re.MULTILINE):
            (folder / name).touch()
    for file in [shipped / "weights", shipped / "data", *(shipped / "weights").glob("*.npz")]:
        (folder / file.name).symlink_to(file)
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current directory, with the files that documents name."""
    monkeypatch.chdir(tmp_path)
    return with_files(tmp_path)


def test_the_documents_that_are_spoilt_are_sound(folder):
    assert len(CORPUS) > 30
    for kind, original in CORPUS:
        (folder / original.name).write_bytes(original.read_bytes())
        READERS[kind](Path(original.name))


def test_spoilt_documents_are_read_or_refused(folder):
    assert [said for number in [*SEEDS, *range(IN_CI)] if (said := wrong(number, folder))] == []


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS), ids="part{}".format)
def test_a_hundred_thousand_spoilt_documents(folder, part):
    assert [said for number in range(part, LONG, PARTS) if (said := wrong(number, folder))] == []
