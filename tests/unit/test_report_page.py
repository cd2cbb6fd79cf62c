import base64
import dataclasses
import re
from itertools import pairwise

import pytest

from neurosim.energy.pricing.energy_caveats import BOARD, SYNTHETIC
from neurosim.energy.tables.table import Source
from neurosim.ledger.record import Lossless
from neurosim.report import figures
from neurosim.report.data.caveats import Caveat, caveats
from neurosim.report.data.summary import summary
from neurosim.report.html.page import page, write_page
from tests.reference import page_reader
from tests.unit.report_example import (
    CHEAP,
    DEAR,
    FIGURES,
    WITH_MEMORY,
    WITHOUT_COMPARE,
    digits_record,
    make_costs,
    vgg16_record,
)

HOSTILE = "<script>alert('x')</script>&\"'"
MANIFEST = {
    "schema": "neurosim/manifest/1",
    "run_id": "0badcafe",
    "workload": "digits",
    "neurosim_version": "0.1.0",
    "model_version": 1,
    "seed": 7,
    "created": "2026-01-02T03:04:05+00:00",
    "inputs": {"name": "digits", "network": {"weights": [{"file": "w.npz", "sha256": "f" * 64}]}},
    "packages": {"numpy": "2.0.0", "numba": "0.61.0"},
    "host": {"python": "3.11.7", "system": "Linux", "machine": "x86_64", "processor": "CPU", "cores": 2},
    "wall": {"build_s": 0.25, "total_s": 4.5, "peak_rss_mb": 205.9},
}


@pytest.fixture(autouse=True)
def _one_figure(monkeypatch):
    """Pages hold one figure only, as drawing is most of their time."""
    monkeypatch.setattr("neurosim.report.figures.figures_of", lambda record, costs: ("activity",))


def made(record, *tables, manifest=MANIFEST, **options):
    return page_reader.read(page(record, make_costs(record, *tables, **options), manifest))


@pytest.fixture(scope="module")
def tree():
    """The page of the small record with all its figures."""
    return made(digits_record(), CHEAP, DEAR)


def section(tree, anchor):
    return next(node for node in tree.all("section") if node.attributes.get("id") == anchor)


