"""Laws that every mesh model keeps, on any mesh and any traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.chip.noc.packets import NocModel, Traffic
from neurosim.chip.noc.router_state import queue_bytes
from neurosim.chip.spec import MeshSpec
from tests.reference.mesh_sums import carry

MODELS: tuple[NocModel, ...] = ("cycle_accurate", "unbounded_queues", "lower_bound")
PACKET_MODELS: tuple[NocModel, ...] = ("cycle_accurate", "unbounded_queues")
ARRAYS = (
    "entry_ticks",
    "grant_ticks",
    "arrival_ticks",
    "done_ticks",
    "stall_ticks",
    "finish_ticks",
    "link_packets",
)


@st.composite
def meshes(draw) -> MeshSpec:
    ticks = st.integers(1, 9)
    return MeshSpec(
        width=draw(st.integers(1, 6)),
        height=draw(st.integers(1, 6)),
        cores_per_tile=draw(st.integers(1, 3)),
        hop_ew_ticks=draw(ticks),
        hop_ns_ticks=draw(ticks),
        local_ticks=draw(st.integers(0, 9)),
        credit_ticks=draw(st.integers(0, 9)),
        buffer_depth=draw(ticks),
        ejection_depth=draw(ticks),
        output_depth=draw(st.integers(0, 4)),
        link_ticks=draw(st.integers(1, 3)),
        grant_occupies=draw(st.sampled_from(["output", "both"])),
    )


@st.composite
def loads(draw, sources: int | None = None) -> tuple[MeshSpec, Traffic]:
    """A mesh and traffic on it, from any sources or from ``sources`` of them."""
    mesh = draw(meshes())
    endpoints = mesh.tiles * (mesh.cores_per_tile + 1)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    packets = draw(st.integers(0, 120))
    source = np.sort(rng.choice(rng.integers(0, endpoints, sources or endpoints), packets))
    inject = rng.integers(0, draw(st.integers(1, 200)), packets)
    return mesh, Traffic(
        np.searchsorted(source, np.arange(endpoints + 1)).astype(np.int64),
        rng.integers(0, endpoints, packets).astype(np.int32),
        inject[np.lexsort((inject, source))],
        rng.integers(0, draw(st.integers(1, 40)), packets),
        rng.integers(0, draw(st.integers(1, 80)), endpoints),
    )


def hops(mesh: MeshSpec, traffic: Traffic) -> tuple[np.ndarray, np.ndarray]:
    """Hops of every packet, east or west and north or south."""
    locals_ = mesh.cores_per_tile + 1
    (from_y, from_x), (to_y, to_x) = (
        np.divmod(np.asarray(ends) // locals_, mesh.width) for ends in (traffic.source, traffic.destination)
    )
    return np.abs(to_x - from_x), np.abs(to_y - from_y)


def zero_load(mesh: MeshSpec, traffic: Traffic) -> np.ndarray:
    ew, ns = hops(mesh, traffic)
    return traffic.inject_ticks + mesh.hop_ew_ticks * ew + mesh.hop_ns_ticks * ns + mesh.local_ticks


@pytest.mark.parametrize("model", MODELS)
@given(load=loads())
@settings(deadline=None, max_examples=60)
def test_every_packet_arrives_once_and_hops_are_manhattan_sums(model, load):
    mesh, traffic = load
    transit = carry(mesh, traffic, model)
    ew, ns = hops(mesh, traffic)
    assert (transit.hops_ew, transit.hops_ns) == (ew.sum(), ns.sum())
    assert transit.routers == traffic.packets + ew.sum() + ns.sum()
    assert transit.within_tile == ((ew + ns) == 0).sum()
    assert (transit.link_packets[:, :2].sum(), transit.link_packets[:, 2:].sum()) == (ew.sum(), ns.sum())
    assert (transit.arrival_ticks >= zero_load(mesh, traffic)).all()
    assert (transit.done_ticks >= transit.arrival_ticks + traffic.service_ticks).all()
    assert (transit.grant_ticks >= transit.entry_ticks).all()
    assert (transit.entry_ticks >= traffic.inject_ticks).all()


@given(load=loads())
@settings(deadline=None, max_examples=60)
def test_all_models_send_the_same_packets_over_the_same_links(load):
    mesh, traffic = load
    links = [carry(mesh, traffic, model).link_packets for model in MODELS]
    assert np.array_equal(links[0], links[1])
    assert np.array_equal(links[0], links[2])


@given(load=loads())
@settings(deadline=None, max_examples=100)
def test_neither_packet_model_is_quicker_than_the_bound(load):
    mesh, traffic = load
    bound = carry(mesh, traffic, "lower_bound")
    for model in PACKET_MODELS:
        transit = carry(mesh, traffic, model)
        assert transit.elapsed_ticks >= bound.elapsed_ticks
        assert (transit.finish_ticks >= bound.finish_ticks).all()
        assert (transit.arrival_ticks >= bound.arrival_ticks).all()


@pytest.mark.parametrize("model", PACKET_MODELS)
@given(load=loads())
@settings(deadline=None, max_examples=60)
def test_an_endpoint_serves_one_packet_at_a_time_in_the_order_of_arrival(model, load):
    mesh, traffic = load
    transit = carry(mesh, traffic, model)
    last = transit.done_ticks.copy()
    for endpoint in range(len(traffic.ready_ticks)):
        here = np.flatnonzero(traffic.destination == endpoint)
        here = here[np.argsort(transit.arrival_ticks[here], kind="stable")]
        assert (np.diff(transit.arrival_ticks[here]) >= mesh.link_ticks).all()
        before = np.concatenate([traffic.ready_ticks[endpoint : endpoint + 1], transit.done_ticks[here][:-1]])
        last[here] = np.maximum(transit.arrival_ticks[here], before) + traffic.service_ticks[here]
        assert transit.finish_ticks[endpoint] == (last[here[-1]] if len(here) else traffic.ready_ticks[endpoint])
    assert np.array_equal(transit.done_ticks, last)
    assert transit.elapsed_ticks == transit.done_ticks.max(initial=0)


@given(load=loads())
@settings(deadline=None, max_examples=60)
def test_a_source_is_stalled_by_exactly_what_its_last_packet_was_late(load):
    mesh, traffic = load
    transit = carry(mesh, traffic, "cycle_accurate")
    late = transit.entry_ticks - traffic.inject_ticks
    for source, (first, end) in enumerate(zip(traffic.first[:-1], traffic.first[1:], strict=True)):
        assert (np.diff(late[first:end]) >= 0).all()
        assert transit.stall_ticks[source] == (late[end - 1] if end > first else 0)
        depth = mesh.output_depth or traffic.packets
        assert (transit.entry_ticks[first:end][depth:] >= transit.grant_ticks[first:end][:-depth]).all()
        assert (np.diff(transit.grant_ticks[first:end]) >= 1).all()


@pytest.mark.parametrize("model", MODELS)
@given(mesh=meshes(), seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=40)
def test_a_packet_alone_takes_the_zero_load_time(model, mesh, seed):
    rng = np.random.default_rng(seed)
    endpoints = mesh.tiles * (mesh.cores_per_tile + 1)
    source = int(rng.integers(0, endpoints))
    traffic = Traffic(
        np.repeat([0, 1], [source + 1, endpoints - source]),
        rng.integers(0, endpoints, 1).astype(np.int32),
        rng.integers(0, 5000, 1),
        rng.integers(0, 50, 1),
        np.zeros(endpoints, np.int64),
    )
    transit = carry(mesh, traffic, model)
    assert transit.arrival_ticks.tolist() == zero_load(mesh, traffic).tolist()
    assert transit.elapsed_ticks == transit.arrival_ticks[0] + traffic.service_ticks[0]


@given(load=loads(sources=1), more=st.integers(1, 4), kind=st.sampled_from(["slower", "shallower"]))
@settings(deadline=None, max_examples=150)
def test_with_one_source_slower_or_shallower_parts_never_bring_a_packet_forward(load, more, kind):
    """Without a second source nothing is arbitrated: every tick is a maximum of sums of the mesh's parameters.

    With several sources there is no such law; a delay can let another packet win and so bring a third forward.
    """
    mesh, traffic = load
    if kind == "slower":
        fields = ("hop_ew_ticks", "hop_ns_ticks", "local_ticks", "credit_ticks", "link_ticks")
        changes = [{field: getattr(mesh, field) + more} for field in fields]
    else:
        changes = [
            {field: max(1, getattr(mesh, field) - more)} for field in ("buffer_depth", "ejection_depth", "output_depth")
        ]
    before = carry(mesh, traffic, "cycle_accurate")
    for change in changes:
        after = carry(replace(mesh, **change), traffic, "cycle_accurate")
        assert (after.arrival_ticks >= before.arrival_ticks).all(), change
        assert (after.done_ticks >= before.done_ticks).all(), change


@given(load=loads(sources=1))
@settings(deadline=None, max_examples=60)
def test_with_one_source_unbounded_queues_are_never_slower(load):
    mesh, traffic = load
    unbounded, exact = carry(mesh, traffic, "unbounded_queues"), carry(mesh, traffic, "cycle_accurate")
    assert (unbounded.done_ticks <= exact.done_ticks).all()


@given(load=loads())
@settings(deadline=None, max_examples=30)
def test_a_second_run_and_read_only_input_change_nothing(load):
    mesh, traffic = load
    for model in MODELS:
        first = carry(mesh, traffic, model)
        for array in vars(traffic).values():
            array.setflags(write=False)
        second = carry(mesh, traffic, model)
        for name in ARRAYS:
            assert np.array_equal(getattr(first, name), getattr(second, name))


def test_a_transit_cannot_be_written_to():
    mesh = MeshSpec(2, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    transit = carry(mesh, Traffic.none(np.zeros(4, np.int64)), "cycle_accurate")
    assert transit.elapsed_ticks == 0
    with pytest.raises(ValueError, match="read-only"):
        transit.finish_ticks[0] = 1


@given(load=loads())
@settings(deadline=None, max_examples=60)
def test_queues_deeper_than_there_are_packets_change_nothing_and_take_no_memory(load):
    mesh, traffic = load
    enough = replace(mesh, buffer_depth=traffic.packets + 5, ejection_depth=traffic.packets + 5)
    endless = replace(mesh, buffer_depth=2**31 - 1, ejection_depth=2**31 - 1)
    assert queue_bytes(endless, traffic.packets) == queue_bytes(enough, traffic.packets)
    for name, ticks in vars(carry(enough, traffic, "cycle_accurate")).items():
        assert np.array_equal(ticks, vars(carry(endless, traffic, "cycle_accurate"))[name]), name
