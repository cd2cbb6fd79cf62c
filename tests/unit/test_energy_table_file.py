"""Energy tables as files: what is wrong with one is said whole, at its line and column, all at once."""

from __future__ import annotations

import hashlib

import pytest

from neurosim.energy.table import Band, OperatingPoint, Widths
from neurosim.errors import DocumentError, PricingError
from neurosim.files.table import list_tables, read_file, read_table

TABLE = """\
schema: neurosim/energy-table/1
id: mylab
title: My laboratory
level: op
validity: {node_nm: 45, vdd_v: null, temp_c: null, basis: mixed}
sources:
  mylab2026: {cite: We, doi: 10.1/x, where: Table 1, checked_against: primary}
entries:
  - {op: add, format: int, bits: 8, value: 0.03 pJ, per: op, source: mylab2026, evidence: published}
  - {op: compare, format: int, bits: 8, value: 0.03 pJ, per: op, source: mylab2026, evidence: inhouse,
     band: {low: 0.012 pJ, high: 0.12 pJ, from: spread of sources}}
"""
LAST_ENTRY = "{op: add, format: int, bits: 8, value: 0.03 pJ, per: op, source: mylab2026, evidence: inhouse"
EVENT_TABLE = """\
schema: neurosim/energy-table/1
id: mylab
title: My laboratory
level: event
scope: aggregate
validity: {node_nm: 28, vdd_v: 0.8, temp_c: 25, basis: measured}
operating_point: {rate_hz: 20.0, fan_out: 128.0}
sources:
  mylab2026: {cite: We, arxiv: '2601.00001', where: Table 1, checked_against: primary}
entries:
  - {op: synaptic_event_*, value: 26 pJ, per: event, source: mylab2026, evidence: measured}
"""


