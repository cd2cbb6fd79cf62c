"""`infinite` against the packet-by-packet SimPy oracle, packet by packet."""

from __future__ import annotations

import numpy as np

from neurosim.chip.noc import unbounded_queues
from tests.reference import mesh_simpy
from tests.reference.mesh_random import random_case


def test_infinite_equals_the_oracle_on_300_random_cases():
    wrong = []
    for seed in range(300):
        mesh, traffic, _ = random_case(seed)
        found = unbounded_queues.carry(mesh, traffic)
        for name, value in mesh_simpy.carry(mesh, traffic).items():
            if not np.array_equal(np.asarray(getattr(found, name)), np.asarray(value)):
                wrong.append(f"seed {seed}: {name}")
    assert wrong == []
