"""The training recipe: everything that decides the result of a training run, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt

Positive = Annotated[int, Ge(1), Le(2**31 - 1)]
Count = Annotated[int, Ge(0), Le(2**31 - 1)]
LARGEST = 1e38  # a float32 holds it
Side = Annotated[int, Ge(1), Le(2**16)]
Epochs = Annotated[int, Ge(1), Le(1_000_000)]
Share = Annotated[float, Ge(0), Le(1)]
Normalisation = Literal["neuron", "sample", "sum"]
Precision = Literal["float32", "bfloat16"]
STRICT = {"extra": "forbid"}


@dataclass(frozen=True)
class DataConfig:
    """The data set: its kind, a file of ``neurosim/data``, and the options of that kind."""

    __pydantic_config__ = STRICT

    kind: Annotated[str, "kind of data set; one part of it is trained on, the other measured on"]
    options: Annotated[dict[str, Any], "options of that kind"] = field(default_factory=dict)


@dataclass(frozen=True)
class Architecture:
    """A network of the zoo; ``input`` is (channels, rows, columns)."""

    __pydantic_config__ = STRICT

    zoo: Annotated[str, "name of a network with clipped activations and average pools"]
    input: Annotated[tuple[Side, Side, Side], "channels, rows and columns of an image"]
    classes: Annotated[int, Ge(1), Le(2**20), "number of classes"]
    options: Annotated[dict[str, Any], "options of that network"] = field(default_factory=dict)


@dataclass(frozen=True)
class Augmentation:
    """How an image is varied: shifted by up to ``shift`` pixels, mirrored, a square of ``cutout`` pixels blanked.

    Over the first ``crop_epochs`` only a square of ``crop`` pixels of it is trained on, at less cost.
    """

    __pydantic_config__ = STRICT

    shift: Annotated[Count, "images are shifted by up to so many pixels each way, zeros behind"] = 0
    mirror: Annotated[bool, "half of the images are mirrored, left to right"] = False
    cutout: Annotated[Count, "side of a square that is blanked, its centre anywhere in the image"] = 0
    crop: Annotated[Count, "side of a square anywhere in the image that is trained on; 0 is the whole image"] = 0
    crop_epochs: Annotated[Count, "over the first so many epochs, `crop` is in force"] = 0


@dataclass(frozen=True)
class Sparsity:
    """The bit-level L1 penalty (conversion.md section 12): ``coefficient`` x T x the sum of unsaturated activations.

    ``normalisation`` divides it: ``neuron`` by images and by neurons, so that one coefficient means the same for every
    network; ``sample`` by images; ``sum`` by nothing, as the published coefficients.
    """

    __pydantic_config__ = STRICT

    coefficient: Annotated[float, Ge(0), Le(LARGEST), "of the penalty on activity; 0 is none"] = 0.0
    normalisation: Annotated[
        Normalisation, "what the penalty is divided by: `neuron` (images x neurons), `sample` (images), `sum` (nothing)"
    ] = "neuron"


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
    data: DataConfig
    schema: Annotated[Literal["neurosim/training/1"], "of the file"] = "neurosim/training/1"
    name: Annotated[str, "of the weight files; the recipe's own without `.yaml`"] = ""
    start: Annotated[str | None, "weight file to begin with, real numbers or integers, relative to the recipe"] = None
    steps: Annotated[int, Ge(1), Le(16), "T of `accumulate_fire`: activations have 2^T - 1 levels"] = 4
    weight_bits: Annotated[int, Ge(2), Le(16), "of a weight, signed"] = 8
    epochs: Annotated[Epochs, "passes over the training images"] = 10
    exact_epochs: Annotated[Count, "the last so many are float32, whatever `precision` says"] = 1
    integer_epochs: Annotated[
        Count, "over the last so many, batch statistics and clip values stand still and all numbers are the integers'"
    ] = 1
    batch: Annotated[Positive, "images that are trained on together"] = 128
    rate: Annotated[float, Gt(0), Le(LARGEST), "highest learning rate; falls along half a cosine to 0"] = 0.05
    warmup: Annotated[Share, "share of all batches over which the rate rises"] = 0.1
    momentum: Annotated[float, Ge(0), Lt(1), "Nesterov's; 0 is none"] = 0.9
    weight_decay: Annotated[
        float, Ge(0), Le(LARGEST), "of the weights of layers; biases, statistics and clip values have none"
    ] = 5e-4
    smoothing: Annotated[float, Ge(0), Lt(1), "share of a label that is spread over all classes"] = 0.0
    augmentation: Augmentation = Augmentation()
    sparsity: Sparsity = Sparsity()
    precision: Annotated[Precision, "in which layers are evaluated; weights are always float32"] = "float32"
    seed: Annotated[int, Ge(0), Le(2**32 - 1), "of first weights, order and augmentation"] = 1

    @property
    def levels(self) -> int:
        """Non-zero activation levels, 2^T - 1."""
        return (1 << self.steps) - 1