def test_a_page_is_well_formed_with_one_title_and_headings_in_steps_of_one(tree):
    assert [node.name for node in tree.inside if isinstance(node, page_reader.Node)] == ["html"]
    assert [node.text for node in tree.all("h1")] == ["digits_cnn_example"]
    assert next(tree.all("title")).text == "digits_cnn_example, run 0badcafe: neurosim"
    levels = [int(node.name[1]) for node in tree.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(later - level <= 1 for level, later in pairwise(levels))
    assert next(tree.all("html")).attributes == {"lang": "en"}


def test_a_page_needs_no_other_file_and_no_script(tree):
    assert list(tree.all("script", "iframe", "object", "embed", "form", "base")) == []
    for node in tree.all():
        assert not [name for name in node.attributes if name.startswith("on")]
        for name in ("src", "srcset", "poster"):
            assert node.attributes.get(name, "data:").startswith("data:")
    assert [node.attributes["href"] for node in tree.all("link")] == ["data:,"]
    style = "".join(node.inside[0] for node in tree.all("style"))
    assert "url(" not in style
    assert "@import" not in style


def test_every_anchor_is_there_once_and_every_link_to_one_leads_somewhere(tree):
    anchors = [node.attributes["id"] for node in tree.all() if "id" in node.attributes]
    assert len(anchors) == len(set(anchors))
    wanted = {node.attributes["href"][1:] for node in tree.all("a") if node.attributes["href"].startswith("#")}
    assert wanted
    assert wanted <= set(anchors)


def test_tables_have_captions_and_heads_with_scopes_and_rows_of_one_length(tree):
    tables = list(tree.all("table"))
    assert len(tables) == 1 + 2 + 2 + 2
    for table in tables:
        assert next(table.all("caption")).text
        assert all(node.attributes.get("scope") in ("col", "row") for node in table.all("th"))
        assert len({len(list(row.all("th", "td"))) for row in table.all("tr")}) == 1


def test_a_figure_has_an_alternative_text_a_caption_and_its_data(tree):
    shown = {node.attributes["id"].removeprefix("figure-"): node for node in tree.all("figure")}
    assert list(shown) == list(FIGURES)
    figure = shown["activity"]
    image = next(figure.all("img"))
    assert image.attributes["alt"] == (
        "Activity of layer by layer. Spikes per neuron in each layer and time step, and their sums over all time "
        "steps. Its numbers are in activity.csv."
    )
    assert image.attributes["src"].startswith("data:image/svg+xml;base64,")
    drawing = base64.b64decode(image.attributes["src"].partition(",")[2])
    assert drawing.startswith(b"<?xml")
    assert b"<dc:date>" not in drawing
    link = next(figure.all("a"))
    assert link.attributes["download"] == "activity.csv"
    record = digits_record()
    _, data = figures.draw("activity", record, make_costs(record, CHEAP))
    assert base64.b64decode(link.attributes["href"].partition(",")[2]).decode() == data.to_csv(index=False)


def test_every_figure_has_a_caption():
    assert {*FIGURES, "break_even", "pareto"} == set(figures.names())
    for name in figures.names():
        figure = figures.figure_of(name)
        assert figure.kind == name
        assert figure.title
        assert figure.caption.endswith(".")


@pytest.mark.parametrize("scope", ["compute", "memory"])
def test_every_number_is_the_one_that_stands_at_its_place_in_the_summary(scope):
    record = digits_record()
    costs = make_costs(record, WITH_MEMORY, scope=scope)
    stored = summary(record, costs, MANIFEST["wall"])
    numbers = list(page_reader.shown(page_reader.read(page(record, costs, MANIFEST))))
    assert len(numbers) > 120
    for place, value in numbers:
        assert value == page_reader.found_in(stored, place), place


def test_a_page_shows_what_was_run_and_how_each_result_did(tree):
    run = section(tree, "run").text
    assert "size 5 layers, 1,610 neurons, 116,352 synapses, 38,160 weights" in run
    assert "seed 7" in run
    first = section(tree, "result-0").text
    assert "latency 1.318 kcycles, 1.318 µs" in first
    assert "energy 3.203 nJ, compute only 1.28 nJ to 12.8 nJ by example_int8" in first
    assert "equivalence 0 of 12,900 neuron-timestep pairs differ from the quantised network" in first
    assert "accuracy 2 of 2 images, 100.0 %" in first
    assert "Time of one image: 1.318 kcycles host port 19.4 % compute 19.9 % barriers 60.7 %" in first
    assert "accuracy no labels" in section(tree, "result-1").text


def test_bars_of_a_column_are_shares_of_its_largest(tree):
    table = next(node for node in section(tree, "result-0").all("table"))
    bars = [node.attributes["style"] for node in table.all("td") if "time" in node.attributes.get("class", "")]
    ticks = [layer.ticks for layer in digits_record().results[0].layers]
    assert bars == [f"--share:{100 * own / max(ticks):.1f}%" for own in ticks]


def test_whatever_a_name_holds_it_stays_text():
    record = digits_record()
    record = dataclasses.replace(
        record,
        workload=HOSTILE,
        notices=(HOSTILE,),
        network=dataclasses.replace(record.network, name=HOSTILE),
        stimulus=dataclasses.replace(record.stimulus, description=HOSTILE),
        chip=dataclasses.replace(record.chip, title=HOSTILE, id=HOSTILE, notes=(HOSTILE,)),
        results=tuple(
            dataclasses.replace(
                result,
                name=HOSTILE,
                layers=tuple(dataclasses.replace(own, name=f"{HOSTILE}{own.number}") for own in result.layers),
            )
            for result in record.results
        ),
    )
    table = dataclasses.replace(
        CHEAP, id="a/b~<i>", title=HOSTILE, notes=(HOSTILE,),
        sources={"example": Source(HOSTILE, HOSTILE, "none", "javascript:alert(1)")},
    )  # fmt: skip
    hostile = {**MANIFEST, "created": HOSTILE, "packages": {HOSTILE: HOSTILE}, "inputs": {HOSTILE: HOSTILE}}
    found = made(record, table, manifest=hostile)
    assert list(found.all("script", "i")) == [node for node in found.all("i") if node.attributes]
    assert not [node for node in found.all("a") if node.attributes["href"].startswith("javascript")]
    assert next(found.all("h1")).text == HOSTILE
    stored = summary(record, make_costs(record, table), MANIFEST["wall"])
    assert all(value == page_reader.found_in(stored, place) for place, value in page_reader.shown(found))


def test_synthetic_weights_are_loud_and_trained_ones_are_not(tree):
    banner = next(node for node in made(vgg16_record(), CHEAP).all("p") if node.attributes.get("class") == "banner")
    assert banner.text == f"Synthetic weights. T{SYNTHETIC[1:]}."
    assert banner.attributes["role"] == "note"
    assert "synthetic" not in tree.text.lower()


def test_a_partial_sum_is_never_called_an_energy():
    found = made(digits_record(), WITHOUT_COMPARE, allow_partial=True)
    assert "Energy PARTIAL PARTIAL: 1 ops unpriced: compare_int20; 3.01 nJ priced (compute only)" in found.text
    for table in found.all("table"):
        heads = [node.text for node in next(table.all("thead")).all("th")]
        assert "energy, compute" not in heads
    assert "PARTIAL, compute" in [node.text for node in found.all("th")]


def test_mismatches_are_marked():
    record = digits_record()
    broken = dataclasses.replace(record.results[0], lossless=Lossless(12900, 3, 0, 0, 0, 0))
    found = made(dataclasses.replace(record, results=(broken, *record.results[1:])), CHEAP)
    assert "Equivalence mismatches 3 of 12,900 neuron-timestep pairs differ from the quantised network" in found.text
    assert "wrong" in [node.attributes.get("class") for node in found.all("span")]


def test_prices_stand_with_their_sources_and_one_without_a_public_source_is_loud(tree):
    prices = section(tree, "prices")
    rows = [[cell.text for cell in row.all("th", "td")] for row in next(prices.all("table")).all("tr")]
    assert rows[0] == ["operation", "unit energy", "band", "evidence", "origin", "source"]
    assert [
        "compare_int20",
        "0.03 pJ",
        "0.012 pJ to 0.12 pJ",
        "in-house (unpublished)",
        "nominal width",
        "[example]",
    ] in rows
    assert "[example] Example 2026, Table 1; not checked" in prices.text


def test_what_has_to_be_read_is_read_once_and_says_of_which_table():
    record = dataclasses.replace(digits_record(), notices=("a notice",))
    lines = caveats(record, make_costs(record, CHEAP, DEAR))
    assert len({line.text for line in lines}) == len(lines)
    assert Caveat(BOARD, ()) in lines
    assert {line.tables for line in lines} == {(), ("example_int8",), ("example_int32",)}
    assert lines[-1] == Caveat("a notice", ())
    assert BOARD in section(made(record, CHEAP, DEAR), "caveats").text


def test_the_manifest_tells_versions_machine_and_times(tree):
    manifest = section(tree, "manifest")
    assert "neurosim 0.1.0, model version 1" in manifest.text
    assert "host CPU, 2 cores, Linux x86_64, Python 3.11.7" in manifest.text
    assert "packages numpy 2.0.0, numba 0.61.0" in manifest.text
    assert "wall time building the chip 250 ms, total 4.5 s" in manifest.text
    assert "peak memory 206 MB" in manifest.text
    assert '"sha256": "' + "f" * 64 in next(manifest.all("pre")).text


def test_the_same_run_gives_the_same_bytes(tmp_path):
    record = digits_record()
    costs = make_costs(record, CHEAP)
    for name in ("one.html", "two.html"):
        write_page(tmp_path / name, record, costs, MANIFEST)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.html", "two.html"]


def test_it_has_a_dark_a_narrow_and_a_printed_form():
    text = page(digits_record(), make_costs(digits_record(), CHEAP), MANIFEST)
    assert re.findall(r"@media \((prefers-color-scheme: dark|max-width: 40rem)\)|@media (print)", text) == [
        ("prefers-color-scheme: dark", ""),
        ("max-width: 40rem", ""),
        ("", "print"),
    ]
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
