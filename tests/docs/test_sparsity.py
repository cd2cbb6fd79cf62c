"""The trade-off of accuracy and spikes: its points, what is read from them, and its page as the stored rows say."""

from __future__ import annotations

import pytest

from studies.sparsity import measure as build_sparsity
from studies.sparsity import points as sparsity_points

SWEPT = [name for name in build_sparsity.NETWORKS if (build_sparsity.KEPT / f"{name}.csv").exists()]


def row(steps, coefficient, seed, correct, spikes):
    """A row of 100 images, its times and energies alike."""
    alike = dict.fromkeys(("latency_ticks", "compute_pj", "memory_pj", "noc_pj"), spikes * 10)
    named = {"steps": steps, "coefficient": coefficient, "seed": seed, "images": 100, "correct": correct}
    return named | {"spikes_per_neuron": spikes} | alike


def test_a_point_is_the_mean_over_its_seeds():
    (point,) = sparsity_points.curves([row(4, 0, 1, 98, 0.75), row(4, 0, 2, 95, 0.25)])[4]
    assert (point.steps, point.coefficient, point.seeds) == (4, 0, 2)
    assert (point.accuracy, point.spikes_per_neuron, point.latency_ticks) == (0.965, 0.5, 5)


def test_a_curve_ends_where_not_all_seeds_went_on():
    rows = [row(4, 0, 1, 98, 1), row(4, 0, 2, 98, 1), row(4, 0.1, 1, 97, 0.5)]
    assert [point.coefficient for point in sparsity_points.curves(rows)[4]] == [0]


def test_curves_rise_in_t_and_coefficient_whatever_the_order_of_rows():
    rows = [row(8, 0.1, 1, 97, 0.5), row(2, 0, 1, 98, 1), row(8, 0, 1, 98, 1)]
    found = sparsity_points.curves(rows)
    assert [(steps, [point.coefficient for point in curve]) for steps, curve in found.items()] == [
        (2, [0]),
        (8, [0, 0.1]),
    ]


@pytest.mark.parametrize(("loss", "coefficient"), [(0.0, 0), (0.01, 0.1), (0.029, 0.1), (0.03, 0.2), (1, 0.4)])
def test_the_sparsest_point_within_a_loss_counts_images_not_rounded_shares(loss, coefficient):
    rows = [row(4, 0, 1, 98, 1), row(4, 0.1, 1, 97, 0.5), row(4, 0.2, 1, 95, 0.25), row(4, 0.4, 1, 60, 0.125)]
    assert sparsity_points.sparsest(sparsity_points.curves(rows)[4], loss).coefficient == coefficient


def test_stored_rows_are_read_as_they_were_written_in_order(tmp_path):
    later, first = row(4, 0.1, 1, 97, 0.5), row(2, 0, 1, 98, 1)
    sparsity_points.write(tmp_path / "kept" / "x.csv", [later, first])
    read = sparsity_points.read(tmp_path / "kept" / "x.csv")
    assert read == [{name: str(value) for name, value in own.items()} for own in (first, later)]
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["x.csv"]


def test_a_network_that_was_never_swept_has_no_rows(tmp_path):
    assert sparsity_points.read(tmp_path / "x.csv") == []


@pytest.mark.parametrize("name", SWEPT)
def test_the_page_shows_what_was_measured(name):
    page = build_sparsity.PAGE.read_text(encoding="utf-8")
    found = sparsity_points.curves(sparsity_points.read(build_sparsity.KEPT / f"{name}.csv"))
    assert build_sparsity.filled(page, f"{name}: claim", build_sparsity.claim(found)) == page
    assert build_sparsity.filled(page, f"{name}: points", build_sparsity.all_points(found)) == page


@pytest.mark.parametrize("name", SWEPT)
def test_what_ran_on_the_chip_were_the_integers_that_were_measured(name):
    rows = sparsity_points.read(build_sparsity.KEPT / f"{name}.csv")
    assert {row["mismatches"] for row in rows} == {"0"}
    assert all(0 < int(row["correct"]) <= int(row["images"]) for row in rows)


@pytest.mark.parametrize("name", SWEPT)
def test_what_is_stored_is_what_the_sweep_would_train(name):
    pytest.importorskip("torch", reason="the sweep trains with PyTorch, which is not installed")
    from studies.sparsity import sweep as sparsity_sweep

    sweep = sparsity_sweep.SWEEPS[name]
    for steps, coefficient, seed in map(sparsity_points.key, sparsity_points.read(build_sparsity.KEPT / f"{name}.csv")):
        assert coefficient in sweep.coefficients[steps]
        assert seed in sweep.seeds
