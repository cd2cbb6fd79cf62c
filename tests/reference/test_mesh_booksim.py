"""The exact mesh against latency and throughput measured with BookSim2 on 8 x 8 meshes.

BookSim takes no packet trace, so curves are compared, with Bernoulli sources and our own random numbers. Its pipeline
maps to hop = local = 3 and credit 2 with speculation; without, to 4 and 3, a grant occupying both ports for 2 ticks.
Its injection and ejection channels add 2 cycles to the latency.
"""

from __future__ import annotations

import csv
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from neurosim.chip.noc.packets import Traffic, carry
from neurosim.chip.spec import MeshSpec
from tests.reference.mesh_random import gather

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
NODES, CHANNEL_TICKS, WARM_UP, MEASURED, SATURATED = 64, 2, 4000, 16_000, 8000
needs_curves = pytest.mark.skipif(
    not (REFERENCE / "booksim_mesh.csv").exists(),
    reason="the development data (../shared/reference) is not here",
)


def mesh_like_booksim(depth: int, speculative: bool) -> MeshSpec:
    hop, credit, link, occupies = (3, 2, 1, "output") if speculative else (4, 3, 2, "both")
    return MeshSpec(8, 8, 1, hop, hop, hop, credit, depth, depth, 0, link, occupies)  # type: ignore[arg-type]


def destinations(rng: np.random.Generator, sources: np.ndarray, row: dict[str, str]) -> np.ndarray:
    if row["traffic"] == "uniform":
        return rng.integers(0, NODES, len(sources))
    if row["traffic"] == "transpose":
        return sources // 8 + 8 * (sources % 8)
    spot = {name: int(value) for name, value in (word.split("=") for word in row["traffic_args"].split())}
    weights = np.full(NODES, spot["others"])
    weights[spot["node"]] = spot["weight"]
    return rng.choice(NODES, len(sources), p=weights / weights.sum())


def bernoulli(mesh: MeshSpec, row: dict[str, str], ticks: int, seed: int) -> Traffic:
    """Every node creates a packet in every tick with probability ``offered``; node n is endpoint 2n."""
    rng = np.random.default_rng(seed)
    inject, sources = np.nonzero(rng.random((ticks, NODES)) < float(row["offered"]))
    to = destinations(rng, sources, row)
    return gather(mesh, 2 * sources, 2 * to, inject=inject, service=np.zeros(len(inject)))


def latency(row: dict[str, str], seeds: int) -> float:
    """Mean latency of the packets created in the measured window; injection goes on while they drain."""
    mesh = mesh_like_booksim(int(row["buffer_depth"]), row["speculative"] == "1")
    means = []
    for seed in range(seeds):
        traffic = bernoulli(mesh, row, WARM_UP + MEASURED + 4000, seed)
        created = traffic.inject_ticks
        measured = (created >= WARM_UP) & (created < WARM_UP + MEASURED)
        means.append((carry(mesh, traffic).arrival_ticks - created)[measured].mean() + CHANNEL_TICKS)
    return float(np.mean(means))


def accepted(row: dict[str, str], seeds: int) -> tuple[float, float]:
    """Packets that arrive per node and tick in the window: mean over the seeds, and its variance."""
    mesh = mesh_like_booksim(int(row["buffer_depth"]), row["speculative"] == "1")
    rates = []
    for seed in range(seeds):
        arrivals = carry(mesh, bernoulli(mesh, row, WARM_UP + SATURATED, seed)).arrival_ticks
        inside = (arrivals >= WARM_UP) & (arrivals < WARM_UP + SATURATED)
        rates.append(inside.sum() / SATURATED / NODES)
    return float(np.mean(rates)), float(np.var(rates, ddof=1) / seeds)


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    path = REFERENCE / name
    return tuple(csv.DictReader(path.read_text().splitlines())) if path.exists() else ()


def curve(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[name] for name in ("traffic", "traffic_args", "buffer_depth", "speculative"))


def below_saturation() -> list[dict[str, str]]:
    knee = {curve(row): float(row["saturation_load"]) for row in rows("booksim_mesh_saturation.csv")}
    stable = [row for row in rows("booksim_mesh.csv") if row["stable"] == "yes"]
    return [row for row in stable if float(row["offered"]) <= 0.9 * knee[curve(row)]]


def saturated() -> list[dict[str, str]]:
    return [row for row in rows("booksim_mesh.csv") if row["stable"] == "saturated"]


def name_of(row: dict[str, str]) -> str:
    return "-".join((row["traffic"], row["buffer_depth"], "s" + row["speculative"], row["offered"]))


@pytest.mark.parametrize(("speculative", "per_hop"), [(True, 3), (False, 4)])
def test_a_packet_alone_takes_the_cycles_of_booksim_between_every_pair_of_nodes(speculative, per_hop):
    mesh = mesh_like_booksim(8, speculative)
    pairs = np.array(list(product(range(NODES), repeat=2)))
    inject = 100 * np.arange(len(pairs))
    traffic = gather(mesh, 2 * pairs[:, 0], 2 * pairs[:, 1], inject=inject, service=np.zeros(len(pairs)))
    source, to = traffic.source // 2, traffic.destination // 2
    distance = np.abs(source % 8 - to % 8) + np.abs(source // 8 - to // 8)
    cycles = carry(mesh, traffic).arrival_ticks - traffic.inject_ticks + CHANNEL_TICKS
    assert cycles.tolist() == (per_hop * (distance + 1) + 2).tolist()


def check_latency(row: dict[str, str]) -> None:
    assert latency(row, seeds=3) == pytest.approx(float(row["latency_cycles"]), rel=0.02)


def check_throughput(row: dict[str, str]) -> None:
    """2 %; where a hot spot spreads BookSim's own runs, plus two standard errors of the difference, from ten runs."""
    wanted, spread = float(row["accepted"]), float(row["accepted_spread"])
    hot = row["traffic"] == "hotspot"
    found, variance = accepted(row, seeds=10 if hot else 3)
    error = 2 * (variance + spread**2 / len(row["seeds"].split())) ** 0.5 if hot else 0.0
    assert found == pytest.approx(wanted, abs=0.02 * wanted + error)


@needs_curves
@pytest.mark.parametrize("row", below_saturation()[1:40:19], ids=name_of)
def test_latency_is_that_of_booksim_at_some_loads(row):
    check_latency(row)


@needs_curves
@pytest.mark.long
@pytest.mark.parametrize("row", below_saturation(), ids=name_of)
def test_latency_is_that_of_booksim_up_to_nine_tenths_of_saturation(row):
    check_latency(row)


@needs_curves
@pytest.mark.long
@pytest.mark.parametrize("row", saturated(), ids=name_of)
def test_saturated_throughput_is_that_of_booksim(row):
    check_throughput(row)
