"""Published energies against what the tables predict; no table was tuned to any of them.

Cases of design page "Energy", section 7: arithmetic ones to 1e-9, published ones within a stated interval.
"""

from __future__ import annotations

import pytest

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import UnpricedError, price
from neurosim.files.energy_tables.energy_table import read_table

EXACT = 1e-9  # relative
UJ, MJ = 1e6, 1e9  # in pJ

NEURONS = 2**20
TICK_S = 1e-3
TRUENORTH = {11.58: (1.55424e9, 68.0), 95.93: (1.28755e10, 94.0)}  # Hz -> events in a second, published mW


def truenorth_second(rate_hz: float) -> dict[str, int]:
    spikes = round(NEURONS * rate_hz)
    return {"synaptic_event_dense": spikes * 128, "spike_out": spikes, "chip_tick": round(1 / TICK_S)}


def test_odin_at_full_speed():
    counts = {"chip_tick": 75_000_000, "synaptic_event_dense": 37_500_000}
    report = price(counts, read_table("odin_incremental"), Policy("static"), tick_s=1 / 75e6)
    assert report.by_op["chip_tick"] == pytest.approx((27.3 + 133.5) * UJ, rel=EXACT)
    assert report.by_op["synaptic_event_dense"] == pytest.approx(316.125 * UJ, rel=EXACT)
    assert report.pj == pytest.approx(476.925 * UJ, rel=EXACT)
    assert report.pj / (477 * UJ) - 1 == pytest.approx(-0.00016, abs=5e-6)


def test_odin_as_an_aggregate_agrees_with_its_own_line_at_that_point():
    counts = {"chip_tick": 75_000_000, "synaptic_event_dense": 37_500_000}
    report = price(counts, read_table("odin_aggregate"), Policy("static"), tick_s=1 / 75e6)
    assert report.warnings == ()
    assert report.pj == pytest.approx(477 * UJ, rel=0.01)


@pytest.mark.parametrize(("rate_hz", "predicted_mj"), [(11.58, 68.000), (95.93, 94.005)])
def test_truenorth_at_the_ends_of_its_own_fit(rate_hz, predicted_mj):
    counts = truenorth_second(rate_hz)
    events, published_mw = TRUENORTH[rate_hz]
    assert counts["synaptic_event_dense"] == pytest.approx(events, rel=1e-5)
    report = price(counts, read_table("truenorth_incremental"), Policy("static"), tick_s=TICK_S)
    assert report.pj / MJ == pytest.approx(predicted_mj, abs=5e-4)
    assert report.low_pj < published_mw * MJ < report.high_pj
    assert report.included == ("spike_out",)


@pytest.mark.parametrize(
    ("rate_hz", "predicted_mj", "error", "times"), [(11.58, 40.41, -0.406, 0.579), (95.93, 334.8, 2.56, 4.8)]
)
def test_truenorths_aggregate_away_from_its_operating_point_is_wrong_and_says_so(rate_hz, predicted_mj, error, times):
    table = read_table("truenorth_aggregate")
    report = price(truenorth_second(rate_hz), table, Policy("static"), tick_s=TICK_S, neurons=NEURONS)
    assert report.pj / MJ == pytest.approx(predicted_mj, rel=2e-4)
    assert report.pj / (TRUENORTH[rate_hz][1] * MJ) - 1 == pytest.approx(error, abs=5e-3)
    assert report.warnings == (
        f"truenorth_aggregate was measured at 20 spikes per neuron and second; this run has {rate_hz:.4g}, "
        f"{times:.3g} times that, and the figure does not hold there",
    )


def knn(spikes: int, *, active: bool) -> dict[str, int]:
    """k-nearest-neighbour search of Frady et al. 2020: 76,800 neurons, 60 steps."""
    update = "neuron_update_active" if active else "neuron_update_inactive"
    return {"synaptic_event_dense": spikes * 76_800, update: 76_800 * 60}


