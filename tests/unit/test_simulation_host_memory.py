"""The memory foretold against the arrays and the peak of real runs, and what is said when it is not there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurosim.errors import CapacityError
from neurosim.experiments import simulate
from neurosim.experiments.simulate import prepare
from neurosim.mapping.spatial import Spatial
from neurosim.simulation.functional.event_driven import EventDrivenRun
from neurosim.simulation.host_memory import (
    MIB,
    SENT_BYTES,
    STREAMED,
    HostMemory,
    available_bytes,
    check_memory,
    lists_packets,
    predict,
)
from neurosim.simulation.observe import observe, plan_images
from neurosim.simulation.planner import phases_of
from neurosim.simulation.routing import routing_tables
from neurosim.simulation.timing.phase_work import assemble

WORKLOADS = Path(__file__).parents[2] / "workloads"
NEEDED = HostMemory(weights=9 * MIB, maps=MIB, packets=2 * MIB, phase=5 * MIB, reference=3 * MIB, records=4 * MIB,
                   conversion=30 * MIB)  # fmt: skip


def digits(**overrides):
    return prepare(WORKLOADS / "digits.yaml", {"compare": [], **overrides})


def footprint_of(prepared):
    """The memory foretold for an experiment's first case, as the refusal foretells it."""
    case, workload = prepared.cases[0], prepared.workload
    listed = lists_packets(workload.noc, phases_of(case.network, case.schedule))
    return predict(case.network, case.placement, workload.chip, workload.stimulus.images, listed=listed)


def test_the_packets_foretold_are_at_least_those_of_an_image_and_at_most_twice_as_many():
    prepared = digits()
    case, spec = prepared.cases[0], prepared.workload.chip
    inference = EventDrivenRun(
        case.network, routing_tables(case.network, case.placement, spec), spec, prepared.stimulus.images[0]
    )
    for phase in plan_images(case.network, case.placement, case.schedule, spec, 1):
        inference.perform(phase)
    emissions = [scan.packet_list for scan in inference.scans.values()]
    sent = sum(len(emission.destination) for emission in emissions)
    assert {
        sum(getattr(emission, name).itemsize for name in ("destination", "route", "reach", "inject_ticks"))
        for emission in emissions
    } == {SENT_BYTES}
    assert SENT_BYTES * sent <= predict(case.network, case.placement, spec, images=1).packets <= 2 * SENT_BYTES * sent


@pytest.mark.parametrize("workload", ["digits", "lenet"])
def test_the_peak_foretold_is_that_of_a_process_within_a_factor_of_two(workload):
    command = (
        "from neurosim.experiments.simulate import perform, prepare; "
        "from neurosim.simulation.host_memory import peak_bytes, predict; "
        f"e = prepare({str(WORKLOADS / workload)!r} + '.yaml', {{'stimulus.images': 3}}); perform(e); "
        "print(max(predict(c.network, c.placement, e.workload.chip, 3).peak for c in e.cases), "
        "peak_bytes())"
    )
    printed = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout
    foretold, peak = map(int, printed.split())
    assert peak <= foretold <= 2 * peak


def test_images_beyond_those_of_the_stream_add_records_only():
    prepared = digits()
    case = prepared.cases[0]
    few, many = (predict(case.network, case.placement, prepared.workload.chip, n) for n in (STREAMED, 10 * STREAMED))
    assert (many.maps, many.packets, many.phase) == (few.maps, few.packets, few.phase)
    assert (many.records - few.records) % (9 * STREAMED) == 0
    assert many.records > few.records


def test_more_activity_needs_more_packets():
    prepared = digits()
    case = prepared.cases[0]
    quiet, busy = (predict(case.network, case.placement, prepared.workload.chip, 1, share) for share in (0.1, 0.2))
    assert quiet.packets < busy.packets
    assert quiet.phase < busy.phase


def test_a_finer_cutting_needs_more_packets():
    prepared = digits()
    case, spec = prepared.cases[0], prepared.workload.chip
    fine = prepare(WORKLOADS / "digits.yaml", {"compare": [], "chip.capacity.neurons": 128}).workload.chip
    coarse, cut = (predict(case.network, Spatial().place(case.network, chip), spec, 1).packets for chip in (spec, fine))
    assert coarse < cut


