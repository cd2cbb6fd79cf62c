"""The same ticks in every thread and process."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from neurosim.chip.noc.packets import NocModel, Traffic
from neurosim.chip.spec import MeshSpec
from tests.reference.mesh_sums import carry

REFERENCE = Path(__file__).parent.parent / "reference"
ANSWER = """
from typing import get_args
import numpy as np
from tests.reference.mesh_sums import carry
from neurosim.chip.noc.packets import NocModel, Traffic
from neurosim.chip.spec import MeshSpec
mesh = MeshSpec(5, 4, 2, 3, 4, 2, 2, 2, 2, 2)
rng = np.random.default_rng(7)
first = np.arange(0, 60 * 20 + 1, 20)
inject = np.sort(rng.integers(0, 100, (60, 20)), axis=1).ravel()
traffic = Traffic(first, rng.integers(0, 60, 1200).astype(np.int32), inject, rng.integers(0, 9, 1200), first[:60] * 0)
weights = np.arange(1200)
print([int((carry(mesh, traffic, model).done_ticks * weights).sum()) for model in get_args(NocModel)])
"""


def test_threads_do_not_meet_in_the_kernels():
    def weigh(model: NocModel, seed: int) -> int:
        rng = np.random.default_rng(seed)
        first = np.arange(0, 60 * 40 + 1, 40)
        inject = np.sort(rng.integers(0, 200, (60, 40)), axis=1).ravel()
        to = rng.integers(0, 60, 2400).astype(np.int32)
        traffic = Traffic(first, to, inject, rng.integers(0, 9, 2400), np.zeros(60, np.int64))
        transit = carry(MeshSpec(5, 4, 2, 3, 4, 2, 2, 2, 2, 2), traffic, model)
        return int((transit.done_ticks * np.arange(2400)).sum())

    models: tuple[NocModel, ...] = ("cycle_accurate", "unbounded_queues", "lower_bound")
    for model in models:
        alone = [weigh(model, seed) for seed in range(16)]
        with ThreadPoolExecutor(4) as threads:
            assert list(threads.map(weigh, [model] * 16, range(16))) == alone
        assert len(set(alone)) == 16


def test_another_process_gives_the_same_ticks():
    answers = {
        subprocess.run([sys.executable, "-c", ANSWER], cwd=REFERENCE, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    assert len(answers) == 1
