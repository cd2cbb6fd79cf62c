"""Whatever stands in a workload file, reading it gives a workload or a DocumentError, and nothing else."""

import copy
import json

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from neurosim.errors import DocumentError
from neurosim.files.documents.override import overridden
from neurosim.files.documents.yaml import parse
from neurosim.files.workload import Workload, read_workload

SOUND = {
    "schema": "neurosim/workload/1",
    "network": {"zoo": "vgg16", "input": [3, 32, 32], "classes": 10, "options": {}},
    "stimulus": {"kind": "photo", "images": 2},
    "conversion": {"kind": "accumulate_fire", "steps": 4, "weight_bits": 8},
    "chip": {"base": "loihi_like", "mesh": {"width": 8}, "barrier": {"global_ticks": {"1": 3, "200": 9}}},
    "mapping": {"kind": "spatial", "residency": "resident"},
    "schedules": ["layer_by_layer"],
    "noc": "cycle_accurate",
    "energy": {"tables": ["own.yaml"], "scope": "compute"},
    "compare": [{"name": "a", "conversion": {"kind": "if_qcfs"}, "schedules": ["pipelined"]}],
    "seed": 1,
}
SYNTAX = [
    *":{}[],&*!|>'\"%@`#-?~ \t\n\\x0U1a.+=/<",
    "- ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "!!int",
    "<<",
    "\x00",
    "é",
]
SYNTAX += ["\ud800", "\u2028", "\ufeff", "1e999", ".nan", "0x", "\\U99999999", "\\xZZ", "|2", "*a", "&a "]

texts = st.text(max_size=8) | st.sampled_from(["vgg16", "if_soft", "photo", "1", "x.yaml", "/", "..", "a+b", "\x00"])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
PRINTABLE = st.characters(exclude_categories=("Cc", "Cf", "Cs"))  # control characters are refused, see test_files_yaml
printable = st.recursive(
    scalars.map(lambda value: value if not isinstance(value, str) else "".join(c for c in value if c.isprintable())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(PRINTABLE, max_size=8), inner, max_size=3),
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))


def places(value, place=()):
    """Every place of a nested value, the top included."""
    yield place
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*place, key))


def replaced(value, place, new):
    if not place:
        return new
    spoilt = dict(value) if isinstance(value, dict) else list(value)
    spoilt[place[0]] = replaced(spoilt[place[0]], place[1:], new)
    return spoilt


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text("id: own\n")
    return tmp_path


def read_bytes(folder, data, overrides=()):
    path = folder / "w.yaml"
    path.write_bytes(data)
    try:
        return read_workload("w.yaml", overrides)
    except DocumentError as error:
        return str(error)


relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_workload_that_these_laws_spoil_is_sound(folder):
    found = read_bytes(folder, json.dumps(SOUND).encode())
    assert isinstance(found, Workload)
    assert found.chip.barrier.global_ticks[1] == 3


@relaxed
@given(place=st.sampled_from(list(places(SOUND))), value=values)
@example(place=("chip",), value={"base": ["loihi_like"]})
@example(place=("network", "options"), value={"1": {"a": 1}, "a": None})
def test_a_workload_with_any_value_anywhere_is_read_or_refused(folder, place, value):
    read_bytes(folder, json.dumps(replaced(SOUND, place, value)).encode())


@relaxed
@given(place=st.sampled_from([p for p in places(SOUND) if p]), value=values)
def test_any_override_of_any_place_is_read_or_refused(folder, place, value):
    sound = json.dumps(SOUND).encode()
    name = ".".join(map(str, place))
    read_bytes(folder, sound, {name: value})
    read_bytes(folder, sound, [f"{name}={json.dumps(value)}"])


@relaxed
@given(name=st.text(max_size=12), value=st.text(max_size=12))
def test_any_text_as_an_override_is_read_or_refused(folder, name, value):
    read_bytes(folder, json.dumps(SOUND).encode(), [f"{name}={value}"])


@relaxed
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 20), st.lists(st.sampled_from(SYNTAX), max_size=4)),
        max_size=5,
    )
)
def test_a_workload_with_any_text_cut_out_and_put_in_is_read_or_refused(folder, edits):
    text = "".join(f"{key}: {json.dumps(value)}\n" for key, value in SOUND.items())
    for start, length, inserted in edits:
        text = text[:start] + "".join(inserted) + text[start + length :]
    read_bytes(folder, text.encode("utf-8", "surrogatepass"))


@relaxed
@given(data=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(folder, data):
    read_bytes(folder, data)


@settings(deadline=None)
@given(value=printable)
def test_json_means_in_yaml_what_it_means_in_json(value):
    assert json.loads(json.dumps(parse(json.dumps(value), "F").value)) == value


@settings(deadline=None)
@given(value=st.dictionaries(st.sampled_from("abc"), printable, min_size=1), number=st.integers())
def test_an_override_changes_its_place_and_nothing_else(value, number):
    assume(not isinstance(value.get("a"), list))  # a list has no entry "b"
    document = parse(json.dumps(value), "F")
    value = copy.deepcopy(document.value)
    changed = overridden(document, {"a.b": number})
    assert changed.get(("a", "b")) == number
    rest = {key: inner for key, inner in value.items() if key != "a"}
    assert {key: inner for key, inner in changed.value.items() if key != "a"} == rest
    if isinstance(value.get("a"), dict):
        assert changed.value["a"] == {**value["a"], "b": number}
    assert document.value == value
