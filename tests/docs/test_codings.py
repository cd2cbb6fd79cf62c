"""The comparison of neuron models: complete, fair by its file, and its page up to date with what was measured."""

from __future__ import annotations

import pytest

from neurosim.files.workload import read_workload
from neurosim.plugins import known
from studies import codings as build_codings

ROOT = build_codings.DOCS.parent
EXCUSED: dict[str, str] = {}
"""Neuron models that are not compared, and why not."""


def codings(name):
    """Every (name, conversion, schedules) of a workload."""
    workload = read_workload(ROOT / "workloads" / f"codings_{name}.yaml")
    others = [(other.name, other.conversion, other.schedules) for other in workload.compare]
    return [("", workload.conversion, workload.schedules), *others]


@pytest.mark.parametrize("network", build_codings.NETWORKS)
def test_every_neuron_model_is_compared_or_excused(network):
    compared = {conversion.kind for _, conversion, _ in codings(network)}
    assert compared | set(EXCUSED) == set(known("neurosim.neurons")), "add the new model to workloads/codings_*.yaml"
    assert compared.isdisjoint(EXCUSED)


@pytest.mark.parametrize("network", build_codings.NETWORKS)
def test_names_say_the_model_and_its_steps(network):
    for name, conversion, _ in codings(network)[1:]:
        assert name.startswith(conversion.kind)
        assert name.endswith(f" T={conversion.steps}")


@pytest.mark.parametrize("network", build_codings.NETWORKS)
def test_all_have_the_same_weights_chip_mapper_and_prices(network):
    workload = read_workload(ROOT / "workloads" / f"codings_{network}.yaml")
    assert (workload.chip.id, workload.mapping.kind, workload.noc) == ("loihi_like", "spatial", "cycle_accurate")
    assert workload.energy.tables == ("datta2023_45nm_int8+horowitz2014_45nm_memory+generic_noc_32b",)
    assert {conversion.weight_bits for _, conversion, _ in codings(network)} == {8}


@pytest.mark.parametrize("network", build_codings.NETWORKS)
def test_the_page_shows_what_was_measured(network):
    page = build_codings.PAGE.read_text(encoding="utf-8")
    assert build_codings.filled(page, network, build_codings.stored(network)) == page


@pytest.mark.parametrize("network", build_codings.NETWORKS)
def test_what_was_measured_is_the_workload_as_it_is(network):
    wanted = [(conversion.steps, *schedules) for _, conversion, schedules in codings(network)]
    stored = build_codings.stored(network)
    assert [(int(row["steps"]), row["schedule"]) for row in stored] == wanted
    names = [name.rpartition(" T=")[0] for name, _, _ in codings(network)[1:]]
    assert [row["coding"] for row in stored] == ["accumulate_fire", *names]
