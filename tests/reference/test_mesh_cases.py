"""Small cases with known answers: derived by hand (tests/golden), and the exact cases of the development data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurosim.chip.noc import cycle_accurate
from neurosim.chip.noc.packets import Traffic, carry
from neurosim.chip.spec import MeshSpec
from tests.reference import mesh_naive
from tests.reference.mesh_random import gather

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "mesh_cases.json").read_text())
NOC_CASES = ROOT.parent / "shared" / "reference" / "noc_cases.json"


def by_hand(case: dict) -> tuple[MeshSpec, Traffic]:
    mesh = MeshSpec(**case["mesh"])

    def endpoint(place: list[int]) -> int:
        return place[0] * (mesh.cores_per_tile + 1) + place[1]

    ready = np.zeros(mesh.tiles * (mesh.cores_per_tile + 1), np.int64)
    for place, tick in case["ready"]:
        ready[endpoint(place)] = tick
    packets = case["packets"]
    return mesh, gather(
        mesh,
        np.array([endpoint(packet["source"]) for packet in packets]),
        np.array([endpoint(packet["destination"]) for packet in packets]),
        inject=np.array([packet["inject"] for packet in packets]),
        service=np.array([packet["service"] for packet in packets]),
        ready=ready,
    )


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_exact_and_oracle_give_what_was_derived_by_hand(case):
    mesh, traffic = by_hand(case)
    found, oracle = carry(mesh, traffic, "cycle_accurate"), mesh_naive.carry(mesh, traffic)
    for name in ("entry", "grant", "arrival", "done"):
        wanted = [packet[name] for packet in case["packets"]]
        assert getattr(found, f"{name}_ticks").tolist() == wanted
        assert oracle[f"{name}_ticks"] == wanted


def noc_cases() -> list[dict]:
    return json.loads(NOC_CASES.read_text())["cases"] if NOC_CASES.exists() else []


@pytest.mark.skipif(not NOC_CASES.exists(), reason="the development data (../shared/reference) is not here")
@pytest.mark.parametrize("case", noc_cases(), ids=lambda case: case["name"])
def test_exact_and_oracle_give_the_reference_arrivals(case):
    fields = [
        "width",
        "height",
        "hop_ew_ticks",
        "hop_ns_ticks",
        "local_ticks",
        "credit_ticks",
        "buffer_depth",
    ]
    fields += ["ejection_depth"]
    mesh = MeshSpec(**{name: case[name] for name in fields}, cores_per_tile=1, output_depth=0)
    packets = sorted(case["packets"], key=lambda packet: (packet["source"], packet["inject_tick"], packet["id"]))
    traffic = gather(
        mesh,
        np.array([2 * packet["source"] for packet in packets]),
        np.array([2 * packet["destination"] for packet in packets]),
        inject=np.array([packet["inject_tick"] for packet in packets]),
        service=np.full(len(packets), case["service_ticks"]),
    )
    wanted = [packet["arrival_tick"] for packet in packets]
    found = cycle_accurate.carry(mesh, traffic, case["source_gap_ticks"])
    oracle = mesh_naive.carry(mesh, traffic, case["source_gap_ticks"])
    assert found.arrival_ticks.tolist() == oracle["arrival_ticks"] == wanted
    assert found.elapsed_ticks == oracle["elapsed_ticks"] == case["last_done_tick"]
    assert found.routers == case["grants"]
