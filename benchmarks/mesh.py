"""Hop events (grants) per second of the exact mesh: CPU time, median of runs, after a warm-up.

    python -m benchmarks.mesh [runs]

Uniform Bernoulli traffic, instant cores, the constants of the 8 x 8 mesh measured with BookSim2 (hop 3, credit 2,
depth 8). Making the traffic is not part of the time; `carry` with its checks and its result arrays is. The last two
rows have 4 cores per tile and finite output FIFOs: small calls, as a run makes, with services of tens of ticks; and
ticks of 0.1 ns, with hops of tens and services of hundreds of ticks.
"""

from __future__ import annotations

import sys
from statistics import median
from time import process_time

import numpy as np

from neurosim.chip.noc.packets import Traffic, carry
from neurosim.chip.spec import MeshSpec


def bernoulli(mesh: MeshSpec, load: float, ticks: int, service: int, seed: int) -> Traffic:
    """Each core creates a packet per tick with probability ``load``, to a core drawn from all."""
    rng = np.random.default_rng(seed)
    locals_ = mesh.cores_per_tile + 1
    cores = np.flatnonzero(np.arange(mesh.tiles * locals_) % locals_ < mesh.cores_per_tile)
    counts = np.zeros(mesh.tiles * locals_, np.int64)
    counts[cores] = rng.binomial(ticks, load, len(cores))
    first = np.concatenate([[0], np.cumsum(counts)])
    packets = int(first[-1])
    source = np.repeat(np.arange(len(counts)), counts)
    inject = rng.integers(0, ticks, packets)
    inject = inject[np.lexsort((inject, source))]
    return Traffic(
        first,
        rng.choice(cores, packets).astype(np.int32),
        inject,
        np.full(packets, service, np.int64),
        np.zeros(len(counts), np.int64),
    )


def events_per_second(mesh: MeshSpec, traffics: list[Traffic], runs: int) -> tuple[int, float]:
    carry(mesh, traffics[0])
    rates = []
    for _ in range(runs):
        start = process_time()
        grants = sum(carry(mesh, traffic).routers for traffic in traffics)
        rates.append(grants / (process_time() - start))
    return grants, median(rates)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'mesh':<12}{'load':>8}{'calls':>7}{'hop events':>13}{'M events/s':>12}")
    rows = [(MeshSpec(8, 8, 1, 3, 3, 3, 2, 8, 8, 0), load, 20_000, 0, 1) for load in (0.02, 0.1, 0.2, 0.3, 0.35)]
    rows += [(MeshSpec(116, 115, 1, 3, 3, 3, 2, 8, 8, 0), load, 600, 0, 1) for load in (0.002, 0.01, 0.02)]
    rows += [(MeshSpec(10, 10, 4, 3, 3, 3, 2, 8, 8, 4), 0.02, 2500, 20, 8)]
    rows += [(MeshSpec(8, 4, 4, 41, 65, 21, 20, 8, 8, 4), 0.0004, 400_000, 500, 1)]
    for mesh, load, ticks, service, calls in rows:
        traffics = [bernoulli(mesh, load, ticks, service, seed) for seed in range(calls)]
        grants, rate = events_per_second(mesh, traffics, runs)
        print(f"{mesh.width}x{mesh.height}x{mesh.cores_per_tile:<7}{load:>8}{calls:>7}{grants:>13,}{rate / 1e6:>12.1f}")


if __name__ == "__main__":
    main()
