"""Dataclasses out of documents: strict types, and every reason against them in our words."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from neurosim.errors import DocumentError
from neurosim.files.documents.yaml import Problems, build, parse

STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class Wheel:
    __pydantic_config__ = STRICT
    radius: float
    spokes: Annotated[int, Field(ge=0, le=64)] = 32


@dataclass(frozen=True)
class Bell:
    __pydantic_config__ = STRICT
    tone: str

    def __post_init__(self):
        if self.tone == "silent":
            raise ValueError("a bell is not silent")


@dataclass(frozen=True)
class Bicycle:
    __pydantic_config__ = STRICT
    name: str
    wheels: Annotated[tuple[Wheel, ...], Field(min_length=2)]
    brakes: Literal["disc", "rim"] = "rim"
    bell: str | Bell | None = None
    gears: dict[int, int] = field(default_factory=dict)
    stolen: bool = False
    extras: dict[str, Any] = field(default_factory=dict)


def built(text):
    document = parse(text, "F")
    problems = Problems(document)
    found = build(document, Bicycle, problems)
    problems.raise_if_any()
    return found


def refusal(text):
    with pytest.raises(DocumentError) as error:
        built(text)
    return str(error.value)


def test_a_dataclass_is_built_with_tuples_for_lists_and_floats_for_whole_numbers():
    found = built("{name: a, wheels: [{radius: 1}, {radius: 0.5, spokes: 3}], bell: {tone: c}, gears: {1: 2}}")
    assert found == Bicycle("a", (Wheel(1.0), Wheel(0.5, 3)), bell=Bell("c"), gears={1: 2})
    assert type(found.wheels[0].radius) is float


def test_free_options_keep_what_yaml_said():
    found = built("{name: a, wheels: [{radius: 1}, {radius: 1}], extras: {a: [1, x, 1e-3, null, {b: true}]}}")
    assert found.extras == {"a": [1, "x", 1e-3, None, {"b": True}]}


def test_all_problems_come_at_once_each_at_its_place():
    text = """\
name: 5
wheels:
  - {radius: '1', spoke: 3}
  - {radius: 1, spokes: 3.0}
  - spokes: 65
brakes: drum
bel: x
gears: {a: 1, 2: b}
stolen: 1
"""
    assert refusal(text) == (
        "F:1:7: name: 5 is not a text\n"
        "F:3:14: wheels[0].radius: '1' is not a number\n"
        "F:3:19: wheels[0].spoke: unknown key; did you mean 'spokes'?\n"
        "F:4:25: wheels[1].spokes: 3.0 is not a whole number\n"
        "F:5:5: wheels[2].radius: missing\n"
        "F:5:13: wheels[2].spokes: 65 is out of range; wanted at most 64\n"
        "F:6:9: brakes: 'drum' is not one of disc, rim\n"
        "F:7:1: bel: unknown key; did you mean 'bell'?\n"
        "F:8:9: gears.a: 'a' is not a whole number\n"
        "F:8:18: gears[2]: 'b' is not a whole number\n"
        "F:9:9: stolen: 1 is not true or false"
    )


@pytest.mark.parametrize(
    ("bell", "message"),
    [
        ("3", "F:1:54: bell: 3 is not a text or a mapping"),
        ("[a]", "F:1:54: bell: a list is not a text or a mapping"),
        ("{}", "F:1:48: bell.tone: missing"),
        ("{tone: 1}", "F:1:61: bell.tone: 1 is not a text"),
        ("{ton: a}", "F:1:48: bell.tone: missing\nF:1:55: bell.ton: unknown key; did you mean 'tone'?"),
        ("{tone: silent}", "F:1:54: bell: a bell is not silent"),
    ],
)
def test_of_a_union_the_member_that_was_meant_is_reported(bell, message):
    assert refusal("{name: a, wheels: [{radius: 1}, {radius: 1}],  bell: " + bell + "}") == message


def test_a_far_key_is_answered_with_all_keys():
    assert refusal("{name: a, wheels: [{radius: 1}, {radius: 1, x: 1}]}") == (
        "F:1:45: wheels[1].x: unknown key; there are: radius, spokes"
    )


def test_a_list_has_its_least_length():
    assert refusal("{name: a, wheels: [{radius: 1}]}") == "F:1:19: wheels: has 1 entries; wanted at least 2"


def test_a_part_of_a_document_is_built_with_its_whole_place():
    document = parse("x: {radius: big}", "F")
    problems = Problems(document)
    assert build(document, Wheel, problems, ("x",)) is None
    assert [str(problem) for problem in problems.found] == ["F:1:13: x.radius: 'big' is not a number"]


def test_keys_that_look_like_pydantics_are_keys():
    sound = "name: a, wheels: [{radius: 1}, {radius: 1}]"
    for key in ("[key]", "str", "Bell", "", ".", "a.b", "0"):
        assert "unknown key" in refusal(f"{{{sound}, bell: {{'{key}': 1, tone: c}}}}")
        assert "unknown key" in refusal(f"{{{sound}, '{key}': 1}}")
    assert refusal("{name: a, wheels: [{radius: 1}, {radius: 1}], gears: {'[key]': 1}}") == (
        "F:1:55: gears[\"[key]\"]: '[key]' is not a whole number"
    )


def test_of_very_many_faults_the_first_are_worded_and_the_others_counted():
    said = refusal("name: a\nwheels: [{radius: 1}, {radius: 1}]\n" + "".join(f"k{n}: 1\n" for n in range(1000)))
    lines = said.splitlines()
    assert lines[0].startswith("F:3:1: k0: unknown key; there are: name, ")
    assert (len(lines), lines[-1]) == (51, "... and 950 more problems")
