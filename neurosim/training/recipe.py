"""What a training run is made of: everything that decides its result, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

Positive = Annotated[int, Ge(1)]
Share = Annotated[float, Ge(0), Le(1)]
Normalisation = Literal["neuron", "sample", "sum"]
Precision = Literal["float32", "bfloat16"]
STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class Data:
    """The data set: its kind, a file of ``neurosim/data``, and the options of that kind."""

    __pydantic_config__ = STRICT

    kind: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Architecture:
    """A network of the zoo; ``input`` is (channels, rows, columns)."""

    __pydantic_config__ = STRICT

    zoo: str
    input: tuple[Positive, Positive, Positive]
    classes: Positive
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Augmentation:
    """How an image is varied: shifted by up to ``shift`` pixels, mirrored, a square of ``cutout`` pixels blanked."""

    __pydantic_config__ = STRICT

    shift: Annotated[int, Ge(0)] = 0
    mirror: bool = False
    cutout: Annotated[int, Ge(0)] = 0


@dataclass(frozen=True)
class Sparsity:
    """The bit-level L1 penalty (conversion.md section 12): ``coefficient`` x T x the sum of unsaturated activations.

    ``normalisation`` divides it: ``neuron`` by images and by neurons, so that one coefficient means the same for every
    network; ``sample`` by images; ``sum`` by nothing, as the published coefficients.
    """

    __pydantic_config__ = STRICT

    coefficient: Annotated[float, Ge(0)] = 0.0
    normalisation: Normalisation = "neuron"


@dataclass(frozen=True)
class Recipe:
    """One training run.

    ``steps`` are the T of ``accumulate_fire``, so activations have 2^T - 1 levels. ``start`` names a weight file to
    begin with. The rate rises linearly over the share ``warmup`` of all batches, then falls along a cosine to 0.
    ``precision`` holds but for the last ``exact_epochs``, which are float32 always. Over the last ``integer_epochs``
    batch statistics and clip values stand still and every weight is the integer that the converter would make of it,
    of ``weight_bits`` bits, under the layer's power-of-two threshold; gradients pass straight through.
    """

    __pydantic_config__ = STRICT

    network: Architecture
    data: Data
    schema: Literal["neurosim/training/1"] = "neurosim/training/1"
    name: str = ""
    start: str | None = None
    steps: Annotated[int, Ge(1), Le(16)] = 4
    weight_bits: Annotated[int, Ge(2), Le(16)] = 8
    epochs: Positive = 10
    exact_epochs: Annotated[int, Ge(0)] = 1
    integer_epochs: Annotated[int, Ge(0)] = 1
    batch: Positive = 128
    rate: Annotated[float, Gt(0)] = 0.05
    warmup: Share = 0.1
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.9
    weight_decay: Annotated[float, Ge(0)] = 5e-4
    smoothing: Annotated[float, Ge(0), Lt(1)] = 0.0
    augmentation: Augmentation = Augmentation()
    sparsity: Sparsity = Sparsity()
    precision: Precision = "float32"
    seed: Annotated[int, Ge(0), Le(2**32 - 1)] = 1

    @property
    def levels(self) -> int:
        """Non-zero activation levels, 2^T - 1."""
        return 2**self.steps - 1