def test_the_larger_of_phase_and_reference_counts_because_they_are_never_there_together():
    assert NEEDED.simulation == 12 * MIB
    assert NEEDED.peak == (300 + 30) * MIB


def test_a_simulation_that_does_not_fit_is_refused_with_its_numbers():
    with pytest.raises(CapacityError) as refusal:
        check_memory("vgg16, layer_by_layer", NEEDED, 10 * MIB)
    assert str(refusal.value) == (
        "vgg16, layer_by_layer: the simulation needs about 12 MiB (maps 1, packets 2, phase 5, reference 3, records "
        "4), this machine has 10 MiB left; take fewer images or steps, a smaller input, or cores that hold more, so "
        "that a spike goes to fewer of them"
    )
    assert refusal.value.exit_code == 3


def test_every_process_needs_memory_of_its_own():
    check_memory("vgg16", NEEDED, 24 * MIB, processes=2)
    with pytest.raises(CapacityError) as refusal:
        check_memory("vgg16", NEEDED, 35 * MIB, processes=3)
    assert str(refusal.value) == (
        "vgg16: the simulation needs about 12 MiB in each of 3 processes (maps 1, packets 2, phase 5, reference 3, "
        "records 4), this machine has 35 MiB left; take fewer processes, images or steps, a smaller input, or cores "
        "that hold more, so that a spike goes to fewer of them"
    )


def test_a_run_in_several_processes_is_refused_where_one_alone_would_fit(monkeypatch):
    prepared = digits()
    needed = max(predict(case.network, case.placement, prepared.workload.chip, 2).simulation for case in prepared.cases)
    monkeypatch.setattr(simulate, "available_bytes", lambda: 3 * needed)
    with pytest.raises(CapacityError, match="in each of 20 processes"):
        simulate.perform(prepared, processes=20)


def test_processes_that_are_never_begun_need_no_memory(monkeypatch):
    prepared = digits(**{"stimulus.images": 3})
    case = prepared.cases[0]
    needed = predict(case.network, case.placement, prepared.workload.chip, 3).simulation
    monkeypatch.setattr(simulate, "peak_bytes", lambda processes: processes * MIB)
    monkeypatch.setattr(simulate, "available_bytes", lambda: 2 * needed)
    assert simulate.perform(prepared, processes=20).wall["peak_rss_mb"] == 2
    monkeypatch.setattr(simulate, "available_bytes", lambda: 2 * needed - 1)
    with pytest.raises(CapacityError, match="in each of 2 processes"):
        simulate.perform(prepared, processes=20)


@pytest.mark.parametrize("noc", ["cycle_accurate", "unbounded_queues", "lower_bound"])
@pytest.mark.parametrize(("conversion", "schedule", "overlaps"), [
    ("accumulate_fire", "layer_by_layer", False), ("if_soft", "step_by_step", False), ("if_soft", "pipelined", True),
])  # fmt: skip
def test_packets_are_foretold_to_be_listed_where_a_run_lists_them(noc, conversion, schedule, overlaps, monkeypatch):
    prepared = digits(noc=noc, conversion={"kind": conversion, "steps": 4}, schedules=[schedule])
    case, spec, listings = prepared.cases[0], prepared.workload.chip, []
    monkeypatch.setattr(
        "neurosim.simulation.timing.phase_work.assemble", lambda *sent: listings.append(1) or assemble(*sent)
    )
    observe(case.network, spec, case.placement, case.schedule, prepared.stimulus.images[:2], model=noc)
    assert bool(listings) == (noc != "lower_bound" or overlaps)
    assert lists_packets(noc, phases_of(case.network, case.schedule)) == bool(listings)


def test_packets_that_are_only_added_up_take_no_memory():
    listed, added_up = (footprint_of(digits(noc=noc)) for noc in ("cycle_accurate", "lower_bound"))
    assert (added_up.packets, added_up.phase) == (0, 0)
    assert min(listed.packets, listed.phase) > 0
    assert added_up == replace(listed, packets=0, phase=0)


