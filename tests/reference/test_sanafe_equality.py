"""SANA-FE, run beside us on the same networks: every count of every step is the same, every energy to 1e-11.

SANA-FE is the extra ``bench``; without it these tests are skipped, and ``test_sanafe_recorded.py`` holds us to the
numbers that it gave.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sanafe = pytest.importorskip("sanafe", reason="SANA-FE is not installed (extra 'bench')")

from benchmarks import sanafe_comparison, sanafe_ours, sanafe_tally, sanafe_theirs  # noqa: E402
from benchmarks.sanafe_networks import SKETCHES, Sketch, Stage, pixels  # noqa: E402

MANY_CORES = Sketch("many cores", (2, 24, 24), (Stage(12, 40, 3, 1), Stage(24, 60, 3, 2), Stage(10, 200)), 6, 3)
TWO_LINEAR = Sketch("two linear", (3, 6, 5), (Stage(40, 60), Stage(30, 90), Stage(7, 90)), 9, 4)
TALL = Sketch("tall", (1, 26, 14), (Stage(5, 30, 4, 3), Stage(8, 50, 2, 1), Stage(3, 50)), 5, 5)


@dataclass(frozen=True)
class Sides:
    ours: dict[str, Any]
    theirs: dict[str, Any]


def written_case(sketch: Sketch, path: Path) -> dict[str, Any]:
    """Simulate our side, write the case for the other, and return our facts."""
    network, spec, placement = sanafe_ours.build(sketch)
    seen = sanafe_ours.simulate(sketch, network, spec, placement, "cycle_accurate")
    counted = sanafe_tally.tally(seen, spec, pixels(sketch)[0])
    np.savez(path, **sanafe_ours.case(seen, counted.input_spikes, placement, spec))
    return counted.facts()


def their_facts(case: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    architecture = sanafe.load_loihi()
    chip = sanafe.SpikingChip(architecture)
    sanafe_theirs.program(chip, architecture, case, description, traced=True)
    result = sanafe_theirs.simulate(chip, description, "simple", traced=True)
    return sanafe_theirs.facts(result, len(description["layers"]))


@pytest.fixture(
    scope="module", params=[SKETCHES["lenet"], MANY_CORES, TWO_LINEAR, TALL], ids=lambda sketch: sketch.name
)
def sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    path = tmp_path_factory.mktemp("sanafe") / "case.npz"
    ours = written_case(request.param, path)
    return Sides(ours, their_facts(*sanafe_theirs.read(path)))


def test_every_count_of_every_step_and_layer_is_the_same(sides: Sides):
    assert {name: sides.ours[name] for name in sanafe_comparison.COUNTS} == {
        name: sides.theirs[name] for name in sanafe_comparison.COUNTS
    }


def test_something_happens_in_every_layer(sides: Sides):
    events = np.array(sides.ours["events"])
    assert (events[:, :-1].sum(axis=0) > 0).all()


def test_the_energy_of_every_step_is_the_same(sides: Sides):
    for group, energies in sides.ours["energy_pj"].items():
        assert energies == pytest.approx(sides.theirs["energy_pj"][group], rel=1e-11, abs=0), group
    assert sides.ours["total_pj"] == pytest.approx(sides.theirs["total_pj"], rel=1e-11, abs=0)


def test_the_comparison_finds_nothing(sides: Sides):
    assert sanafe_comparison.differences(sides.ours, sides.theirs) == []


def test_a_threshold_that_is_off_by_one_is_seen(tmp_path: Path):
    ours = written_case(SKETCHES["lenet"], tmp_path / "case.npz")
    case, description = sanafe_theirs.read(tmp_path / "case.npz")
    description["layers"][1]["threshold"] += 1
    found = sanafe_comparison.differences(ours, their_facts(case, description))
    assert any(line.startswith("spikes, step ") for line in found)


def one_spike(steps: int) -> dict[str, Any]:
    """Nine neurons; one fires each step and drives the other eight, two tiles east and one north, by convolution."""
    architecture = sanafe.load_loihi()
    network = sanafe.Network()
    eager = {"threshold": 0.5, "bias": 1.0, "reset_mode": "hard"}
    quiet = {"threshold": 1e6, "reset_mode": "hard"}
    one = network.create_neuron_group("one", 1, model_attributes=eager, soma_hw_name="loihi_lif")
    eight = network.create_neuron_group(
        "eight",
        8,
        model_attributes=quiet,
        soma_hw_name="loihi_lif",
        default_synapse_hw_name="loihi_conv_synapse",
    )
    one.connect_neurons_dense(eight, {"w": np.ones(8)})
    cores, mesh = architecture.cores(), {"width": 8, "height": 4, "cores_per_tile": 4}
    one[0].map_to_core(cores[sanafe_theirs.their_core(0, mesh)])
    for number in range(8):
        eight[number].map_to_core(cores[sanafe_theirs.their_core(4 * (2 + 8 * 1), mesh)])
    chip = sanafe.SpikingChip(architecture)
    chip.load(network)
    return chip.sim(steps, processing_threads=1, perf_trace=True)


def test_one_spike_costs_what_the_validation_case_says():
    result = one_spike(2)["perf_trace"]
    assert 1e12 * np.array(result["total_energy"]) == pytest.approx([864.9, 1037.7], rel=1e-12)
    assert 1e12 * np.array(result["network_energy"]) == pytest.approx([121.2, 121.2], rel=1e-12)


def test_a_core_of_idle_neurons_costs_what_the_validation_case_says():
    architecture = sanafe.load_loihi()
    network = sanafe.Network()
    idle = network.create_neuron_group("idle", 1024, model_attributes={"threshold": 1.0}, soma_hw_name="loihi_lif")
    core = architecture.cores()[0]
    for number in range(1024):
        idle[number].map_to_core(core)
    chip = sanafe.SpikingChip(architecture)
    chip.load(network)
    assert chip.sim(10, processing_threads=1)["energy"]["total"] == pytest.approx(0.524288e-6, rel=1e-12)
