"""Options of plug-ins against the types that they state; all problems of a workload in one report."""

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Le

from neurosim.errors import ConversionError, DocumentError
from neurosim.files.documents.located_document import Problems
from neurosim.files.documents.options import check_options
from neurosim.files.documents.yaml import parse
from neurosim.files.workload import read_workload


@dataclass(frozen=True)
class Leaky:
    steps: int
    leak: Annotated[int, Ge(1), Le(31)] = 4
    reset: Literal["zero", "subtract"] = "zero"

    def __post_init__(self):
        if self.leak > self.steps:
            raise ConversionError(f"leaky: a leak of {self.leak} in {self.steps} steps")


@dataclass(frozen=True)
class Needing:
    file: str
    unit: float | None = None


class Plain:
    def __init__(self, times=1):
        self.times = times + 0


def taking(steps: Annotated[int, Ge(1)], **others: object) -> object:
    return steps, others


def checked(owner, options, **asked):
    problems = Problems(parse(f"options: {options}", "F"))
    made = check_options(owner, "it", problems, ("options",), **asked)
    return made, [str(problem) for problem in problems.found]


def test_sound_options_are_made():
    assert checked(Leaky, "{leak: 2}", given={"steps": 4}) == (Leaky(4, 2), [])
    assert checked(Leaky, "{leak: 2, scale: 3}", given={"steps": 4}, beside={"scale": int}) == (Leaky(4, 2), [])
    assert checked(Leaky, "{leak: 2}", given={"steps": None}, make=False) == (None, [])
    assert checked(Needing, "{file: a}") == (Needing("a"), [])
    assert checked(taking, "{steps: 2, x: 1}") == ((2, {"x": 1}), [])


@pytest.mark.parametrize(
    ("owner", "options", "said"),
    [
        (Leaky, "{leek: 2}", ["F:1:11: options.leek: unknown option of it; did you mean 'leak'?"]),
        (Leaky, "{x: 2}", ["F:1:11: options.x: unknown option of it; there are: leak, reset"]),
        (Leaky, "{steps: 2}", ["F:1:11: options.steps: unknown option of it; there are: leak, reset"]),
        (Leaky, "{leak: 0}", ["F:1:17: options.leak: 0 is out of range; wanted at least 1"]),
        (Leaky, "{leak: '2'}", ["F:1:17: options.leak: '2' is not a whole number"]),
        (Leaky, "{leak: 9}", ["F:1:10: options: leaky: a leak of 9 in 4 steps"]),
        (Leaky, "{reset: nil}", ["F:1:18: options.reset: 'nil' is not one of zero, subtract"]),
        (Leaky, "{'[key]': 1}", ['F:1:11: options["[key]"]: unknown option of it; there are: leak, reset']),
        (Leaky, "{0: 1}", ["F:1:11: options[0]: unknown option of it; there are: leak, reset"]),
    ],
)
def test_each_problem_is_told_in_its_place(owner, options, said):
    assert checked(owner, options, given={"steps": 4}) == (None, said)


def test_what_is_missing_and_what_a_plug_in_raises_are_told():
    assert checked(Needing, "{unit: 1}") == (None, ["F:1:1: options.file: missing"])
    assert checked(Needing, "{}") == (None, ["F:1:1: it needs 'file'"])
    _, (said,) = checked(Plain, "{times: two}")
    assert said.startswith("F:1:10: options: it cannot be made with these options: TypeError: ")


WORKLOAD = """\
network: {zoo: resnet20, input: [3, 32, 32], classes: ten, options: {shortcat: conv}}
stimulus: {kind: random, images: 0, options: {density: 2, deviation: 1e-320}}
chip: {base: loihi_like, mesh: {width: two}}
conversion: {kind: lif, steps: four, options: {leak: 99}}
mapping: {kind: annealed, residency: no, options: {trafic: x}}
energy: {tables: [mine], scop: compute}
compare: [{name: a, conversion: {kind: group, options: {tau: many}}}]
"""


def test_all_mistakes_of_a_workload_are_told_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.yaml").write_text(WORKLOAD)
    with pytest.raises(DocumentError) as refused:
        read_workload("w.yaml")
    assert [str(problem).partition(": ")[2].partition(":")[0] for problem in refused.value.problems] == [
        "network.classes",
        "network.options.shortcat",
        "stimulus.images",
        "stimulus.options.density",
        "stimulus.options.deviation",
        "chip.mesh.width",
        "conversion.steps",
        "conversion.options.leak",
        "mapping.residency",
        "mapping.options.trafic",
        "energy.tables[0]",
        "energy.scop",
        "compare[0].conversion.options.tau",
    ]
    assert all(problem.line and problem.column for problem in refused.value.problems)


SEVEN = """\
network: {zoo: gcn, input: [4, 6, 1], classes: 2, options: {graph: 3, hiden: 4}}
stimulus: {kind: random, options: {density: 2}}
chip: {base: loihi_like, mesh: {width: 0}}
conversion: {kind: lif, steps: 4, options: {leak: 99}}
mapping: {kind: spatial, options: {seed: 1}}
energy: {tables: [datta2023_45nm_int9]}
sead: 1
"""


def test_seven_mistakes_of_different_kinds_are_one_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.yaml").write_text(SEVEN)
    with pytest.raises(DocumentError) as refused:
        read_workload("w.yaml")
    assert str(refused.value).splitlines() == [
        "w.yaml:1:68: network.options.graph: 3 is not a text",
        "w.yaml:1:71: network.options.hiden: unknown option of gcn; did you mean 'hidden'?",
        "w.yaml:2:45: stimulus.options.density: 2 is out of range; wanted at most 1.0",
        "w.yaml:3:40: chip.mesh.width: 0 is out of range; wanted at least 1",
        "w.yaml:4:51: conversion.options.leak: 99 is out of range; wanted at most 31",
        "w.yaml:5:36: mapping.options.seed: unknown option of spatial; there are none",
        "w.yaml:6:19: energy.tables[0]: unknown energy table 'datta2023_45nm_int9'; did you mean "
        "'datta2023_45nm_int8'?",
        "w.yaml:7:1: sead: unknown key; did you mean 'seed'?",
    ]


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("stimulus.images=200000", "200,000 images of 3 x 32 x 32 are 614,400,000 values; wanted at most 268,435,456"),
        (
            "network.input=[3, 30000, 30000]",
            "input: a map of 3 x 30,000 x 30,000 numbers; at most 33,554,432 are taken",
        ),
        ("network.classes=1000000", "classifier: a weight of 1,000,000 x 512 numbers; at most 268,435,456 are"),
        ("stimulus.images=5000", "synthetic weights are calibrated on all images, 5,000 of 65,536 values in the "),
        ("network.input=[3, 8, 8]", "network.input: pool4: a 2 x 2 window does not fit a 1 x 1 map"),
        ("network.options={activity: x}", "network.options.activity: 'x' is not a number"),
        ("network.options={activity: null}", "network.options.activity: nothing is not a number"),
        ("stimulus.images=1000000000000", "is out of range; wanted at most 10,000,000"),
    ],
)
def test_what_memory_cannot_hold_is_refused_by_its_number(tmp_path, monkeypatch, override, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "w.yaml").write_text(
        "network: {zoo: vgg16, input: [3, 32, 32], classes: 10}\nchip: loihi_like\nenergy: {tables: [mine.yaml]}\n"
    )
    with pytest.raises(DocumentError) as refused:
        read_workload("w.yaml", [override])
    assert said in str(refused.value)
    assert str(refused.value).startswith(("--set", "w.yaml:"))
