"""Images shared out to several processes: what is observed is what one process observes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurosim.experiment import prepare
from neurosim.simulation.run import observe
from neurosim.simulation.trial import STREAMED

WORKLOADS = Path(__file__).parents[2] / "workloads"
IMAGES = STREAMED + 2


@pytest.fixture(scope="module")
def digits():
    return prepare(WORKLOADS / "digits.yaml", {"stimulus.images": IMAGES})


def seen(prepared, number, processes):
    case, shown, calls = prepared.cases[number], prepared.stimulus, []
    observation = observe(
        case.network,
        prepared.workload.chip,
        case.placement,
        case.schedule,
        shown.images,
        shown.labels,
        progress=lambda: calls.append(None),
        processes=processes,
    )
    return observation, len(calls)


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("processes", [2, 3, 20])
def test_several_processes_observe_what_one_does(digits, number, processes):
    (one, calls), (several, other_calls) = seen(digits, number, 1), seen(digits, number, processes)
    assert several.ledger == one.ledger
    assert several.ledger.sha256() == one.ledger.sha256()
    assert several.interval_ticks == one.interval_ticks
    assert [run.elapsed for run in several.runs] == [run.elapsed for run in one.runs]
    assert several.proof.counts == one.proof.counts
    assert several.correct == one.correct
    assert several.spikes.tolist() == one.spikes.tolist()
    assert several.effective_macs.tolist() == one.effective_macs.tolist()
    assert all(map(np.array_equal, several.spike_maps, one.spike_maps))
    assert other_calls == calls == IMAGES * len(one.planned)


def test_every_image_counts(digits):
    (observation, _), case = seen(digits, 0, 2), digits.cases[0]
    assert len(observation.runs) == IMAGES
    assert observation.ledger.totals()["state_reset"] == IMAGES
    assert observation.proof.checked == IMAGES * sum(
        layer.neurons * (case.network.steps if layer.is_spiking else 1) for layer in case.network.layers[1:]
    )
