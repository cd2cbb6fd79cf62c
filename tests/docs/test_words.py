"""Code, messages and pages use the field's words: each private word of the first house is looked for everywhere.

``WORDS`` gives each with what is written in its place (docs/glossary.md has the terms). Identifiers are read as their
words: ``spike_volley`` and ``SpikeVolley`` both hold "volley". What stays is in ``PUBLIC_NAMES`` and ``EXCEPTIONS``.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT = Path(__file__).with_name("words_left.json")
"""Places of private words, and of verbs as variables, that are still to be mended, by file: the list only shrinks."""
READ = {"neurosim": ("*.py", "*.css"), "studies": ("*.py",), "benchmarks": ("*.py",), "docs": ("*.md", "*.yaml"),
        "chips": ("*.yaml",), "energy_tables": ("*.yaml",), "workloads": ("*.yaml", "*.md")}  # fmt: skip

WORDS = {
    r"volleys?": "packet sums, spike packets",
    r"bundles?": "projection",
    r"trials?": "image run",
    r"lessons?": "training job",
    r"passages?": "phase result",
    r"speech(es)?": "layer output",
    r"showings?": "dataset stream",
    r"examin(ation|er)s?": "evaluation, evaluator",
    r"census(es)?": "operation counter",
    r"wirings?": "routing tables, layer signal",
    r"rehears(al|e)[sd]?": "activity profile",
    r"dearest": "most expensive",
    r"mark(s|ed|ing)? (a|the|its|this) network": "evaluate a network",
    r"faults? of ours": "internal error",
    r"(networks?|files?|weights) of others": "third-party",
    r"of one's own": "custom",
    r"(hold|holds|held) back": "held out, test set",
    r"inhouse": "in-house (unpublished)",
    r"cuttings?|cut finer": "partitioning",
    r"boxes": "partitions",
    r"(?<!membrane )potential memory": "membrane potential memory (state memory)",
    r"synaptic adds": "synaptic operations, accumulates",
    r"planes? of spikes|spike planes?": "spike map of a time step",
    r"inbox(es)?": "input accumulator",
    r"conventional designs?": "baseline accelerators",
    r"(at|of) (its|their) largest code": "saturated",
    r"neurons off": "mismatched neurons",
    r"[\d,]+ slots|spike slots|how many slots": "neuron-timestep pairs",
    r"even at [\d.]+": "break-even at",
    r"a new image every": "throughput: one image every",
    r"(network|model)s? speaks?": "coding scheme",
    r"(is|are|was|were) told": "is given",
    r"bills?": "cost comparison, energy breakdown",
    r"colophons?": "provenance",
    r"right (of|about|among)( all)? [\d,{]|(answers?|answered|gets?|got) right": "accuracy, correct",
}
VERBS = ("told", "said", "kept", "found", "wanted")
"""Names of variables are nouns."""
PUBLIC_NAMES = {
    "held_back": "option of the data set npz",
    "evidence: inhouse": "value of a key of energy tables; printed as in-house",
    "assumed, inhouse, published": "the same, in the list of shipped tables",
    '"inhouse"': "the same, in code",
    "| inhouse: ": "the same, in the list of unit energies",
    'potential memory": ': "name of a memory in stored summaries; printed as state memory",
    "__slots__": "Python's",
    "neurons_off": "column of stored measurements",
    "rehearsal_s": "key of stored measurements",
}
"""Names that workloads, tables and stored runs rely on stay as they are; each with what it is."""
EXCEPTIONS = {
    ("neurosim/report/figures/*", r"boxes"): "rectangles that are drawn",
    ("neurosim/report/figures/layout/*", r"boxes"): "rectangles that are drawn",
}
"""Where a word has its plain meaning: a file (``*`` for any name) and a word of ``WORDS``; with why."""


def files() -> Iterator[Path]:
    """Yield every file that somebody reads."""
    yield ROOT / "README.md"
    for folder, patterns in READ.items():
        for pattern in patterns:
            yield from sorted((ROOT / folder).rglob(pattern))


def plain(line: str) -> str:
    """Return a line with identifiers as their words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", line)


def private_words(name: str, text: str) -> Iterator[str]:
    """Yield each place of a private word in a file as ``file:line: word (instead)``."""
    searched = {
        re.compile(rf"(?<![A-Za-z]){word}(?![A-Za-z])", re.IGNORECASE): instead
        for word, instead in WORDS.items()
        if not any(Path(name).match(file) and word == excepted for file, excepted in EXCEPTIONS)
    }
    for public in PUBLIC_NAMES:
        text = text.replace(public, "")
    for number, line in enumerate(text.splitlines(), start=1):
        for word, instead in searched.items():
            for match in word.finditer(plain(line)):
                yield f"{name}:{number}: {match[0]} ({instead})"


def verbs_as_names(name: str, text: str) -> Iterator[str]:
    """Yield each variable that is called by a verb, as ``file:line: name``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VERBS:
            yield f"{name}:{node.lineno}: {node.id}"
        if isinstance(node, ast.arg) and node.arg in VERBS:
            yield f"{name}:{node.lineno}: {node.arg}"


def words_left() -> list[str]:
    """Return each place of a private word."""
    return [
        offender
        for path in files()
        for offender in private_words(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]


def verbs_left() -> list[str]:
    """Return each variable that is called by a verb."""
    return [
        offender
        for path in sorted((ROOT / "neurosim").rglob("*.py"))
        for offender in verbs_as_names(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]


def by_file(offenders: list[str]) -> dict[str, int]:
    """Return how many places each file has."""
    return dict(sorted(Counter(offender.partition(":")[0] for offender in offenders).items()))


@pytest.mark.parametrize("kind", ["words", "verbs"])
def test_no_file_has_more_private_names_than_are_known_and_what_is_mended_leaves_the_list(kind):
    offenders = words_left() if kind == "words" else verbs_left()
    assert by_file(offenders) == json.loads(LEFT.read_text(encoding="utf-8"))[kind], "\n".join(offenders)


@pytest.mark.parametrize("line", ["a volley of spikes", "spike_volley = 1", "class SpikeVolley:", "A fault of ours"])
def test_a_private_word_is_found_in_prose_and_in_identifiers(line):
    assert len(list(private_words("neurosim/x.py", line))) == 1


@pytest.mark.parametrize("line", ["bundled", "industrial", "wired", "the right side", "trialled", "held_back=0.2"])
def test_other_words_are_not_taken_for_one(line):
    assert list(private_words("neurosim/x.py", line)) == []


def test_a_verb_is_found_as_a_variable_and_as_an_argument():
    assert list(verbs_as_names("x.py", "def f(told):\n    kept = told\n    return kept\n")) == [
        "x.py:1: told",
        "x.py:2: kept",
    ]
