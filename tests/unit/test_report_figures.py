import dataclasses
import subprocess
import sys

import pytest

import neurosim
from neurosim.energy.pricing.policy import Policy
from neurosim.errors import DocumentError
from neurosim.report.data.breakdown import PARTS, energy_by_part, part_of
from neurosim.report.figures import draw, figures_of, write_figures
from neurosim.report.figures.layout import mesh, style
from tests.unit.report_example import (
    CHEAP,
    DEAR,
    FIGURES,
    WITH_MEMORY,
    WITHOUT_COMPARE,
    digits_record,
    make_costs,
    mobilenet_record,
    vgg16_record,
)

WIDTHS = (style.ONE_COLUMN, style.TWO_COLUMNS)


@pytest.fixture(scope="module")
def record():
    return digits_record()


@pytest.fixture(scope="module")
def costs(record):
    return make_costs(record, CHEAP, DEAR)


def texts_of(figure):
    figure.canvas.draw()
    shown = [text.get_text() for axes in figure.axes for text in (axes.xaxis.label, axes.yaxis.label, axes.title)]
    shown += [axes.get_title(loc="left") for axes in figure.axes]
    return "\n".join(shown)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("make", [digits_record, vgg16_record, mobilenet_record])
def test_a_figure_fits_a_page_and_everything_written_lies_inside_it(make, name):
    record = make()
    figure, data = draw(name, record, make_costs(record, CHEAP, DEAR))
    width, height = figure.get_size_inches()
    assert len(data) > 0
    assert width <= style.TWO_COLUMNS + 1e-9
    assert height <= style.TALLEST
    box = figure.get_tightbbox()
    assert box.x0 >= -0.02
    assert box.y0 >= -0.02
    assert box.x1 <= width + 0.02
    assert box.y1 <= height + 0.02


def test_the_same_run_gives_the_same_bytes(record, costs, tmp_path):
    first = write_figures(tmp_path / "one", record, costs, FIGURES)
    second = write_figures(tmp_path / "two", record, costs, FIGURES)
    assert [path.name for path in first] == [f"{name}.{kind}" for name in FIGURES for kind in ("pdf", "png", "csv")]
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_a_pdf_embeds_its_type_and_carries_no_date(record, costs, tmp_path):
    path = write_figures(tmp_path, record, costs, ["latency_by_schedule"])[0]
    content = path.read_bytes()
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"CreationDate" not in content


@pytest.mark.parametrize("name", ["energy_by_layer", "energy_against_baselines", "tornado"])
def test_an_axis_of_energies_says_its_scope(name, record):
    costs = make_costs(record, WITH_MEMORY, scope="memory")
    assert "compute + memory" in texts_of(draw(name, record, costs)[0])


@pytest.mark.parametrize("name", ["energy_by_layer", "energy_against_baselines", "tornado"])
def test_a_partial_sum_is_drawn_as_one(name, record):
    costs = make_costs(record, WITHOUT_COMPARE, allow_partial=True)
    assert "PARTIAL, 1 ops unpriced; compute only" in texts_of(draw(name, record, costs)[0])


def test_the_data_of_energy_by_layer_add_up_to_the_energy(record, costs):
    _, data = draw("energy_by_layer", record, costs)
    for table, report in costs.results[0].items():
        assert data[data["table"] == table]["energy_pj"].sum() == pytest.approx(report.pj, rel=1e-12)


def test_schedules_that_cost_the_same_stand_once_beside_the_baselines(record, costs):
    _, data = draw("energy_against_baselines", record, costs)
    designs = data[data["table"] == "example_int8"]["design"].tolist()
    assert designs == ["SNN accumulate_fire T=4", "ann_dense", "ann_50", "ann_measured", "bit_serial", "qnn_iso"]


def test_the_data_of_a_design_that_is_not_priced_in_full_have_no_energy(record):
    _, data = draw("energy_against_baselines", record, make_costs(record, WITHOUT_COMPARE, allow_partial=True))
    assert data.set_index("design")["energy_pj"].isna().to_dict()["SNN accumulate_fire T=4"]


