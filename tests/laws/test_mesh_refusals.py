"""What the mesh refuses to carry, and in which words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurosim.chip.noc.packets import Traffic, carry
from neurosim.chip.spec import MeshSpec
from neurosim.errors import DocumentError
from tests.reference import mesh_sums


@pytest.mark.parametrize("model", ["cycle_accurate", "unbounded_queues", "lower_bound"])
def test_a_mesh_that_cannot_be_built_is_refused_with_all_its_faults(model):
    mesh = MeshSpec(5000, 4, 2, 0, 4, 2, 2, 0, 2, 2)
    with pytest.raises(DocumentError) as refusal:
        mesh_sums.carry(mesh, Traffic.none(np.zeros(0, np.int64)), model)
    assert str(refusal.value) == (
        "mesh.hop_ew_ticks: 0 is less than 1\nmesh.buffer_depth: 0 is less than 1\nmesh.width: 5,000 is more than 4,096"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"destination": np.array([9, 0], np.int32)}, "a destination is not one of the 4 endpoints"),
        ({"inject_ticks": np.array([5, 4])}, "inject ticks of a source must not decrease"),
        ({"inject_ticks": np.array([-5, 4])}, "ticks must not be negative"),
        ({"first": np.array([0, 2, 2, 2])}, "traffic of 3 endpoints on a mesh of 4"),
        ({"first": np.array([0, 2, 2, 2, 3])}, "first must rise from 0 to the 2 packets"),
        ({"service_ticks": np.zeros(3, np.int64)}, "2 packets need as many inject and service ticks"),
    ],
)
def test_traffic_that_does_not_fit_the_mesh_is_refused(change, message):
    mesh = MeshSpec(2, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    zeros = np.zeros(2, np.int64)
    traffic = Traffic(np.array([0, 2, 2, 2, 2]), np.array([2, 3], np.int32), zeros, zeros, np.zeros(4, np.int64))
    with pytest.raises(ValueError, match=f"^{message}$"):
        carry(mesh, replace(traffic, **change))
