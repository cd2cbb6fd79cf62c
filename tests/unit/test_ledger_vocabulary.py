"""The vocabulary: names are known, complete and taken apart as they were put together."""

from __future__ import annotations

import pytest

from neurosim.ledger import vocabulary


def test_a_canonical_name_is_the_operation_its_format_and_its_bits():
    counted = vocabulary.parse("weight_read_bits64")
    assert (counted.operation.name, counted.format, counted.bits) == ("weight_read", "bits", 64)
    assert vocabulary.need("add").named("int", 20) == "add_int20"


def test_every_operation_is_taken_apart_as_it_was_put_together():
    for operation in vocabulary.known().values():
        assert str(vocabulary.parse(operation.name)) == operation.name
        for format in operation.formats:
            name = operation.named(format, 22)
            assert vocabulary.parse(name) == vocabulary.Counted(operation, format, 22)


def test_a_misspelt_operation_fails_and_names_the_nearest():
    with pytest.raises(KeyError, match="unknown operation 'compere'; did you mean 'compare'\\?"):
        vocabulary.need("compere")
    with pytest.raises(KeyError, match="unknown operation 'ad_int20'; did you mean 'add'\\?"):
        vocabulary.need("ad_int20")


def test_an_operation_carries_only_the_formats_it_can_have():
    with pytest.raises(KeyError, match="operation 'weight_read' is never counted as 'weight_read_int8'"):
        vocabulary.need("weight_read_int8")
    with pytest.raises(KeyError, match="operation 'spike_out' is never counted as 'spike_out_int8'; write 'spike_out'"):
        vocabulary.need("spike_out_int8")


def test_an_operation_is_registered_once():
    with pytest.raises(ValueError, match="operation 'add' is registered twice"):
        vocabulary.register(vocabulary.need("add"))


def test_events_stand_in_place_of_compute_and_memory_and_all_else_is_shared():
    level = {operation.group: operation.level for operation in vocabulary.known().values()}
    assert level == {
        "compute": "op",
        "memory": "op",
        "noc": "shared",
        "io": "shared",
        "static": "shared",
        "event": "event",
    }


def test_the_views_of_one_action_are_operations_of_one_group():
    for one, other in vocabulary.VIEWS:
        assert len({vocabulary.need(name).group for name in one + other}) == 1
