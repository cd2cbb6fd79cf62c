"""The sweep behind docs/sparsity.md: a network for every T, a price on its spikes that rises, and what each point does.

Every point is trained, measured on all held-out images, and shown some of them on the chip. Its folder is named by
everything that decides it, so that a point that is finished is kept and one that was interrupted goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from neurosim.experiments.simulate import simulate
from neurosim.experiments.train import perform, prepare
from neurosim.files.recipe import read_recipe
from neurosim.training.model_card import TrainedModel

WORKLOADS = Path(__file__).resolve().parents[2] / "workloads"
TABLES = "datta2023_45nm_int8+horowitz2014_45nm_memory+generic_noc_32b"
SCOPES = ("compute", "memory", "noc")
CHIP_IMAGES = 10
COLLAPSE = 0.1
"""A sweep ends behind the first point that loses more of the accuracy without a penalty."""


@dataclass(frozen=True)
class Sweep:
    """How the network of a shipped ``recipe`` is swept; ``workload`` shows it ``stimulus`` on the chip.

    ``coefficients`` of the penalty rise from 0 for every T; each point begins with the weights of the one before, the
    first with a network of that T trained by the recipe, or where not ``afresh`` with the recipe's own, of another T.
    ``tuning`` changes the recipe for the points.
    """

    recipe: str
    workload: str
    stimulus: str
    coefficients: Mapping[int, tuple[float, ...]]
    tuning: Mapping[str, Any]
    seeds: tuple[int, ...] = (1,)
    afresh: bool = False
    chip: Mapping[str, Any] = field(default_factory=dict)


RISING = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
WIDE = {"chip.capacity.accumulator_bits": 32}  # the chip's 24 are too few for T = 8
SWEEPS = {
    "digits_cnn": Sweep(
        "digits_cnn",
        "digits",
        "digits",
        dict.fromkeys((4, 2, 8, 3, 6), (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)),
        {"epochs": 20, "rate": 0.02},
        afresh=True,
    ),
    "vgg8_fashion_mnist": Sweep(
        "vgg8_fashion_mnist",
        "fashion_mnist",
        "fashion_mnist",
        {4: RISING, 2: (0.0, 0.1, 0.4), 8: (0.0,), 3: (0.0,), 6: (0.0,)},
        {"epochs": 1, "exact_epochs": 1, "integer_epochs": 0, "rate": 0.02, "precision": "float32"},
        chip=WIDE,
    ),
    "resnet20_cifar10": Sweep(
        "resnet20_cifar10_third",
        "resnet20",
        "cifar10",
        {4: RISING, 2: (0.0,), 8: (0.0,), 3: (0.0,), 6: (0.0,)},
        {
            "epochs": 1,
            "exact_epochs": 1,
            "integer_epochs": 0,
            "rate": 0.02,
            "precision": "float32",
            "augmentation.crop": 0,
            "augmentation.crop_epochs": 0,
        },
        chip=WIDE,
    ),
}


def sweep(name: str, out: Path, threads: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the points of the sweep ``name``, trained in ``out / RECIPE`` unless they are there."""
    chosen = SWEEPS[name]
    folder = out / chosen.recipe
    for seed in chosen.seeds:
        for steps, coefficients in chosen.coefficients.items():
            start, first = base(chosen, folder, steps, seed, threads), 1.0
            for coefficient in coefficients:
                overrides = {
                    **chosen.tuning,
                    "steps": steps,
                    "seed": seed,
                    "start": str(start),
                    "sparsity.coefficient": coefficient,
                }
                row, start = point(chosen, folder, overrides, threads)
                yield row
                accuracy = row["correct"] / row["images"]
                first = accuracy if coefficient == 0 else first
                if accuracy < first - COLLAPSE:
                    break


def base(chosen: Sweep, folder: Path, steps: int, seed: int, threads: int | None) -> Path:
    """Return the weights, as real numbers, with which the points of one T begin; they are trained if need be.

    Those of the recipe itself are what ``neurosim train RECIPE --out FOLDER`` leaves.
    """
    name: str = chosen.recipe
    overrides: dict[str, Any] = {}
    if chosen.afresh and (steps, seed) != ((own := read_recipe(name)).steps, own.seed):
        overrides = {"steps": steps, "seed": seed}
        folder = folder / "sparsity" / f"T{steps}_base_seed{seed}-{prepare(name, overrides).fingerprint}"
    weights = folder / f"{name}_float.npz"
    if not weights.exists():
        perform(prepare(name, overrides), folder, threads=threads)
    return weights


def point(
    chosen: Sweep, folder: Path, overrides: Mapping[str, Any], threads: int | None
) -> tuple[dict[str, Any], Path]:
    """Return one point's row and its weights as real numbers; a point that is finished is not trained again."""
    job = prepare(chosen.recipe, overrides)
    recipe = job.recipe
    place = f"T{recipe.steps}_{recipe.sparsity.coefficient:g}_seed{recipe.seed}-{job.fingerprint}"
    folder = folder / "sparsity" / place
    kept = folder / "point.json"
    if not kept.exists():
        trained = perform(job, folder, threads=threads)
        row = facts(trained) | on_chip(chosen, trained.weights, recipe.steps)
        kept.with_suffix(".part").write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
        kept.with_suffix(".part").replace(kept)
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found, folder / f"{chosen.recipe}_float.npz"


def facts(trained: TrainedModel) -> dict[str, Any]:
    """Return what a point was trained with, and what its integers do on all held-out images."""
    recipe, found = trained.job.recipe, trained.evaluation
    return {
        "steps": recipe.steps,
        "coefficient": recipe.sparsity.coefficient,
        "seed": recipe.seed,
        "epochs": recipe.epochs,
        "images": found.images,
        "float_correct": trained.float_correct,
        "correct": found.correct,
        "spikes_per_neuron": round(found.spikes_per_neuron, 5),
        "additions_per_image": round(found.additions_per_image, 1),
    }


def on_chip(chosen: Sweep, weights: Path, steps: int) -> dict[str, Any]:
    """Return what some images take on the chip, each: ticks, and pJ in three scopes."""
    run = simulate(
        WORKLOADS / f"{chosen.workload}.yaml",
        {
            "network.weights": str(weights.resolve()),
            "stimulus": {"kind": chosen.stimulus, "images": CHIP_IMAGES},
            "conversion": {"kind": "accumulate_fire", "steps": steps},
            "schedules": ["layer_by_layer"],
            "noc": "exact",
            "compare": [],
            "energy": {"tables": [TABLES], "scope": "noc", "sram": "loglog"},
            **chosen.chip,
        },
    )
    (result,) = run.record.results
    assert result.lossless is not None
    costs = {scope: run.price(TABLES, policy=replace(run.costs.policy, scope=scope)).costs for scope in SCOPES}
    return {
        "chip_images": run.record.stimulus.images,
        "mismatches": result.lossless.mismatches,
        "latency_ticks": result.latency.ticks,
        "interval_ticks": result.initiation_interval.ticks,
        **{f"{scope}_pj": round(next(iter(costs[scope].results[0].values())).pj or 0.0, 1) for scope in SCOPES},
    }
