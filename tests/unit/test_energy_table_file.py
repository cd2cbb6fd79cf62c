"""Energy tables as files: what is wrong with one is said whole, at its line and column, all at once."""

from __future__ import annotations

import hashlib
import os

import pytest

from neurosim.energy.tables.table import Band, OperatingPoint, Widths
from neurosim.errors import DocumentError, PricingError
from neurosim.files.energy_tables.energy_table import list_tables, read_file, read_table, read_tables, table_files
from neurosim.files.workload import read_workload, referenced_files

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


@pytest.mark.parametrize(
    ("rows", "place", "message"),
    [
        (b"op,op.x,bits\nadd,1,8\n", "1:4", "unknown column 'op.x'"),
        (b"op,band,band.low\nadd,1 pJ,1 pJ\n", "1:4", "unknown column 'band'"),
        (b"op,bits,op\nadd,8,add\n", "1:9", "column 'op' is named twice"),
        (b"op,bitz\n", "1:4", "unknown column 'bitz'; did you mean 'bits'?"),
        (b"op,bits,\nadd,8,x\n", "2:7", "'x' is in a column without a name"),
        (b",,\n", "1:1", "names no column; there are: op"),
        (b"op,bits\nadd\n", "2:1", "1 cells; the first line names 2 columns"),
        (b'op,why\n\n# said\nadd,"never closed\n', "4:1", "a quotation mark that is not closed on its line"),
        (b"op,why\nadd,a\x00b\n", "2:6", "character 0x0 is not allowed in a text file"),
        (b"op,why\nadd,\xff\n", "2:5", "byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"op,why\nadd," + b"x" * 140_000, "2:1", "a line of 140,004 characters; wanted at most 100,000"),
        (b"op\n" + b"add\n" * 10_001, "10002:1", "more than 10,000 rows"),
        (b"op\n" + b"\n" * 2**22, "", "holds more than 4 MiB; is this the right file?"),
    ],
)
def test_a_line_that_is_no_row_is_refused_at_its_place(tmp_path, rows, place, message):
    (tmp_path / "rows.csv").write_bytes(rows)
    (tmp_path / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + "entries: rows.csv\n")
    with pytest.raises(DocumentError) as caught:
        read_file(tmp_path / "mylab.yaml")
    where = f"{tmp_path}/rows.csv" + (f":{place}" if place else "")
    assert str(caught.value).startswith(f"{where}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("bits", ["²", "--5", "٣", "9" * 5000, "8.0", "x"])
def test_a_cell_that_is_no_whole_number_is_refused_at_its_place(tmp_path, bits):
    (tmp_path / "rows.csv").write_text(CSV.replace("add,int,8", f"add,int,{bits}"), encoding="utf-8")
    (tmp_path / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + "entries: rows.csv\n")
    with pytest.raises(DocumentError, match=r"rows\.csv:2:9: entries\[0\]\.bits: '.*' is not a whole number"):
        read_file(tmp_path / "mylab.yaml")


def test_the_place_of_a_cell_is_right_behind_quoted_commas(tmp_path):
    rows = 'why,op,format,bits,value,per,source,evidence\n"a, ""b""", add,int,8,0.03 pj,op,mylab2026,published\n'
    (tmp_path / "rows.csv").write_text(rows)
    (tmp_path / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + "entries: rows.csv\n")
    with pytest.raises(DocumentError, match=r"rows\.csv:2:23: entries\[0\]\.value: unknown unit 'pj'"):
        read_file(tmp_path / "mylab.yaml")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ('"\\0"', "entries: control character 0x0 has no place in a text"),
        ("''", "is a folder; wanted a file"),
        ("pips.csv", "no file '{folder}/pips.csv'; did you mean 'pipe.csv'?"),
        ("/dev/zero", "'/dev/zero' is not an ordinary file"),
        ("pipe.csv", "'{folder}/pipe.csv' is not an ordinary file"),
    ],
)
def test_rows_that_are_no_ordinary_file_are_refused_where_they_are_named(tmp_path, named, message):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + f"entries: {named}\n")
    with pytest.raises(DocumentError) as caught:
        read_file(tmp_path / "mylab.yaml")
    assert str(caught.value).startswith(f"{tmp_path}/mylab.yaml:8:10: entries: ")
    assert message.format(folder=tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.03 pJ", "1e300 J", "entries[0].value: 1e300 J is too large"),
        (
            "0.03 pJ",
            "1e290 J",
            "entries[0].value: 1e290 J is out of range; wanted 1e-12 pJ to 1e+15 pJ: is the unit right?",
        ),
        ("0.03 pJ", "1e-320 pJ", "entries[0].value: 1e-320 pJ is out of range"),
        ("0.03 pJ", "nan pJ", "entries[0].value: 'nan pJ' is not a quantity"),
        ("0.03 pJ", "inf pJ", "entries[0].value: 'inf pJ' is not a quantity"),
        ("bits: 8", "bits: 99999999", "entries[0].bits: a width is at most 1,000,000 bits"),
        ("node_nm: 45", "node_nm: -45", "validity.node_nm: -45 is out of range; wanted more than 0"),
        ("vdd_v: null", "vdd_v: 0", "validity.vdd_v: 0 is out of range; wanted more than 0"),
    ],
)
def test_a_number_that_nothing_costs_is_refused(complaint, old, new, message):
    said, _ = complaint(old, new, "schema")
    assert message in said


