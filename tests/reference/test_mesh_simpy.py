"""`infinite` against the packet-by-packet SimPy oracle, packet by packet."""

from __future__ import annotations

import mesh_simpy
import numpy as np
from mesh_random import random_case

from neurosim.chip import mesh_infinite


def test_infinite_equals_the_oracle_on_300_random_cases():
    wrong = []
    for seed in range(300):
        mesh, traffic, _ = random_case(seed)
        found = mesh_infinite.carry(mesh, traffic)
        for name, value in mesh_simpy.carry(mesh, traffic).items():
            if not np.array_equal(np.asarray(getattr(found, name)), np.asarray(value)):
                wrong.append(f"seed {seed}: {name}")
    assert wrong == []