def test_a_query_on_loihi_by_the_pre_silicon_table():
    report = price(knn(708, active=False), read_table("loihi1_davies2018"), Policy("memory"))
    assert report.by_op["synaptic_event_dense"] == pytest.approx(1.28323584 * MJ, rel=EXACT)
    assert report.by_op["neuron_update_inactive"] == pytest.approx(0.239616 * MJ, rel=EXACT)
    assert report.pj / MJ == pytest.approx(1.52285, abs=5e-6)


@pytest.mark.parametrize(
    ("spikes", "active", "error"),
    [(708, False, 0.145), (708, True, 0.245), (667, False, 0.089), (750, True, 0.303)],
)
def test_a_query_on_loihi_stays_within_a_third_of_what_was_measured(spikes, active, error):
    predicted = price(knn(spikes, active=active), read_table("loihi1_davies2018"), Policy("memory")).pj
    deviation = predicted / (1.33 * MJ) - 1
    assert deviation == pytest.approx(error, abs=1e-3)
    assert -0.25 <= deviation <= 0.35


def test_the_same_query_by_the_table_fitted_to_another_board():
    report = price(knn(708, active=False), read_table("loihi1_silicon_fit"), Policy("memory"))
    assert report.by_op["synaptic_event_dense"] == pytest.approx(1.9302912 * MJ, rel=EXACT)
    assert report.by_op["neuron_update_inactive"] == pytest.approx(0.2359296 * MJ, rel=EXACT)
    assert report.pj / (1.33 * MJ) - 1 == pytest.approx(0.629, abs=5e-4)


def test_idle_neurons_on_loihi():
    report = price({"neuron_update_inactive": 1024 * 10}, read_table("loihi1_silicon_fit"), Policy("noc"))
    assert report.pj == pytest.approx(0.524288 * UJ, rel=EXACT)


def one_spike(active: int) -> dict[str, int]:
    """Nine neurons, one of them fires into eight synapses of a convolution, two links east and one north away."""
    return {
        "neuron_update_active": active,
        "neuron_update_inactive": 9 - active,
        "spike_out": 1,
        "synaptic_event_conv": 8,
        "packet": 1,
        "hop_ew": 2,
        "hop_ns": 1,
        "router": 4,
    }


@pytest.mark.parametrize(("active", "neurons_pj", "total_pj"), [(1, 551.7, 864.9), (9, 724.5, 1037.7)])
def test_one_spike_on_loihi_by_the_fit(active, neurons_pj, total_pj):
    report = price(one_spike(active), read_table("loihi1_silicon_fit"), Policy("noc"))
    by_op = report.by_op
    neurons = ("neuron_update_active", "neuron_update_inactive", "spike_out")
    assert sum(by_op.get(op, 0.0) for op in neurons) == pytest.approx(neurons_pj, rel=EXACT)
    assert by_op["synaptic_event_conv"] == pytest.approx(192.0, rel=EXACT)
    assert by_op["packet"] + by_op["hop_ew"] + by_op["hop_ns"] == pytest.approx(121.2, rel=EXACT)
    assert report.pj == pytest.approx(total_pj, rel=EXACT)


def test_one_spike_on_loihi_by_the_pre_silicon_table():
    report = price(one_spike(1), read_table("loihi1_davies2018"), Policy("noc"))
    assert report.pj == pytest.approx(695.8, rel=EXACT)
    assert report.included == ("packet", "spike_out")


def test_the_convention_of_a_published_log():
    macs = 4_369_000_000
    report = price({"multiply_fp32": macs, "add_fp32": macs}, read_table("snn_convention_fp32_45nm"))
    assert report.pj / MJ == pytest.approx(20.0974, rel=EXACT)
    assert report.pj / MJ == pytest.approx(20.098, rel=1e-3)


def test_no_whole_chip_figure_of_loihi_is_a_total():
    table = read_table("loihi1_davies2018+loihi1_board2020")
    counts = {**one_spike(1), "barrier_global": 2, "barrier_tiles": 4, "chip_tick": 100, "state_reset": 1}
    with pytest.raises(UnpricedError) as caught:
        price(counts, table, Policy("static"), tick_s=1e-9)
    assert [gap.op for gap in caught.value.report.unpriced] == ["barrier_global", "barrier_tiles"]