def test_a_machine_too_small_for_lists_of_packets_has_room_for_the_analytic_model(monkeypatch):
    exact, analytic = (footprint_of(digits(noc=noc)).simulation for noc in ("cycle_accurate", "lower_bound"))
    monkeypatch.setattr(simulate, "available_bytes", lambda: exact - 1)
    assert analytic < exact
    digits(noc="lower_bound")
    with pytest.raises(CapacityError):
        digits(noc="cycle_accurate")


def test_a_simulation_that_just_fits_or_a_machine_that_does_not_say_is_not_refused():
    check_memory("vgg16", NEEDED, 12 * MIB)
    check_memory("vgg16", NEEDED, None)


def test_prepare_refuses_before_anything_is_simulated(monkeypatch):
    monkeypatch.setattr(simulate, "available_bytes", lambda: 1024)
    with pytest.raises(CapacityError, match="accumulate_fire, layer_by_layer: the simulation needs about"):
        digits()


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("MemTotal:  100 kB\nMemAvailable:     12 kB\nBuffers: 3 kB\n", 12 * 1024),
        ("MemTotal:  100 kB\n", None),
    ],
)
def test_available_memory_is_what_linux_says(tmp_path, text, bytes_):
    (tmp_path / "meminfo").write_text(text)
    assert available_bytes(tmp_path / "meminfo") == bytes_


def test_available_memory_is_unknown_where_there_is_no_such_file(tmp_path):
    assert available_bytes(tmp_path / "meminfo") is None


def test_weights_are_counted_in_the_bytes_that_they_take():
    prepared = digits()
    case = prepared.cases[0]
    arrays = [np.asarray(synapses.weights) for layer in case.network.layers for synapses in layer.sources]
    assert predict(case.network, case.placement, prepared.workload.chip, 1).weights == sum(a.nbytes for a in arrays)


ENDLESS = 2**31 - 1


@pytest.mark.parametrize(
    "changes",
    [
        {"chip.mesh.buffer_depth": ENDLESS},
        {"chip.mesh.ejection_depth": ENDLESS},
        {"chip.mesh.output_depth": ENDLESS, "chip.neuron_unit.lanes": ENDLESS},
    ],
    ids=["buffers", "ejection", "lanes"],
)
def test_the_peak_foretold_of_a_chip_of_endless_queues_is_that_of_a_process(changes):
    command = (
        "from neurosim.experiments.simulate import _predicted, perform, prepare; "
        "from neurosim.simulation.host_memory import peak_bytes; "
        f"e = prepare({str(WORKLOADS / 'digits.yaml')!r}, {{'compare': [], 'stimulus.images': 1, **{changes!r}}}); "
        "perform(e); print(_predicted(e.cases[0], e.workload).peak, peak_bytes())"
    )
    printed = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout
    foretold, peak = map(int, printed.split())
    assert peak <= foretold <= 2 * peak


def test_queues_that_this_machine_has_no_room_for_are_refused_with_their_size(monkeypatch):
    enough = footprint_of(digits()).simulation
    monkeypatch.setattr(simulate, "available_bytes", lambda: enough)
    digits()
    deep = {"chip.mesh.buffer_depth": ENDLESS}
    with pytest.raises(CapacityError, match=r"queues [1-9][\d,]*\), this machine has .* left; take .*buffer_depth"):
        digits(**deep)
    digits(noc="lower_bound", **deep)


def test_more_lanes_than_neurons_change_the_ticks_of_no_scan_but_those_of_the_stages():
    stages = {stage: {"lanes": ENDLESS, "ticks": 1} for stage in ("shift", "compare", "fire", "reset")}
    few, many = (
        prepare(WORKLOADS / "digits.yaml", {"compare": [], "stimulus.images": 1,
                                            **{f"chip.neuron_unit.{k}": v for k, v in stages.items()},
                                            "chip.neuron_unit.lanes": lanes})
        for lanes in (1024, ENDLESS)
    )  # fmt: skip
    ticks = [simulate.perform(each).record.results[0].latency.ticks for each in (few, many)]
    assert ticks[0] == ticks[1]
