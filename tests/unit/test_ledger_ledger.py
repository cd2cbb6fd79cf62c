"""The ledger: exact sums, whatever the order, and loud about what is no count."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import CountOverflowError
from neurosim.ledger.ledger import CHIP_WIDE, Ledger

LARGEST = 2**63 - 1


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    ledger.add(1, 0, np.array([3, 0]), "add_int20", np.array([7, 5]), np.array([10, 20]), np.array([11, 22]))
    ledger.add(0, 0, 3, "multiply_int8", 4, 1, 2)
    ledger.add(1, 0, 3, "add_int20", 1, 4, 9)
    ledger.add(CHIP_WIDE, 0, CHIP_WIDE, "chip_tick", 100)
    return ledger


def test_rows_of_one_key_are_one_row_from_the_first_start_to_the_last_end(ledger):
    assert list(ledger) == [
        (-1, 0, -1, "chip_tick", 100, 0, 0),
        (0, 0, 3, "multiply_int8", 4, 1, 2),
        (1, 0, 0, "add_int20", 5, 20, 22),
        (1, 0, 3, "add_int20", 8, 4, 11),
    ]


def test_sums_are_taken_over_any_columns(ledger):
    assert ledger.totals() == {"add_int20": 13, "chip_tick": 100, "multiply_int8": 4}
    assert ledger.by("layer", "op") == {(-1, "chip_tick"): 100, (0, "multiply_int8"): 4, (1, "add_int20"): 13}
    assert ledger.by("core") == {-1: 100, 0: 5, 3: 12}
    assert ledger.by_layer("add_int20") == {1: 13}


def test_a_sum_follows_what_is_added_after_it_was_asked_for(ledger):
    assert ledger.totals()["multiply_int8"] == 4
    ledger.add(0, 1, 3, "multiply_int8", 2)
    assert ledger.totals()["multiply_int8"] == 6


def test_a_count_of_zero_adds_no_row(ledger):
    before = ledger.sha256()
    ledger.add(5, 0, 3, "shift_int20", 0)
    ledger.add(5, 0, np.array([1, 2]), "shift_int20", np.array([0, 0]))
    assert len(ledger) == 4
    assert ledger.sha256() == before


def test_one_count_may_stand_for_each_of_several_cores():
    ledger = Ledger()
    ledger.add(0, 0, np.array([4, 5, 6]), "compare_int22", 8)
    assert ledger.by("core") == {4: 8, 5: 8, 6: 8}


def test_several_operations_are_counted_at_once_as_one_after_the_other():
    cores, counts = np.array([4, 5, 6]), {"compare_int22": np.array([8, 0, 7]), "add_int20": np.array([1, 2, 3])}
    apart, together = Ledger(), Ledger()
    for op, count in counts.items():
        apart.add(2, 1, cores, op, count, 10, 20)
    together.add_each(2, 1, cores, counts, 10, 20)
    assert len(together) == 5
    assert together == apart


def test_a_wrong_one_of_several_counts_is_named_like_a_single_one():
    cores, right = np.array([0, 1]), np.array([1, 2])
    with pytest.raises(ValueError, match="-3 is no count of 'add_int20'; a count is never negative"):
        Ledger().add_each(0, 0, cores, {"compare_int22": right, "add_int20": np.array([5, -3])})
    with pytest.raises(TypeError, match="a count of 'add_int20' is an integer, not float64"):
        Ledger().add_each(0, 0, cores, {"compare_int22": right, "add_int20": np.array([1.0, 2.0])})


def test_small_integers_are_widened_and_nothing_else_is_a_count():
    ledger = Ledger()
    ledger.add(0, 0, np.array([0, 1]), "add_int20", np.array([200, 100], dtype=np.uint8))
    assert ledger.totals() == {"add_int20": 300}
    for wrong in (1.0, np.array([1.0, 2.0]), True, np.array([True, False])):
        with pytest.raises(TypeError, match="a count of 'add_int20' is an integer, not"):
            ledger.add(0, 0, np.array([0, 1]), "add_int20", wrong)


def test_a_count_is_never_negative(ledger):
    with pytest.raises(ValueError, match="-3 is no count of 'add_int20'; a count is never negative"):
        ledger.add(0, 0, np.array([0, 1]), "add_int20", np.array([5, -3]))
    assert ledger.totals()["add_int20"] == 13


def test_a_sum_may_reach_the_largest_int64_and_not_one_more():
    ledger = Ledger.of({"add_int20": LARGEST - 1})
    ledger.add(CHIP_WIDE, 0, CHIP_WIDE, "add_int20", 1)
    assert ledger.totals() == {"add_int20": LARGEST}
    ledger.add(CHIP_WIDE, 0, CHIP_WIDE, "add_int20", 1)
    with pytest.raises(CountOverflowError, match="the sum of the counts of one operation leaves int64"):
        ledger.totals()


def test_counts_in_different_rows_overflow_their_total_too():
    ledger = Ledger()
    ledger.add(0, 0, np.array([0, 1]), "add_int20", np.array([LARGEST, 1]))
    assert len(ledger) == 2
    with pytest.raises(CountOverflowError):
        ledger.totals()


def test_a_single_count_beyond_int64_is_an_error():
    for count in (2**63, 2**80):
        with pytest.raises(CountOverflowError, match=f"{count} counts of 'add_int20' leave int64"):
            Ledger().add(0, 0, 0, "add_int20", count)
    with pytest.raises(CountOverflowError):
        Ledger.of({"add_int20": LARGEST}).scaled(2)


def test_an_operation_is_registered_and_says_its_width():
    with pytest.raises(KeyError, match="unknown operation 'ad_int20'"):
        Ledger().add(0, 0, 0, "ad_int20", 1)
    with pytest.raises(KeyError, match="operation 'add' is counted with its width, as in 'add_int8'"):
        Ledger().add(0, 0, 0, "add", 1)
    assert Ledger.of({"hop_ew": 1, "packet_bits32": 2}).totals() == {"hop_ew": 1, "packet_bits32": 2}


def test_ledgers_add_and_scale(ledger):
    double = ledger + ledger
    assert double.totals() == {"add_int20": 26, "chip_tick": 200, "multiply_int8": 8}
    assert double == ledger.scaled(2)
    assert double.sha256() == ledger.scaled(2).sha256()
    assert ledger + Ledger() == ledger
    assert ledger.scaled(0) == Ledger()


def test_a_ledger_comes_back_from_its_file_with_the_same_hash(ledger, tmp_path):
    path = tmp_path / "ledger.parquet"
    ledger.write_parquet(path)
    again = Ledger.read_parquet(path)
    assert again == ledger
    assert again.sha256() == ledger.sha256()
    Ledger().write_parquet(path)
    assert Ledger.read_parquet(path) == Ledger()


def test_the_same_ledger_writes_the_same_bytes(ledger, tmp_path):
    (ledger + Ledger()).write_parquet(tmp_path / "one.parquet")
    ledger.write_parquet(tmp_path / "other.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


def test_the_hash_sees_every_column():
    def one(*, layer=0, step=0, core=0, op="add_int20", count=1, start=0, end=0):
        ledger = Ledger()
        ledger.add(layer, step, core, op, count, start, end)
        return ledger.sha256()

    changes = (
        {},
        *({name: 2} for name in ("layer", "step", "core", "count", "start", "end")),
        {"op": "add_int21"},
    )
    assert len({one(**change) for change in changes}) == len(changes)


def test_the_frame_has_the_rows_in_order(ledger):
    frame = ledger.frame()
    assert list(frame.columns) == ["layer", "step", "core", "op", "count", "start", "end"]
    assert list(frame.itertuples(index=False, name=None)) == list(ledger)
    assert str(frame["count"].dtype) == "int64"


def test_many_rows_are_merged_on_the_way_and_stay_exact():
    ledger = Ledger()
    cores = np.arange(1 << 19)
    for _ in range(3):
        ledger.add(0, 0, cores, "add_int20", 1)
    assert ledger.totals() == {"add_int20": 3 << 19}
    assert len(ledger) == 1 << 19