def test_the_parts_of_a_latency_add_up_in_the_data(record):
    _, data = draw("latency_by_schedule", record, make_costs(record, CHEAP))
    parts = [f"{part}_ticks" for part in ("host", "compute", "mesh", "barrier", "reload")]
    assert data[parts].sum(axis=1).tolist() == data["latency_ticks"].tolist() == [1318, 611]


def test_layers_that_never_fire_have_no_activity_to_draw(record, costs):
    _, data = draw("activity", record, costs)
    assert list(dict.fromkeys(data["name"])) == ["conv1", "conv2", "dense1"]


def test_layers_of_one_name_have_a_row_and_a_bar_each(record, costs):
    first = record.results[0]
    layers = tuple(dataclasses.replace(layer, name="conv") for layer in first.layers)
    alike = dataclasses.replace(record, results=(dataclasses.replace(first, layers=layers), *record.results[1:]))
    rows, bars = (draw(name, alike, costs)[0].axes for name in ("activity", "energy_by_layer"))
    assert [label.get_text() for label in rows[0].get_yticklabels()] == ["conv"] * 3
    assert [label.get_text() for label in bars[-1].get_xticklabels()] == ["conv"] * 4


def test_cores_and_links_are_drawn_with_their_places(record, costs):
    _, cores = draw("core_utilisation", record, costs)
    assert cores[["core", "tile_x", "tile_y", "slot", "layers"]].iloc[2].tolist() == [2, 1, 0, 0, "conv2"]
    _, links = draw("link_load", record, costs)
    assert len(links) == len(record.results[0].link_use)


def mixed(record, together):
    """The same cores with their layers mixed up, those of ``together`` on each."""
    use = record.results[0].core_use
    layers = [use[7 * place % len(use)].layers for place in range(len(use))]
    held = [tuple(sorted(set().union(*layers[place : place + together]))) for place in range(len(use))]
    moved = tuple(dataclasses.replace(core, layers=some) for core, some in zip(use, held, strict=True))
    return dataclasses.replace(record, results=(dataclasses.replace(record.results[0], core_use=moved),))


@pytest.mark.parametrize("together", [0, 1, 2])
@pytest.mark.parametrize("make", [digits_record, vgg16_record, mobilenet_record])
def test_what_is_written_on_cores_never_touches_and_its_numbers_are_explained(make, together):
    record = mixed(make(), together) if together else make()
    figure, _ = draw("core_utilisation", record, None)
    figure.canvas.draw()
    labels, key = figure.axes[0].texts, figure.texts
    boxes = [text.get_window_extent() for text in (*labels, *key)]
    assert len(labels) > 0
    assert not any(one.overlaps(other) for number, one in enumerate(boxes) for other in boxes[:number])
    names = {layer.name for layer in record.results[0].layers}
    written = {part for label in labels for part in label.get_text().replace("+", " ").split()}
    assert {text.get_text().split()[0] for text in key} == written - names
    assert {text.get_text().split()[1] for text in key} <= names


def test_a_layer_is_named_in_the_middle_of_its_largest_rectangle():
    from neurosim.report.figures.core_utilisation import _labels
    from neurosim.report.figures.layout.regions import Rectangle, rectangles, regions

    held = {(column, 0): (1,) for column in range(5)} | {(column, 1): (1,) for column in range(2)}
    held |= {(column, 1): (2, 3) for column in range(2, 5)} | {(9, 9): (1,)}
    found = {frozenset(cells): layers for layers, cells in regions(held)}
    assert sorted((layers, len(cells)) for cells, layers in found.items()) == [((1,), 1), ((1,), 7), ((2, 3), 3)]
    large = next(cells for cells in found if len(cells) == 7)
    assert rectangles(set(large)) == {Rectangle(0, 0, 5, 1), Rectangle(0, 0, 2, 2)}
    chip = dataclasses.replace(digits_record().chip, width=10, height=10, cores_per_tile=1)
    labels = _labels(chip, held, {1: "one", 2: "two", 3: "three"}, tile_inches=1.0)
    assert sorted((label.text, round(label.x, 9), round(label.y, 9)) for label in labels) == [
        ("one", 2.5, 0.5),
        ("one", 9.5, 9.5),
        ("two + three", 3.5, 1.5),
    ]