@pytest.fixture
def complaint(tmp_path):
    """Return what is said about a table in which one text is replaced, and where another one stands in it."""

    def complain(old: str, new: str, at: str, text: str = TABLE) -> tuple[str, str]:
        assert text.count(old) >= 1
        changed = text.replace(old, new, 1)
        path = tmp_path / "mylab.yaml"
        path.write_text(changed)
        with pytest.raises(DocumentError) as caught:
            read_file(path)
        before = changed[: changed.index(at)]
        where = f"{path}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        return str(caught.value), where

    return complain


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("0.03 pJ", "-0.03 pJ", "-0.03", "entries[0].value: -0.03 pJ is negative; an energy is >= 0"),
        ("0.03 pJ", "0.03", "0.03,", "entries[0].value: 0.03 has no unit; write '0.03 pJ'"),
        ("0.03 pJ", "0.03 pj", "0.03", "entries[0].value: unknown unit 'pj'; did you mean 'pJ'?"),
        (
            "0.03 pJ",
            "0.03 mW",
            "0.03",
            "entries[0].value: 0.03 mW is a power; 'per: op' needs an energy (J, mJ, uJ, nJ, pJ, fJ)",
        ),
        ("op: add", "op: compere", "compere", "entries[0].op: unknown operation 'compere'; did you mean 'compare'?"),
        ("op: compare", "op: add", LAST_ENTRY,
         "entries[1]: add_int8 is priced twice (first at line 9)"),
        ("source: mylab2026", "source: mylab26", "mylab26,",
         "entries[0].source: 'mylab26' is not in sources; did you mean 'mylab2026'?"),
        (", source: mylab2026", "", "{op: add", "entries[0]: has no source; every number says where it comes from"),
        ("doi: 10.1/x, ", "", "mylab2026:",
         "sources.mylab2026: needs doi, arxiv or url, and 'where' (table, figure or page)"),
        ("where: Table 1, ", "", "mylab2026:",
         "sources.mylab2026: needs doi, arxiv or url, and 'where' (table, figure or page)"),
        ("low: 0.012", "low: 0.05", "{low",
         "entries[1].band: low 0.05 pJ is above the value 0.03 pJ; low <= value <= high"),
        ("high: 0.12", "high: 0.02", "{low",
         "entries[1].band: high 0.02 pJ is below the value 0.03 pJ; low <= value <= high"),
        (", from: spread of sources", "", "{low", "entries[1].band: has no 'from'; say where the band comes from"),
        ("vdd_v: null, ", "", "validity", 'validity.vdd_v: missing; write a voltage, or null for "not stated"'),
        ("title", "id", "id: My", "id: key given twice (first at line 2)"),
        ("id: mylab", "id: hers", "hers",
         "id: 'hers' is not the name of the file; write 'mylab', or rename the file"),
        ("evidence: published", "evidence: assumed", "{op: add",
         "entries[0]: is assumed and has no 'why'; say why"),
        ("evidence: published", "evidence: derived", "{op: add",
         "entries[0]: is derived and has no 'derivation'; say how"),
        ("0.03 pJ", "0 pJ", "{op: add", "entries[0]: costs 0 and has no 'why'; say why it is free"),
        ("value: 0.03 pJ", "same_as: multiply", "multiply",
         "entries[0].same_as: 'multiply' has no value here at the same format, bits and size"),
        ("value: 0.03 pJ, ", "", "{op: add", "entries[0]: needs a 'value' or a 'same_as', and only one of them"),
        ("per: op", "per: s", "s, source",
         "entries[0].per: 'add' is not charged per s; wanted op, access, bit, event or packet"),
        ("format: int", "format: bits", "bits, bits", "entries[0].format: 'add' has no bits format; wanted int or fp"),
        ("bits: 8", "bits: 8, size: 8 KiB", "8 KiB", "entries[0].size: 'add' works on no memory, so it has no size"),
        ("op: add", "op: spike_out", "spike_out",
         "entries[0].op: 'spike_out' is an event; a table with 'level: op' prices operations (add, weight_read, ...)"),
        ("evidence: published", "evidense: published", "evidense",
         "entries[0].evidense: unknown key; did you mean 'evidence'?"),
        ("level: op", "level: ops", "ops", "level: 'ops' is not one of op, event; did you mean 'op'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_at_its_place(complaint, old, new, at, message):
    said, where = complaint(old, new, at)
    assert f"{where}: {message}" in said.splitlines()


def test_an_operation_has_no_place_in_a_table_of_events(complaint):
    said, where = complaint("level: op", "level: event", "add,")
    assert said.splitlines()[0] == (
        f"{where}: entries[0].op: 'add' is an operation; a table with 'level: event' prices events "
        "(synaptic_event_dense, neuron_update_active, ...)"
    )


def test_an_aggregate_prices_one_event_and_nothing_else(complaint):
    more = "\n  - {op: hop_ew, value: 3 pJ, per: packet, source: mylab2026, evidence: measured}\n"
    said, where = complaint("evidence: measured}\n", "evidence: measured}" + more, "{op: hop_ew", EVENT_TABLE)
    assert said == (
        f"{where}: entries[1]: an aggregate table prices one event and nothing else; 'hop_ew' is already inside it"
    )


def test_an_aggregate_says_where_it_was_measured(complaint):
    said, _ = complaint("operating_point: {rate_hz: 20.0, fan_out: 128.0}\n", "", "schema", EVENT_TABLE)
    assert said.endswith(
        "operating_point: missing; an aggregate figure holds at the rate, fan-out and voltage it was measured at"
    )


def test_all_problems_are_said_at_once(complaint):
    said, _ = complaint("value: 0.03 pJ, per: op, source: mylab2026", "value: 0.03, per: op, source: her", "schema")
    assert [line.split(": ", 1)[1] for line in said.splitlines()] == [
        "entries[0].value: 0.03 has no unit; write '0.03 pJ'",
        "entries[0].source: 'her' is not in sources",
    ]


def test_a_table_is_read_in_picojoules_with_its_bands_and_its_hash(tmp_path):
    path = tmp_path / "mylab.yaml"
    path.write_text(TABLE)
    table = read_file(path)
    assert [(entry.name, entry.pj, entry.evidence) for entry in table.entries] == [
        ("add_int8", 0.03, "published"),
        ("compare_int8", 0.03, "inhouse"),
    ]
    assert table.entries[1].band == Band(0.012, 0.12, "spread of sources")
    assert table.widths == Widths("exact", 0, "")
    assert table.sources["mylab2026"].link == "https://doi.org/10.1/x"
    assert table.sha256 == hashlib.sha256(TABLE.encode()).hexdigest()


def test_one_row_may_price_the_three_events_of_a_spike(tmp_path):
    path = tmp_path / "mylab.yaml"
    path.write_text(EVENT_TABLE)
    table = read_file(path)
    assert [entry.op for entry in table.entries] == [
        "synaptic_event_dense", "synaptic_event_sparse", "synaptic_event_conv",
    ]  # fmt: skip
    assert {entry.covers for entry in table.entries} == {("compute", "memory")}
    assert table.operating_point == OperatingPoint(rate_hz=20.0, fan_out=128.0)
    assert table.smallest_scope == "static"


CSV = """\
op,format,bits,value,per,source,evidence,band.low,band.high,band.from
add,int,8,0.03 pJ,op,mylab2026,published,,,
compare,int,8,0.03 pJ,op,mylab2026,inhouse,0.012 pJ,0.12 pJ,spread of sources
"""


def test_a_csv_twin_holds_the_same_entries(tmp_path):
    (tmp_path / "mylab.yaml").write_text(TABLE)
    entries = read_file(tmp_path / "mylab.yaml").entries
    (tmp_path / "rows.csv").write_text(CSV)
    (tmp_path / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + "entries: rows.csv\n")
    assert read_file(tmp_path / "mylab.yaml").entries == entries


def test_a_problem_in_a_csv_twin_is_said_at_its_cell(tmp_path):
    (tmp_path / "rows.csv").write_text(CSV.replace("compare", "compere"))
    (tmp_path / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + "entries: rows.csv\n")
    with pytest.raises(DocumentError) as caught:
        read_file(tmp_path / "mylab.yaml")
    assert str(caught.value) == (
        f"{tmp_path}/rows.csv:3:1: entries[1].op: unknown operation 'compere'; did you mean 'compare'?"
    )


def test_every_shipped_table_is_readable_and_every_number_in_it_has_a_source():
    names = list_tables()
    assert len(names) >= 13
    for name in names:
        table = read_table(name)
        assert table.id == name
        assert all(entry.source in table.sources for entry in table.entries)


@pytest.mark.parametrize("device", ["loihi2", "Loihi-2", "akida", "akida_1000", "dynap-se"])
def test_a_device_without_published_energies_is_refused_with_the_reason(device):
    with pytest.raises(DocumentError) as caught:
        read_table(device)
    assert str(caught.value) == (f'{device}: no per-operation energies are published; see the documentation, "Tables"')


def test_a_device_whose_sources_conflict_is_refused_with_the_reason():
    with pytest.raises(DocumentError) as caught:
        read_table("spinnaker1")
    assert str(caught.value) == (
        "spinnaker1: published energies differ by 300 x (13.3 nJ and 45 pJ per synaptic event); "
        'see the documentation, "Tables"'
    )


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(DocumentError, match="unknown energy table 'horowitz2014'; did you mean 'horowitz2014_45nm'\\?"):
        read_table("horowitz2014")


def test_a_join_is_never_an_override():
    with pytest.raises(PricingError) as caught:
        read_table("datta2023_45nm_int8+horowitz2014_45nm")
    assert str(caught.value) == (
        "datta2023_45nm_int8+horowitz2014_45nm: both price add_int8; a join is never an override"
    )
    with pytest.raises(PricingError, match="both price hop_ew"):
        read_table("generic_noc_32b+loihi1_davies2018")


def test_what_a_table_holds_to_be_inside_its_events_is_not_priced_again():
    with pytest.raises(PricingError) as caught:
        read_table("truenorth_incremental+generic_noc_32b")
    assert str(caught.value) == (
        "truenorth_incremental+generic_noc_32b: both price hop_ew; a join is never an override"
    )


def test_tables_of_two_levels_do_not_join_unless_one_prices_shared_rows_only():
    with pytest.raises(PricingError) as caught:
        read_table("datta2023_45nm_int8+loihi1_davies2018")
    assert str(caught.value) == (
        "datta2023_45nm_int8+loihi1_davies2018: datta2023_45nm_int8 prices operations and loihi1_davies2018 prices "
        "events; together they would charge the same work twice"
    )
    assert read_table("generic_noc_32b+datta2023_45nm_int8").level == "op"
    assert read_table("loihi1_board2020+loihi1_davies2018").level == "event"
    with pytest.raises(PricingError, match="odin_aggregate is an aggregate and already contains everything else"):
        read_table("odin_aggregate+loihi1_board2020")


def test_a_join_says_in_what_its_parts_differ():
    assert read_table("loihi1_davies2018+loihi1_board2020").notices == (
        "the joined tables differ in supply voltage: loihi1_davies2018 0.75 V, loihi1_board2020 not stated",
        "the joined tables differ in basis: loihi1_davies2018 simulated, loihi1_board2020 measured",
    )
    assert read_table("datta2023_45nm_int8+datta2023_45nm_int32").notices == ()
