"""`exact` against the visit-every-router-every-tick oracle, packet by packet."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.chip.noc import cycle_accurate
from tests.reference import mesh_naive
from tests.reference.mesh_random import random_case


def differences(seed: int) -> list[str]:
    mesh, traffic, gap = random_case(seed)
    found = cycle_accurate.carry(mesh, traffic, gap)
    wanted = mesh_naive.carry(mesh, traffic, gap)
    return [
        f"seed {seed}: {name}"
        for name, value in wanted.items()
        if not np.array_equal(np.asarray(getattr(found, name)), np.asarray(value))
    ]


def test_exact_equals_the_oracle_on_300_random_cases():
    assert [difference for seed in range(300) for difference in differences(seed)] == []


@pytest.mark.long
def test_exact_equals_the_oracle_on_3000_more_random_cases():
    assert [difference for seed in range(300, 3300) for difference in differences(seed)] == []


def test_the_random_cases_reach_every_corner():
    cases = [random_case(seed) for seed in range(300)]
    meshes = [mesh for mesh, _, _ in cases]
    assert {mesh.grant_occupies for mesh in meshes} == {"output", "both"}
    assert {mesh.link_ticks for mesh in meshes} == {1, 2, 3}
    assert {mesh.output_depth for mesh in meshes} == {0, 1, 2, 3, 4}
    assert {mesh.cores_per_tile for mesh in meshes} == {1, 2, 3, 4}
    assert {mesh.buffer_depth for mesh in meshes} == {1, 2, 3, 4, 8, 16}
    assert max(int(traffic.service_ticks.max(initial=0)) for _, traffic, _ in cases) == 30
    assert sum(mesh.tiles > 64 for mesh in meshes) > 10
    stalled = [cycle_accurate.carry(*case).stall_ticks.any() for case in cases]
    assert sum(stalled) > 50
    ends = [cycle_accurate.carry(*case).elapsed_ticks for case in cases]
    assert sum(end > 2 * cycle_accurate.PAGE for end in ends) > 20
