"""Draws the figures and fills the tables of docs/sparsity.md from what is stored in docs/sparsity.

    python -m studies.sparsity.measure                                    draw what is stored, fill the page
    python -m studies.sparsity.measure --train NETWORK... [--data DIR]    train again; what is finished is kept

Networks are trained in ``trained/NETWORK`` (``--out`` for another folder than ``trained``), where ``neurosim train
NETWORK --out trained/NETWORK`` may have left the network to begin with. A command that was interrupted goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from neurosim import units
from neurosim.datasets.locate import choose_folder
from studies.sparsity import figures as sparsity_figures
from studies.sparsity.points import Point, curves, key, read, sparsest, write

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, KEPT = DOCS / "sparsity.md", DOCS / "sparsity"
NETWORKS = ("digits_cnn", "vgg8_fashion_mnist", "resnet20_cifar10")
CLAIMED_LOSS = 0.002


def train(name: str, out: Path, threads: int | None) -> None:
    """Train a network's points, and store each as it is done; other points that are stored stay."""
    from studies.sparsity import sweep  # needs PyTorch, which drawing does not

    rows = {key(row): row for row in read(KEPT / f"{name}.csv")}
    for found in sweep.sweep(name, out, threads):
        rows[key(found)] = {column: str(value) for column, value in found.items()}
        write(KEPT / f"{name}.csv", rows.values())
        print(
            f"{name} T={found['steps']} coefficient {found['coefficient']:g} seed {found['seed']}: "
            f"{100 * found['correct'] / found['images']:.2f} %, {found['spikes_per_neuron']:.4f} spikes per neuron",
            flush=True,
        )


def all_points(found: dict[int, list[Point]]) -> Iterator[str]:
    """Yield the lines of the table of all points."""
    yield "| T | coefficient | right | spikes per neuron | latency | compute | + memory | + mesh |"
    yield "|---|---|---|---|---|---|---|---|"
    for point in (point for curve in found.values() for point in curve):
        energies = (units.format_quantity(pj, "pJ") for pj in (point.compute_pj, point.memory_pj, point.noc_pj))
        yield (
            f"| {point.steps} | {point.coefficient:g} | {100 * point.accuracy:.2f} % | {point.spikes_per_neuron:.3f} | "
            f"{units.format_scaled(round(point.latency_ticks), 'cycles', 3)} | {' | '.join(energies)} |"
        )


def claim(found: dict[int, list[Point]]) -> Iterator[str]:
    """Yield the lines of the table that tests the claim, one for each T that was swept."""
    yield "| T | no penalty | spikes per neuron | within 0.2 % | fewer spikes | less energy | sooner | within 1 % |"
    yield "|---|---|---|---|---|---|---|---|"
    for curve in (curve for curve in found.values() if len(curve) > 1):
        first, near, far = curve[0], sparsest(curve, CLAIMED_LOSS), sparsest(curve, 0.01)
        ratios = (
            f"{getattr(first, name) / getattr(near, name):.2f} x"
            for name in ("spikes_per_neuron", "noc_pj", "latency_ticks")
        )
        yield (
            f"| {first.steps} | {100 * first.accuracy:.2f} % | {first.spikes_per_neuron:.3f} | "
            f"{100 * near.accuracy:.2f} % at {near.coefficient:g} | {' | '.join(ratios)} | "
            f"{first.spikes_per_neuron / far.spikes_per_neuron:.2f} x at {far.coefficient:g} |"
        )


def filled(page: str, mark: str, lines: Iterable[str]) -> str:
    """Return the page with these lines between the marks of a table."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    head, rest = page.split(begin, 1)
    return "\n".join([head + begin, *lines, end + rest.split(end, 1)[1]])


def main() -> None:
    """Train, if asked to, draw, and fill the page."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--train", nargs="+", choices=NETWORKS, default=[], metavar="NETWORK")
    options.add_argument("--data", type=Path, metavar="DIR", help="the folder with the data sets")
    options.add_argument("--out", type=Path, default=DOCS.parent / "trained", metavar="DIR", help="where to train")
    options.add_argument("--threads", type=int, metavar="N", help="threads of PyTorch")
    asked = options.parse_args()
    choose_folder(asked.data)
    for name in asked.train:
        train(name, asked.out, asked.threads)
    page = PAGE.read_text(encoding="utf-8")
    for name in NETWORKS:
        if found := curves(read(KEPT / f"{name}.csv")):
            sparsity_figures.draw(found, KEPT, name)
            page = filled(page, f"{name}: claim", claim(found))
            page = filled(page, f"{name}: points", all_points(found))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
