"""Scaling logic between nodes, against the published coefficients and their erratum."""

from __future__ import annotations

import pytest

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import UnpricedError, price, unit_prices
from neurosim.energy.tables.scale import CURVES, Scale
from neurosim.energy.tables.table import Table, Validity
from neurosim.errors import DocumentError, PricingError
from neurosim.files.energy_tables.energy_table import read_table


def at(node_nm: float | None, vdd_v: float | None) -> Table:
    return Table("mylab", "", "op", "incremental", Validity(node_nm, vdd_v, None, "mixed"))


def test_the_corrected_worked_example_of_the_erratum():
    assert CURVES[65].at(1.3) == pytest.approx(2.604, abs=5e-4)


@pytest.mark.parametrize(
    ("node_nm", "vdd_v", "factor"),
    [
        (32, 0.9, 0.641),
        (20, 0.8, 0.1814),
        (14, 0.8, 0.1140),
        (14, 0.75, 0.0980),
        (7, 0.7, 0.0566),
        (7, 0.65, 0.0478),
    ],
)
def test_factors_from_45_nm_at_0_9_v(node_nm, vdd_v, factor):
    assert Scale(node_nm, vdd_v).factor(at(45, 0.9)) == pytest.approx(factor, abs=6e-5 if factor < 0.6 else 6e-4)


def test_an_8_bit_add_becomes_2_94_fj_at_14_nm():
    table = read_table("datta2023_45nm_int8")
    policy = Policy(scale=Scale.parse("stillmaker2017:14nm@0.75V", from_vdd="0.9V"))
    add = unit_prices(["add_int8"], table, policy)["add_int8"]
    assert add.pj * 1000 == pytest.approx(2.94, abs=5e-3)
    assert add.origin == "scaled"
    assert add.low_pj / add.pj == pytest.approx(0.4 * 0.6)
    assert add.high_pj / add.pj == pytest.approx(4.0 * 1.6)


def test_the_source_voltage_is_the_tables_own_where_it_states_one():
    scale = Scale(14, 0.75, from_vdd_v=1.1)
    assert scale.factor(at(45, 0.9)) == Scale(14, 0.75).factor(at(45, 0.9))
    assert scale.factor(at(45, None)) == Scale(14, 0.75).factor(at(45, 1.1))


@pytest.mark.parametrize(
    ("table", "scale", "message"),
    [
        (at(45, 0.9), Scale(5, 0.7),
         "45 nm -> 5 nm: 5 nm is outside Stillmaker & Baas 2017 (130 90 65 45 32 20 16 14 10 7 nm)"),
        (at(40, 0.9), Scale(14, 0.7),
         "40 nm -> 14 nm: 40 nm is outside Stillmaker & Baas 2017 (130 90 65 45 32 20 16 14 10 7 nm)"),
        (at(45, None), Scale(14, 0.7),
         "mylab states no supply voltage, and the factor depends on it; give it with --from-vdd"),
        (at(None, 0.9), Scale(14, 0.7), "mylab states no node, so --scale does not know what to scale from"),
        (at(65, 0.58), Scale(14, 0.7), "65 nm at 0.58 V: the fit of Stillmaker & Baas 2017 holds only above 0.586 V, "
         "where it turns upwards again"),
    ],
)  # fmt: skip
def test_what_the_fit_does_not_say_is_refused(table, scale, message):
    with pytest.raises(PricingError) as caught:
        scale.factor(table)
    assert str(caught.value) == message


def test_a_voltage_outside_the_fitted_range_warns():
    table = read_table("horowitz2014_45nm")
    report = price({"add_int8": 1}, table, Policy(scale=Scale(7, 0.65)))
    assert report.warnings == ("7 nm at 0.65 V is outside 0.7-1.1 V, where Stillmaker & Baas 2017 was fitted",)
    assert price({"add_int8": 1}, table, Policy(scale=Scale(7, 0.7))).warnings == ()


def test_memory_is_not_scaled_but_unpriced():
    policy = Policy("memory", scale=Scale(14, 0.75), allow_partial=True)
    report = price({"add_int8": 1, "weight_reload_bits64": 3}, read_table("horowitz2014_45nm"), policy)
    assert [gap.message for gap in report.unpriced] == [
        "3 'weight_reload_bits64' ops have no price in horowitz2014_45nm at 14 nm: --scale moves logic only, "
        "not memory, links, events or static power"
    ]
    with pytest.raises(UnpricedError, match="synaptic_event_conv"):
        price(
            {"synaptic_event_conv": 1},
            read_table("loihi1_davies2018"),
            Policy("memory", scale=Scale(7, 0.75)),
        )


def test_a_scale_is_written_as_method_node_and_voltage():
    assert Scale.parse("stillmaker2017:14nm@0.75V") == Scale(14, 0.75)
    assert Scale.parse("stillmaker2017:14nm@750 mV", "900mV") == Scale(14, 0.75, 0.9)
    assert str(Scale(14, 0.75)) == "stillmaker2017:14nm@0.75V"
    for text, message in (
        ("14nm", "--scale 14nm: wanted a method, a node and a voltage: stillmaker2017:14nm@0.75V"),
        ("moore:14nm@0.75V", "--scale moore:14nm@0.75V: unknown method 'moore'; there is: stillmaker2017"),
        ("stillmaker2017:14nm@0.75", "--scale stillmaker2017:14nm@0.75: 0.75 has no unit; write '0.75 V'"),
    ):
        with pytest.raises(DocumentError) as caught:
            Scale.parse(text)
        assert str(caught.value) == message
