"""What holds for every ledger, table and policy."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.energy.analysis.ratio import ratio
from neurosim.energy.analysis.sensitivity import tornado
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price, unpriced
from neurosim.energy.tables.scale import Scale
from neurosim.energy.tables.scopes import GROUPS, SCOPES
from neurosim.files.energy_tables.energy_table import list_tables, read_table
from neurosim.ledger import vocabulary
from neurosim.ledger.ledger import Ledger

TABLES = {name: read_table(name) for name in list_tables()}
SIZE = 32 * 8 * 1024
CONDITIONS = {
    "memory_bits": {name: SIZE for name, op in vocabulary.known().items() if op.group == "memory"},
    "tick_s": 1e-9,
}
WIDTH = {"int": 8, "bits": 64}
NAMES = [
    operation.named(operation.formats[0], WIDTH[operation.formats[0]]) if operation.needs_width else name
    for name, operation in vocabulary.known().items()
]

keys = st.tuples(st.integers(-1, 3), st.integers(0, 3), st.integers(-1, 5), st.sampled_from(NAMES))
rows = st.lists(st.tuples(keys, st.integers(0, 2**40)), max_size=40)
tables = st.sampled_from(sorted(TABLES))


def filled(entries) -> Ledger:
    ledger = Ledger()
    for (layer, step, core, op), count in entries:
        ledger.add(layer, step, core, op, count)
    return ledger


def partial(scope) -> Policy:
    return Policy(scope, allow_partial=True)


WHOLE = partial("static")


@given(rows, st.permutations(range(40)), tables)
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_no_bit(entries, order, name):
    shuffled = [entries[place] for place in order if place < len(entries)]
    one, other = filled(entries), filled(shuffled)
    assert one.sha256() == other.sha256()
    assert (
        price(one, TABLES[name], WHOLE, **CONDITIONS).to_json()
        == price(other, TABLES[name], WHOLE, **CONDITIONS).to_json()
    )


@given(rows, rows, tables)
@settings(max_examples=60, deadline=None)
def test_pricing_is_additive(one, other, name):
    table = TABLES[name]
    together = price(filled(one) + filled(other), table, WHOLE, **CONDITIONS)
    apart = [price(filled(entries), table, WHOLE, **CONDITIONS) for entries in (one, other)]
    assert isclose(together.partial_pj, sum(part.partial_pj for part in apart), rel_tol=1e-12)
    for charge in together.charges:
        assert charge.count == sum(own.count for part in apart for own in part.charges if own.op == charge.op)


@given(rows, st.integers(1, 1000), tables)
@settings(max_examples=60, deadline=None)
def test_pricing_is_proportional(entries, times, name):
    ledger = filled(entries)
    one = price(ledger, TABLES[name], WHOLE, **CONDITIONS)
    many = price(ledger.scaled(times), TABLES[name], WHOLE, **CONDITIONS)
    assert isclose(many.partial_pj, times * one.partial_pj, rel_tol=1e-12)
    assert isclose(
        price(ledger.scaled(times), TABLES[name], WHOLE, images=times, **CONDITIONS).partial_pj,
        one.partial_pj,
        rel_tol=1e-12,
    )
    assert [gap.op for gap in many.unpriced] == [gap.op for gap in one.unpriced]


@given(rows, tables)
@settings(max_examples=60, deadline=None)
def test_layers_cores_and_operations_are_three_ways_to_cut_one_energy(entries, name):
    report = price(filled(entries), TABLES[name], WHOLE, by_core=True, **CONDITIONS)
    for cut in (report.by_op, report.by_layer, report.by_core):
        assert isclose(sum(cut.values()), report.partial_pj, rel_tol=1e-12, abs_tol=1e-300)
    assert isclose(sum(report.evidence.values()), 1.0) or not report.partial_pj


@given(rows, tables)
@settings(max_examples=60, deadline=None)
def test_bands_contain_the_energy_and_the_swings_add_up_to_them(entries, name):
    report = price(filled(entries), TABLES[name], WHOLE, **CONDITIONS)
    low = sum(charge.count * charge.price.low_pj for charge in report.charges)
    high = sum(charge.count * charge.price.high_pj for charge in report.charges)
    assert low <= report.partial_pj * (1 + 1e-12)
    assert report.partial_pj <= high * (1 + 1e-12)
    swings = sum(bar.swing_pj for bar in tornado(report))
    assert isclose(swings, high - low, rel_tol=1e-9, abs_tol=1e-6 * (high + 1e-300))


@given(rows)
@settings(max_examples=40, deadline=None)
def test_a_wider_scope_never_costs_less_and_never_forgets(entries):
    ledger, table = filled(entries), TABLES["horowitz2014_45nm"]
    before = None
    for scope in SCOPES:
        report = price(ledger, table, partial(scope), **CONDITIONS)
        seen = {*report.by_op, *(gap.op for gap in report.unpriced), *report.included, *report.outside_scope}
        if before is not None:
            assert before.partial_pj <= report.partial_pj
            assert set(before.by_op) <= set(report.by_op)
        before = report
        groups = {vocabulary.need(op).group for op in report.by_op}
        assert groups <= GROUPS[scope]
    own = {op for op in ledger.totals() if vocabulary.need(op).level != "event"}
    assert own <= seen or not any(vocabulary.need(op).level == "op" for op in own)


@given(rows)
@settings(max_examples=60, deadline=None)
def test_every_counted_operation_is_priced_inside_unpriced_outside_or_another_view(entries):
    """Nothing that was counted goes missing without a word."""
    for name, table in TABLES.items():
        ledger = filled(entries)
        report = price(ledger, table, WHOLE, **CONDITIONS)
        said = {*report.by_op, *report.included, *report.ignored, *report.outside_scope}
        said |= {gap.op for gap in report.unpriced}
        viewed = {op for one, other in vocabulary.VIEWS for op in one + other}
        for op in set(ledger.totals()) - said:
            operation = vocabulary.need(op)
            other_level = operation.level not in (table.level, "shared")
            assert other_level or op in vocabulary.NEVER_PRICED or operation.name in viewed, (name, op)


@given(rows, st.sampled_from(["datta2023_45nm_int8", "horowitz2014_45nm", "aladdin_40nm"]))
@settings(max_examples=40, deadline=None)
def test_a_join_costs_what_its_parts_cost_where_both_price_everything(entries, name):
    ledger = filled(entries)
    policy = partial("noc")
    joined = price(ledger, read_table(f"{name}+generic_noc_32b"), policy, **CONDITIONS)
    parts = [price(ledger, TABLES[part], policy, **CONDITIONS) for part in (name, "generic_noc_32b")]
    assert joined.by_op == {**parts[0].by_op, **parts[1].by_op}
    assert {gap.op for gap in joined.unpriced} <= {gap.op for part in parts for gap in part.unpriced}


@given(rows)
@settings(max_examples=40, deadline=None)
def test_a_join_does_not_depend_on_the_order_of_its_parts(entries):
    ledger = filled(entries)
    one, other = (
        price(ledger, read_table(name), partial("noc"), **CONDITIONS)
        for name in ("datta2023_45nm_int8+generic_noc_32b", "generic_noc_32b+datta2023_45nm_int8")
    )
    assert (one.partial_pj, one.by_layer, one.included) == (other.partial_pj, other.by_layer, other.included)


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_a_shared_band_is_never_wider_than_one_of_two_independent_ones(one, other):
    table = TABLES["datta2023_45nm_int32"]
    above, below = (price(filled(entries), table, partial("compute")) for entries in (one, other))
    found = ratio(above, below)
    if found is None:
        assert above.unpriced or below.unpriced or not below.partial_pj
        return
    assert found.low <= found.value * (1 + 1e-12)
    assert found.value <= found.high * (1 + 1e-12)
    assert above.low_pj / below.high_pj <= found.low * (1 + 1e-12)
    assert found.high <= above.high_pj / below.low_pj * (1 + 1e-12)


@given(st.integers(1, 64), st.integers(1, 64))
@settings(max_examples=60, deadline=None)
def test_a_wider_operation_never_costs_less_by_the_power_law(one, other):
    table = read_table("datta2023_45nm_int8+datta2023_45nm_int32")
    policy = Policy(widths="powerlaw")
    narrow, wide = sorted((one, other))
    for op in ("add", "multiply", "shift", "compare", "reset"):
        least, most = (price({f"{op}_int{bits}": 1}, table, policy).pj for bits in (narrow, wide))
        assert least <= most * (1 + 1e-12)


@given(st.integers(8, 1024), st.integers(8, 1024))
@settings(max_examples=60, deadline=None)
def test_a_larger_memory_never_costs_less_between_the_stated_sizes(one, other):
    table, policy = TABLES["horowitz2014_45nm"], Policy("memory", sram="loglog")
    small, large = sorted((one, other))
    least, most = (
        price({"weight_read_bits64": 1}, table, policy, memory_bits={"weight_read": kib * 8192}).pj
        for kib in (small, large)
    )
    assert least <= most * (1 + 1e-12)


@given(st.floats(0.7, 1.1), st.floats(0.7, 1.1), st.sampled_from([65, 45, 32, 20, 16, 14, 10, 7]))
@settings(max_examples=60, deadline=None)
def test_a_higher_voltage_never_costs_less(one, other, node_nm):
    table = TABLES["horowitz2014_45nm"]
    low, high = sorted((one, other))
    assert Scale(node_nm, low).factor(table) <= Scale(node_nm, high).factor(table) * (1 + 1e-12)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_a_table_is_asked_for_alone_it_answers_alone(name):
    """An operation's price does not depend on what else was counted."""
    table = TABLES[name]
    report = price(dict.fromkeys(NAMES, 1), table, WHOLE, **CONDITIONS)
    for charge in report.charges:
        assert price({charge.op: 7}, table, WHOLE, **CONDITIONS).by_op == {charge.op: 7 * charge.price.pj}
    missing = {gap.op for gap in report.unpriced}
    assert missing == set(unpriced(NAMES, table, WHOLE, **CONDITIONS))