def test_borders_run_half_way_between_cores_of_different_layers():
    from neurosim.report.figures.layout.regions import borders

    assert borders({(0, 0): (1,), (0, 1): (2,), (0, 2): (2,)}, 1) == [[(0.0, 1.0), (1.0, 1.0)]]
    assert borders({(0, 0): (1,), (1, 0): (2,), (2, 0): (2,)}, 1) == [[(1.0, 1.0), (1.0, 0.0)]]
    four_a_tile = borders({(0, 0): (1,), (1, 0): (2,), (0, 1): (2,), (1, 1): (2,), (2, 1): (3,)}, 4)
    assert four_a_tile == [[(0.5, 0.5), (0.5, 0.0)], [(0.0, 0.5), (0.5, 0.5)], [(1.0, 1.0), (1.0, 0.5)]]


def test_a_key_that_is_too_long_says_where_its_rest_is():
    from neurosim.report.figures.core_utilisation import MOST_ROWS, LegendKey

    key = LegendKey(range(200), {}, 1.0)
    assert (key.rows, len(key.lines), key.lines[-1]) == (MOST_ROWS, 3 * MOST_ROWS, "...  layers.csv")
    assert LegendKey([], {}, 1.0).height == 0.0


def test_links_point_at_the_neighbour_that_their_direction_names():
    from neurosim.report.figures.link_load import _arrow

    for way, (right, up) in {"E": (1, 0), "W": (-1, 0), "N": (0, 1), "S": (0, -1)}.items():
        tip_x, tip_y = _arrow(4, 7, way)[3]
        assert (round(tip_x - 4.5), round(tip_y - 7.5)) == (right, up)


def test_a_chip_on_which_nothing_happened_can_be_drawn(record, costs):
    still = dataclasses.replace(
        record.results[0],
        link_use=(),
        core_use=tuple(dataclasses.replace(use, busy=0, stalled=0, waiting=0) for use in record.results[0].core_use),
        layers=tuple(dataclasses.replace(layer, spikes_by_step=(0.0,) * 4) for layer in record.results[0].layers),
    )
    quiet = dataclasses.replace(record, results=(still, *record.results[1:]))
    for name in ("link_load", "core_utilisation", "activity"):
        figure, _ = draw(name, quiet, costs)
        figure.canvas.draw()


def test_prices_are_sorted_by_how_far_they_move_the_energy(record, costs):
    _, data = draw("tornado", record, costs)
    swings = data[data["table"] == "example_int8"]["swing_pj"].tolist()
    assert swings == sorted(swings, reverse=True)


@pytest.fixture(scope="module")
def spiked():
    """A run of which it is known what its spikes caused."""
    return neurosim.simulate("digits", set={"stimulus.images": 2, "compare": []})


def test_break_even_is_where_the_line_through_the_run_meets_a_baseline(spiked):
    figure, data = draw("break_even", spiked.record, spiked.costs)
    assert data[["table", "baseline"]].to_numpy().tolist() == [
        [table, design]
        for table in ("datta2023_45nm_int8", "datta2023_45nm_int32")
        for design in ("ann_dense", "ann_50", "ann_measured")
    ]
    assert [text.get_text() for text in figure.texts] == [f"{table}, compute only" for table in data["table"].unique()]
    for row in data.itertuples():
        report = spiked.costs.results[0][row.table]
        here = row.snn_fixed_pj + row.spikes_per_neuron * row.snn_per_activity_pj
        assert here == pytest.approx(report.pj, rel=1e-6)  # counts that a spike adds are whole
        met = row.snn_fixed_pj + row.break_even * row.snn_per_activity_pj
        assert met == pytest.approx(spiked.costs.baseline_reports[row.baseline][row.table]["compute"].pj, rel=1e-12)


