"""The figure of accuracy, energy and latency: what is compared with what, and when it is drawn."""

from __future__ import annotations

import dataclasses

import pytest

from neurosim.ledger.record import Accuracy, Duration
from neurosim.report.figures import draw, figures_of, pareto
from neurosim.report.figures.layout import style
from tests.unit.report_example import CHEAP, DEAR, FIGURES, digits_record, make_costs, mobilenet_record

CODINGS = (("dense T=1", 1, 60, 100), ("dense T=4", 4, 90, 400), ("late T=4", 4, 90, 900), ("if_soft, any", 8, 80, 50))
"""Name, T, right answers of 100, latency in ticks; the counts, and with them the energies, are all the same."""


def coded(codings=CODINGS, judged=True):
    """A record with a result for each of ``codings``."""
    record = digits_record()
    results = tuple(
        dataclasses.replace(
            record.results[0],
            name=name,
            conversion=dataclasses.replace(record.results[0].conversion, kind=name.split(",")[0], steps=steps),
            accuracy=Accuracy(100, right) if judged else None,
            latency=Duration(ticks, ticks * 1e-9),
        )
        for name, steps, right, ticks in codings
    )
    return dataclasses.replace(
        record,
        results=results,
        ledgers=(record.ledgers[0],) * len(results),
        placements=(record.placements[0],) * len(results),
    )


def drawn(record):
    return draw("pareto", record, make_costs(record, CHEAP, DEAR))


def test_a_result_is_named_by_what_stands_before_its_steps_or_by_its_model():
    assert [pareto.series(result) for result in coded().results] == ["dense", "dense", "late", "if_soft"]


def test_the_best_are_those_that_no_other_one_beats_in_all_three():
    _, data = drawn(coded())
    first = data[data["table"] == data["table"].iloc[0]]
    assert first["best"].tolist() == [False, True, False, True]
    assert first["accuracy"].tolist() == [0.6, 0.9, 0.9, 0.8]


def test_equals_do_not_beat_each_other():
    _, data = drawn(coded([("a T=1", 1, 90, 100), ("b T=2", 2, 90, 100), ("c T=3", 3, 89, 100)]))
    assert data["best"].tolist()[:3] == [True, True, False]


def test_without_labels_nobody_is_best_and_energy_stands_over_latency():
    figure, data = drawn(coded(judged=False))
    assert not data["best"].any()
    assert data["accuracy"].isna().all()
    assert [axes.get_xlabel() for axes in figure.axes] == ["latency of one image (ns)"]
    assert figure.axes[0].get_ylabel().startswith("energy per image, ")


def test_labelled_results_are_shown_over_energy_and_over_latency():
    figure, data = drawn(coded())
    assert [axes.get_ylabel() for axes in figure.axes] == ["error rate (%)"] * 2
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [["1", "4", "4", "8"]] * 2
    assert len(data) == 2 * len(CODINGS)


@pytest.mark.parametrize("judged", [True, False])
def test_it_fits_a_page_and_everything_written_lies_inside_it(judged):
    many = [(f"a_coding_with_name_{place} T={place + 1}", place + 1, 50 + place, 100 + place) for place in range(16)]
    figure, _ = drawn(coded(many, judged))
    width, height = figure.get_size_inches()
    assert width <= style.TWO_COLUMNS + 1e-9
    box = figure.get_tightbbox()
    assert box.x0 >= -0.02
    assert box.y0 >= -0.02
    assert box.x1 <= width + 0.02
    assert box.y1 <= height + 0.02


def test_a_run_without_a_single_full_price_is_drawn_empty():
    record = coded()
    partial = make_costs(record, CHEAP, DEAR, scope="static", allow_partial=True)
    figure, data = draw("pareto", record, partial)
    figure.canvas.draw()
    assert data["energy_pj"].isna().all()
    assert not data["best"].any()


def test_it_comes_with_all_figures_where_there_are_several_codings_and_only_there():
    for record, more in ((coded(CODINGS[:2]), ()), (coded(CODINGS), ("pareto",))):
        assert figures_of(record, make_costs(record, CHEAP, DEAR)) == (*FIGURES, *more)


def test_two_schedules_of_one_conversion_are_not_several_codings():
    assert not pareto.suits(mobilenet_record())
    assert not pareto.suits(coded([CODINGS[0]] * 5))
    assert pareto.suits(coded())
