"""What spikes cause, and what is done without any: the second is the same whatever a network is shown."""

from __future__ import annotations

import pytest

import neurosim
from neurosim.energy.analysis.spike_work import by_spikes
from neurosim.plugins import known, resolve

MODELS = sorted(known("neurosim.neurons"))
LINEAR = [model for model in MODELS if resolve("neurosim.neurons", model)(4).is_linear_in_spikes]
RESIDUAL = {"network": {"zoo": "resnet20", "input": [3, 8, 8], "classes": 10}}
SKIPPING = {"chip": {"base": "loihi_like", "zero_weights": "skip"}}


def run(model, images=1, seed=1, **changes):
    """A run on noise, of the digits network unless ``changes`` name another."""
    own = {"stimulus": {"kind": "random", "images": images}, "conversion": {"kind": model, "steps": 4}}
    alone = {"schedules": ["layer_by_layer"], "compare": []}
    return neurosim.simulate("digits", set=own | alone | changes, seed=seed).record


def without_spikes(record):
    """Counts of arithmetic behind the first layer, and of all resets, less those that spikes caused."""
    (ledger,) = record.ledgers
    caused = by_spikes(record)
    counts = {op: ledger.by_layer(op) for op in ("add_int24", "shift_int24", "compare_int24")}
    counts = {op: sum(count for layer, count in found.items() if layer > 1) for op, found in counts.items()}
    counts["reset_int24"] = ledger.totals()["reset_int24"]
    return {op: count - caused.get(op, 0) for op, count in counts.items()}


def test_models_of_which_a_spike_costs_the_same_everywhere():
    assert LINEAR == ["accumulate_fire", "if_hard", "if_qcfs", "if_soft", "lif", "radix"]


@pytest.mark.parametrize("model", ["accumulate_fire", "if_qcfs"])
def test_without_spikes_there_is_a_bias_for_each_neuron_and_scan(model):
    record = run(model, images=2)
    scans = 1 if model == "accumulate_fire" else 4
    biases = 2 * scans * sum(layer.neurons for layer in record.results[0].layers if layer.role in ("hidden", "output"))
    assert without_spikes(record)["add_int24"] == biases
    assert without_spikes(record)["reset_int24"] == 0


@pytest.mark.parametrize("model", LINEAR)
@pytest.mark.parametrize("changes", [{}, SKIPPING, RESIDUAL, RESIDUAL | SKIPPING], ids=["", "skip", "skips", "both"])
def test_what_is_done_without_spikes_is_the_same_whatever_is_shown(model, changes):
    one, other = (run(model, seed=seed, **changes) for seed in (1, 2))
    assert by_spikes(one) != by_spikes(other)
    assert without_spikes(one) == without_spikes(other)


@pytest.mark.parametrize("model", sorted(set(MODELS) - set(LINEAR)))
def test_of_other_models_nobody_can_tell(model):
    record = run(model, **({"schedules": ["pipelined"]} if model == "weighted_stream" else {}))
    assert by_spikes(record) is None
