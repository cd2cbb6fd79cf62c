"""What SANA-FE 2.2.9 counted for our LeNet-like network, written down: the same holds of us where it is not installed.

Recorded with ``benchmarks/sanafe_theirs.py --tally`` on its bundled Loihi. All its prices are whole tenths of a pJ, so
its energies are rounded to that, which takes its own rounding errors away and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks import sanafe_comparison, sanafe_ours, sanafe_tally
from benchmarks.sanafe_networks import SKETCHES, pixels

COLUMNS = ("spikes", "events", "messages", "east_west", "updated", "soma", "synapse", "network")  # energies in pJ
RECORDED = (
    (0, 0, 0, 0, 0, 68_300.8, 0.0, 0.0),
    (173, 4_824, 162, 0, 0, 68_300.8, 115_776.0, 17_982.0),
    (177, 5_060, 166, 0, 864, 87_309.7, 121_440.0, 18_426.0),
    (356, 11_668, 330, 0, 1_008, 94_647.4, 280_032.0, 36_630.0),
    (281, 11_008, 242, 0, 1_120, 107_323.0, 264_192.0, 26_862.0),
    (443, 14_664, 413, 0, 1_098, 96_522.1, 372_636.0, 45_843.0),
    (261, 11_296, 221, 0, 1_240, 111_924.7, 279_384.0, 24_531.0),
    (387, 15_164, 360, 0, 1_100, 96_010.9, 430_176.0, 39_960.0),
    (383, 14_852, 340, 4, 1_219, 109_253.5, 368_592.0, 37_752.0),
    (444, 18_884, 408, 1, 1_324, 109_719.7, 509_382.0, 45_291.0),
    (194, 11_788, 173, 10, 1_324, 109_303.9, 349_152.0, 19_233.0),
    (567, 20_664, 533, 15, 1_254, 100_376.8, 560_106.0, 59_208.0),
    (392, 18_420, 340, 28, 1_324, 123_163.9, 480_858.0, 37_824.0),
    (295, 14_672, 278, 5, 1_074, 98_706.4, 458_388.0, 30_873.0),
    (358, 13_060, 327, 29, 1_298, 104_584.3, 350_424.0, 36_384.0),
    (571, 19_634, 516, 2, 1_334, 111_945.4, 499_253.0, 57_282.0),
    (283, 15_418, 244, 5, 1_334, 116_727.1, 426_267.0, 27_099.0),
    (76, 8_326, 76, 19, 1_090, 97_111.6, 295_573.0, 8_493.0),
    (37, 2_072, 37, 23, 1_034, 93_199.3, 73_556.0, 4_176.0),
    (17, 170, 17, 0, 1_011, 91_316.5, 6_035.0, 1_887.0),
    (0, 0, 0, 0, 994, 89_771.2, 0.0, 0.0),
)


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    sketch = SKETCHES["lenet"]
    network, spec, placement = sanafe_ours.build(sketch)
    seen = sanafe_ours.simulate(sketch, network, spec, placement, "cycle_accurate")
    return sanafe_tally.tally(seen, spec, pixels(sketch)[0]).facts()


@pytest.mark.parametrize("name", ["spikes", "events", "messages", "east_west"])
def test_counts_are_those_of_sana_fe(name: str, ours: dict[str, Any]):
    assert np.sum(ours[name], axis=1).tolist() == [row[COLUMNS.index(name)] for row in RECORDED]


def test_as_many_neurons_are_active_as_in_sana_fe(ours: dict[str, Any]):
    assert ours["updated"] == [row[COLUMNS.index("updated")] for row in RECORDED]


@pytest.mark.parametrize("group", ["soma", "synapse", "network"])
def test_energies_are_those_of_sana_fe(group: str, ours: dict[str, Any]):
    assert ours["energy_pj"][group] == pytest.approx([row[COLUMNS.index(group)] for row in RECORDED], rel=1e-11, abs=0)


def test_visits_outside_our_schedule_are_few_and_named(ours: dict[str, Any]):
    neurons, layers = [864, 256, 120, 84, 10], range(2, 7)
    fill = sum(count * (layer - 1) for count, layer in zip(neurons, layers, strict=True))
    drain = sum(count * (6 - layer) for count, layer in zip(neurons, layers, strict=True))
    assert ours["fill_and_drain_visits"] == fill + drain == 6670


def test_a_difference_is_reported_with_its_place(ours: dict[str, Any]):
    spoilt = {**ours, "messages": [list(row) for row in ours["messages"]], "updated": ours["updated"][:-1]}
    spoilt["messages"][3][1] += 1
    spoilt["energy_pj"] = {
        **ours["energy_pj"],
        "soma": [2 * ours["energy_pj"]["soma"][0], *ours["energy_pj"]["soma"][1:]],
    }
    there, pj = ours["messages"][3][1], ours["energy_pj"]["soma"][0]
    assert sanafe_comparison.differences(spoilt, ours) == [
        f"messages, step 4, layer 1: {there + 1:,} here, {there:,} there",
        "neurons updated: (20,) here, (21,) there",
        f"energy of the soma, step 1: {2 * pj!r} pJ here, {pj!r} pJ there",
    ]