def test_a_size_of_a_memory_is_whole_bits(complaint):
    row = "op: weight_read, format: bits, bits: 8, size: 0.5 bit"
    said, _ = complaint("op: add, format: int, bits: 8", row, "schema")
    assert "entries[0].size: 0.5 bit is no size of a memory; wanted a whole number of bits, 1 to 2^63" in said


def test_an_aggregate_holds_at_a_real_point_and_prices_one_event(complaint):
    said, _ = complaint("rate_hz: 20.0", "rate_hz: 0", "schema", EVENT_TABLE)
    assert "operating_point.rate_hz: 0 is out of range; wanted more than 0" in said
    said, _ = complaint(EVENT_TABLE[EVENT_TABLE.index("entries:") :], "entries: []\n", "schema", EVENT_TABLE)
    assert "entries: an aggregate table prices one event; it has no entry" in said


def test_the_price_of_another_row_is_charged_as_that_row_is(complaint):
    shared = "level: op\nscope: incremental"
    rows = """\
entries:
  - {op: chip_tick, value: 1 mW, per: s, source: mylab2026, evidence: published}
  - {op: core_busy, same_as: chip_tick, per: tick, source: mylab2026, evidence: published}
"""
    text = TABLE[: TABLE.index("entries:")].replace("level: op", shared) + rows
    said, _ = complaint("My laboratory", "Ours", "schema", text)
    assert "entries[1].same_as: 'chip_tick' has no value here at the same format, bits and size" in said


@pytest.fixture
def below_plus(tmp_path, monkeypatch):
    """A table below a folder whose name holds a plus, and the current folder above it."""
    folder = tmp_path / "proj+v2+x"
    folder.mkdir()
    (folder / "mylab.yaml").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    return folder


def test_a_plus_in_a_path_joins_nothing(below_plus):
    for name in ("proj+v2+x/mylab.yaml", str(below_plus / "mylab.yaml"), "./proj+v2+x/mylab.yaml"):
        assert read_table(name).id == "mylab"
        assert read_table(f"{name}+generic_noc_32b").id == "mylab+generic_noc_32b"
        assert read_table(f"generic_noc_32b+{name}").id == "generic_noc_32b+mylab"
    (below_plus / "our+lab.yaml").write_text(TABLE.replace("id: mylab", "id: our+lab"))
    assert read_table(str(below_plus / "our+lab.yaml")).id == "our+lab"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("proj+v2+x/nosuch.yaml+generic_noc_32b", "no file 'proj+v2+x/nosuch.yaml'"),
        ("/no/such+folder/t.yaml", "no file '/no/such+folder/t.yaml'"),
        ("typo+generic_noc_32b", "unknown energy table 'typo'"),
        ("generic_noc_32b+", "unknown energy table ''"),
        ("+", "unknown energy table ''"),
    ],
)
def test_of_a_join_that_is_not_there_the_part_is_named(below_plus, name, message):
    with pytest.raises(DocumentError) as caught:
        read_table(name)
    assert message in str(caught.value)


def test_a_workload_finds_a_table_below_a_folder_with_a_plus(below_plus):
    (below_plus / "w.yaml").write_text("""\
schema: neurosim/workload/1
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10}
stimulus: {kind: digits, images: 1}
chip: loihi_like
energy: {tables: [./mylab.yaml, ./mylab.yaml+generic_noc_32b]}
""")
    for path in ("proj+v2+x/w.yaml", str(below_plus / "w.yaml")):
        workload = read_workload(path)
        assert [read_table(name).id for name in workload.energy.tables] == ["mylab", "mylab+generic_noc_32b"]
        files = referenced_files(workload)
        assert [file.name for file in files["energy", "tables", 1]][:2] == ["mylab.yaml", "generic_noc_32b.yaml"]
    own = read_workload("proj+v2+x/w.yaml", [f"energy.tables=['{below_plus}/mylab.yaml']"])
    assert read_table(own.energy.tables[0]).id == "mylab"


def test_the_rows_of_a_table_are_a_file_that_a_workload_names(below_plus):
    (below_plus / "rows.csv").write_text(CSV)
    (below_plus / "mylab.yaml").write_text(TABLE[: TABLE.index("entries:")] + "entries: rows.csv\n")
    files = table_files(below_plus / "mylab.yaml")
    assert files == (below_plus / "mylab.yaml", below_plus / "rows.csv")
    assert table_files(below_plus / "nosuch.yaml") == (below_plus / "nosuch.yaml",)


def test_two_tables_that_one_id_means_are_refused(below_plus, tmp_path):
    (tmp_path / "mylab.yaml").write_text(
        TABLE.replace(
            "0.03 pJ, per: op, source: mylab2026, evidence: p", "0.04 pJ, per: op, source: mylab2026, evidence: p"
        )
    )
    with pytest.raises(DocumentError, match="a table 'mylab' is named twice; give one of them another id"):
        read_tables(["mylab.yaml", "proj+v2+x/mylab.yaml"])
    with pytest.raises(DocumentError, match="two tables have the id 'mylab'; give one of them another id"):
        read_tables(["mylab.yaml", "proj+v2+x/mylab.yaml+generic_noc_32b"])
    assert len(read_tables(["mylab.yaml", "mylab.yaml+generic_noc_32b"])) == 2


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
