"""`analytic` against the same bound worked out packet by packet, step by step."""

from __future__ import annotations

import numpy as np

from tests.reference import mesh_alone, mesh_sums
from tests.reference.mesh_random import random_case


def test_analytic_equals_the_oracle_on_300_random_cases():
    wrong = []
    for seed in range(300):
        mesh, traffic, _ = random_case(seed)
        found = mesh_sums.carry(mesh, traffic, "lower_bound")
        wanted = mesh_alone.carry(mesh, traffic)
        links = {(tile, direction): n for (tile, direction), n in np.ndenumerate(found.link_packets) if n}
        if links != wanted.pop("links"):
            wrong.append(f"seed {seed}: links")
        for name, value in wanted.items():
            if not np.array_equal(getattr(found, name), value):
                wrong.append(f"seed {seed}: {name}")
    assert wrong == []
