"""Quantities in and out."""

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import units

SUFFIX = {"energy": "J", "power": "W", "voltage": "V", "time": "s", "size": "bit"}


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("0.03 pJ", "pJ", 0.03),
        ("0.03pJ", "pJ", 0.03),
        ("1.3 nJ", "pJ", 1300.0),
        ("5.94 µJ", "pJ", 5_940_000.0),
        ("5.94 \N{GREEK SMALL LETTER MU}J", "pJ", 5_940_000.0),
        ("1e-12 J", "pJ", 1.0),
        ("128 KiB", "bit", 1_048_576.0),
        ("0.75 V", "V", 0.75),
        ("750 mV", "V", 0.75),
        ("3.5 ns", "ns", 3.5),
        ("104.4 mW", "W", 0.1044),
        (" 2 MiB ", "KiB", 2048.0),
    ],
)
def test_a_quantity_is_read_exactly(text, unit, value):
    assert units.parse(text, unit) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-0.03 pJ", "-0.03 pJ is negative; an energy is >= 0"),
        (0.03, "0.03 has no unit; write '0.03 pJ'"),
        ("0.03", "0.03 has no unit; write '0.03 pJ'"),
        ("0.03 pj", "unknown unit 'pj'; did you mean 'pJ'?"),
        ("0.03 kWh", "unknown unit 'kWh'"),
        ("0.03 mW", "0.03 mW is a power; 'per: op' needs an energy (J, mJ, uJ, nJ, pJ, fJ)"),
        ("1 KiB", "1 KiB is a size; 'per: op' needs an energy (J, mJ, uJ, nJ, pJ, fJ)"),
        ("pJ 3", "'pJ 3' is not a quantity; write a number and a unit, such as '1 pJ'"),
        ("3 4 pJ", "'3 4 pJ' is not a quantity; write a number and a unit, such as '1 pJ'"),
        ("1e9999 J", "1e9999 J is too large"),
        ("", "'' is not a quantity; write a number and a unit, such as '1 pJ'"),
        (None, "wanted an energy such as '1 pJ'"),
        (True, "wanted an energy such as '1 pJ'"),
    ],
)
def test_what_is_no_energy_is_refused_in_words(text, message):
    with pytest.raises(units.UnitError) as error:
        units.parse(text, "pJ", needed_by="'per: op'")
    assert str(error.value) == message


@given(
    number=st.decimals(min_value=0, max_value=10**9, places=6),
    source=st.sampled_from(sorted(units.UNITS)),
    data=st.data(),
)
def test_units_convert_as_pint_converts_them(number, source, data):
    alike = [name for name, unit in units.UNITS.items() if unit.dimension == units.UNITS[source].dimension]
    target = data.draw(st.sampled_from(alike))
    registry = pint.get_application_registry()
    expected = registry.Quantity(float(number), source).to(target).magnitude
    assert units.parse(f"{number} {source}", target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (59.28e6, "pJ", "59.28 µJ"),
        (0.03, "pJ", "30 fJ"),
        (999_999.9, "pJ", "1 µJ"),
        (999_940.0, "pJ", "999.9 nJ"),
        (0, "pJ", "0 pJ"),
        (3.5, "ns", "3.5 ns"),
        (2**20, "bit", "128 KiB"),
        (12_345, "J", "12,345 J"),
        (1e-5, "fJ", "0.00001 fJ"),
        (0.1044, "W", "104.4 mW"),
        (-59.28e6, "pJ", "-59.28 µJ"),
    ],
)
def test_a_quantity_is_written_in_the_unit_that_suits_it(value, unit, text):
    assert units.format_quantity(value, unit) == text


def test_counts_have_thousands_separators_prefixes_or_percent():
    assert units.format_count(1200) == "1,200"
    assert units.format_scaled(860_000, "cycles") == "860 kcycles"
    assert units.format_scaled(999_999, "cycles") == "1 Mcycles"
    assert units.format_scaled(12, "cycles") == "12 cycles"
    assert units.format_share(0.1453) == "14.5 %"
    assert units.format_ratio(12.8571) == "12.86x"
    assert units.format_in(0.03, "pJ") == "0.03 pJ"


@given(st.floats(min_value=1e-3, max_value=1e12), st.sampled_from(sorted(units.UNITS)))
def test_what_is_written_reads_back_to_four_digits(value, unit):
    text = units.format_quantity(value, unit).replace(",", "")
    assert units.parse(text, unit) == pytest.approx(value, rel=5.1e-4)


@pytest.mark.parametrize(("number", "text"), [(0, "0 cores"), (1, "1 core"), (2, "2 cores"), (1200, "1,200 cores")])
def test_one_thing_is_singular(number, text):
    assert units.plural(number, "core") == text


def test_matches_end_otherwise():
    assert [units.plural(number, "mismatch") for number in (1, 2)] == ["1 mismatch", "2 mismatches"]
