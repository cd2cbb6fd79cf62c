"""A record on its way to disk and back: nothing is lost, rounded or taken for something else."""

import dataclasses
import json
import types
import typing
from pathlib import Path

import pandas
from hypothesis import given
from hypothesis import strategies as st

import neurosim as package
from neurosim.files.runs.stored_run import read_run
from neurosim.ledger.record import Record, from_json, to_json
from tests.cli.command import SMALL, neurosim


def values(type_):
    """Return a strategy for any value that a record's field of this type may hold."""
    origin, arguments = typing.get_origin(type_), typing.get_args(type_)
    if dataclasses.is_dataclass(type_):
        hints = typing.get_type_hints(type_)
        stored = [field for field in dataclasses.fields(type_) if field.metadata.get("json", True)]
        return st.builds(type_, **{field.name: values(hints[field.name]) for field in stored})
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if origin is dict:
        return st.dictionaries(*map(values, arguments), max_size=3)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.none() | values(arguments[0])
    return {
        str: st.text(max_size=8),
        bool: st.booleans(),
        int: st.integers(-(2**63), 2**63 - 1),
        float: st.floats(allow_nan=False, allow_infinity=False),
    }[type_]


@given(values(Record))
def test_a_stored_record_is_the_record(record):
    stored = json.loads(json.dumps(to_json(record), allow_nan=False))
    back = from_json(Record, stored)
    for field in dataclasses.fields(Record):  # by its text, which tells 1 from 1.0 and a list from a tuple
        assert repr(getattr(back, field.name)) == repr(getattr(record, field.name))


def test_a_run_read_back_is_the_run_that_was_written(here, undrawn):
    overrides = {"stimulus.images": 2, "compare[0].schedules": ["pipelined"]}
    run = package.simulate("digits", set=overrides)
    saved = run.save(Path("mine"))
    back = read_run("mine")
    assert [ledger.sha256() for ledger in back.ledgers] == [ledger.sha256() for ledger in run.record.ledgers]
    assert back.ledgers == run.record.ledgers
    assert back.placements == run.record.placements
    for field in dataclasses.fields(Record):
        if field.name not in ("ledgers", "placements"):
            assert repr(getattr(back, field.name)) == repr(getattr(run.record, field.name))
    assert saved.run_id == run.run_id == neurosim("check", "digits", *SMALL, "--json").json["run_id"]


def test_a_run_loaded_in_python_has_the_layers_of_its_csv_and_the_prices_of_the_command(finished):
    loaded = package.load(finished.folder)
    stored = pandas.read_csv(finished.folder / "layers.csv")
    pandas.testing.assert_frame_equal(loaded.layers(), stored, check_exact=True, check_dtype=False)
    assert json.loads(json.dumps(loaded.summary()["results"])) == finished.outcome.json["results"]
    table = "snn_convention_fp32_45nm"
    priced = neurosim("price", finished.folder, "--table", table, "--json").json["results"]
    assert [result["energy"] for result in loaded.price(table).summary()["results"]] == [
        result["energy"] for result in priced
    ]
