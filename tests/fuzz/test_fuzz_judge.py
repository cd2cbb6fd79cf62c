"""The judge of the fuzzers finds what it is there to find, and the mutations are many and the same each time."""

import time
from pathlib import Path

import pytest

from neurosim.errors import DocumentError, NeurosimError, Problem
from tests.fuzz import judge
from tests.fuzz.mutations import mutated

WANTED = "w.yaml"


def raising(error):
    def read(path):
        raise error

    return read


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (KeyError("x"), "KeyError"),
        (RecursionError("deep"), "RecursionError"),
        (NeurosimError("w.yaml: a fault of ours"), "exit code 70"),
        (DocumentError("something is wrong"), "no file is named"),
        (DocumentError([Problem("w.yaml", 0, 0, "chip", "missing")]), "a problem without its place"),
        (DocumentError([Problem("w.yaml", 1, 1, "seed", "invalid literal for int()")]), "Python's words"),
        (DocumentError([Problem("w.yaml", 1, 1, "seed", "\x1b[31m is red")]), "a control character"),
        (DocumentError([Problem("w.yaml", 1, 1, "seed", "x" * 300_000)]), "a message of"),
    ],
)
def test_a_fault_is_found(error, found):
    assert judge.wrong_with(raising(error), Path(WANTED)).startswith(found)


def test_a_refusal_with_its_place_and_an_answer_are_sound():
    assert judge.wrong_with(raising(DocumentError([Problem("w.yaml", 2, 1, "seed", "missing")])), Path(WANTED)) == ""
    assert judge.wrong_with(lambda path: path, Path(WANTED)) == ""


def test_what_hangs_is_found(monkeypatch):
    monkeypatch.setattr(judge, "SECONDS", 1)
    assert judge.wrong_with(lambda path: time.sleep(60), Path(WANTED)).startswith("TooSlowError")


def test_a_seed_is_a_document_and_another_seed_another_one():
    text = "network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10}\nchip: loihi_like\nseed: 3\n"
    assert [mutated(text, seed) for seed in range(50)] == [mutated(text, seed) for seed in range(50)]
    assert len({mutated(text, seed) for seed in range(400)}) > 300
