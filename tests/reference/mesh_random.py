"""Random meshes and traffic, one case per seed: small, crowded, and full of corners."""

from __future__ import annotations

import numpy as np

from neurosim.chip.noc.packets import Traffic
from neurosim.chip.spec import MeshSpec


def gather(
    mesh: MeshSpec,
    sources: np.ndarray,
    destinations: np.ndarray,
    *,
    inject: np.ndarray,
    service: np.ndarray,
    ready: np.ndarray | None = None,
) -> Traffic:
    """Group packets by source endpoint, earliest first, ties in the order given."""
    endpoints = mesh.tiles * (mesh.cores_per_tile + 1)
    order = np.lexsort((np.arange(len(sources)), inject, sources))
    first = np.zeros(endpoints + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=endpoints), out=first[1:])
    return Traffic(
        first,
        np.asarray(destinations)[order].astype(np.int32),
        np.asarray(inject)[order].astype(np.int64),
        np.asarray(service)[order].astype(np.int64),
        np.zeros(endpoints, np.int64) if ready is None else np.asarray(ready, np.int64),
    )


def random_mesh(rng: np.random.Generator, fine: bool) -> MeshSpec:
    large = rng.random() < 0.08  # more than 64 tiles, the bits of one word of the clock
    return MeshSpec(
        width=int(rng.integers(7, 15) if large else rng.integers(1, 6)),
        height=int(rng.integers(10, 13) if large else rng.integers(1, 5)),
        cores_per_tile=int(rng.integers(1, 5)),
        hop_ew_ticks=int(rng.integers(20, 60) if fine else rng.integers(1, 6)),
        hop_ns_ticks=int(rng.integers(20, 80) if fine else rng.integers(1, 6)),
        local_ticks=int(rng.integers(0, 30) if fine else rng.integers(0, 5)),
        credit_ticks=int(rng.integers(0, 30) if fine else rng.integers(0, 5)),
        buffer_depth=int(rng.choice([1, 1, 2, 3, 4, 8, 16])),
        ejection_depth=int(rng.choice([1, 1, 2, 3, 4, 8, 16])),
        output_depth=int(rng.integers(0, 5)),
        link_ticks=int(rng.choice([1, 1, 2, 3])),
        grant_occupies="both" if rng.random() < 0.5 else "output",
    )


def random_case(seed: int) -> tuple[MeshSpec, Traffic, int]:
    """A mesh, its traffic and a source gap: uniform or towards hot spots, steady or in bursts, fine ticks or coarse."""
    rng = np.random.default_rng(seed)
    fine = rng.random() < 0.15
    mesh = random_mesh(rng, fine)
    endpoints = mesh.tiles * (mesh.cores_per_tile + 1)
    packets = int(rng.integers(0, 40 if fine else 160))
    sources = rng.integers(0, endpoints, packets)
    destinations = rng.integers(0, endpoints, packets)
    if rng.random() < 0.4:
        spots = rng.integers(0, endpoints, int(rng.integers(1, 3)))
        hot = rng.random(packets) < rng.uniform(0.3, 1)
        destinations = np.where(hot, rng.choice(spots, packets), destinations)
    if rng.random() < 0.3:
        sources = rng.choice(rng.integers(0, endpoints, 3), packets)
    span = int(rng.choice([1, 10, 60, 300])) * (5 if fine else 1)
    if packets < 12:
        span = 4000  # long times without any packet
    inject = rng.integers(0, span, packets)
    if rng.random() < 0.3:
        inject = inject // 20 * 20
    longest = int(rng.choice([1, 1, 4, 31]))
    service = rng.integers(0, longest, packets)
    ready = rng.integers(0, 100, endpoints) * (rng.random(endpoints) < 0.5) if rng.random() < 0.3 else None
    gap = int(rng.choice([1, 1, 1, 0, 2, 7]))
    return mesh, gather(mesh, sources, destinations, inject=inject, service=service, ready=ready), gap