def test_break_even_is_said_in_words_with_its_band(spiked):
    figure, data = draw("break_even", spiked.record, spiked.costs)
    dense = data.iloc[0]
    lines = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert lines[0] == f"this run: {dense.spikes_per_neuron:.2f} spikes per neuron"
    band = f"{dense.break_even_low:.2f} to {dense.break_even_high:.3g}"
    assert lines[1] == f"ANN, dense: break-even at {dense.break_even:.2f} ({band})"
    assert lines[-1] == "above 4, one spike per time step: impossible"


def test_break_even_comes_with_the_others_where_it_is_known(spiked, record, costs):
    assert figures_of(spiked.record, spiked.costs) == (*FIGURES, "break_even")
    assert figures_of(record, costs) == FIGURES  # no additions of synapses were counted
    memory = spiked.price("datta2023_45nm_int8+horowitz2014_45nm_memory", policy=Policy.named("memory", sram="loglog"))
    with pytest.raises(DocumentError) as refused:
        draw("break_even", memory.record, memory.costs)
    assert str(refused.value) == (
        "figure break_even: needs the scope compute, unit energies for all of its operations, and a neuron model in "
        "which every spike costs one addition for each synapse and one reset"
    )


def test_cores_of_a_tile_fill_it_without_overlap():
    chip = digits_record().chip
    for cores, places in ((1, 1), (2, 2), (3, 3), (4, 4), (128, 128)):
        crowded = dataclasses.replace(chip, cores_per_tile=cores)
        boxes = [mesh.core_box(crowded, 1, 2, slot) for slot in range(cores)]
        assert len({(box.x, box.y) for box in boxes}) == places
        for box in boxes:
            assert 1 + mesh.GAP / 2 - 1e-9 <= box.x <= box.x + box.width <= 2 - mesh.GAP / 2 + 1e-9
            assert 2 + mesh.GAP / 2 - 1e-9 <= box.y <= box.y + box.height <= 3 - mesh.GAP / 2 + 1e-9


def test_every_part_has_a_colour_and_every_priced_operation_a_part():
    from neurosim.ledger import vocabulary

    assert set(PARTS) == set(style.PART_COLORS)
    assert {part_of(name) for name in vocabulary.known() if name not in vocabulary.NEVER_PRICED} == set(PARTS)


def test_energies_of_one_part_are_summed_over_widths_and_operations():
    energies = {"hop_ew_bits32": 1.0, "add_int20": 2.0, "hop_ns_bits32": 4.0, "add_int8": 8.0}
    assert energy_by_part(energies) == {"add": 10.0, "NoC": 5.0}


def test_a_figure_that_there_is_not_is_refused_with_the_nearest_name(record, costs, tmp_path):
    with pytest.raises(DocumentError) as refused:
        write_figures(tmp_path, record, costs, ["activity", "torndo"])
    assert str(refused.value) == "unknown figure 'torndo'; did you mean 'tornado'?"
    assert list(tmp_path.iterdir()) == []


def test_naming_the_figures_and_printing_a_summary_import_no_matplotlib():
    modules = "sys, neurosim.report.figures, neurosim.report.terminal.run_summary"
    code = f"import {modules}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


MINE = '''
class SpikesOnly:
    """Spikes of the layers."""

    kind = "spikes_only"

    def draw(self, record, costs):
        from pandas import DataFrame

        from neurosim.report.figures.layout import style

        spikes = [sum(layer.spikes_by_step) for layer in record.results[0].layers]
        return style.sheet(2, 1), DataFrame({"spikes": spikes})
'''


def test_a_file_of_the_users_is_a_figure(record, costs, tmp_path):
    file = tmp_path / "spikes_only.py"
    file.write_text(MINE)
    paths = write_figures(tmp_path / "drawn", record, costs, [str(file)])
    assert [path.name for path in paths] == ["spikes_only.pdf", "spikes_only.png", "spikes_only.csv"]
