"""Small things to learn: random images of eight by eight, and networks that see them."""

import csv
from pathlib import Path

import numpy as np

from neurosim.datasets.dataset import LabelledImages
from neurosim.network.layers import Activation, Add, AvgPool2d, Flatten, GlobalAvgPool2d, Linear, Shortcut
from neurosim.network.zoo import GraphBuilder, build
from neurosim.training.job import TrainingJob
from neurosim.training.recipe import Architecture, Augmentation, DataConfig, Recipe

SHAPE, CLASSES = (1, 8, 8), 3


def examples(images=40, seed=1, channels=1, classes=CLASSES):
    """Images that are brighter the higher their label, codes 0 to 16."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    codes = random.integers(0, 8, (images, 8, 8, channels)) + 4 * labels[:, None, None, None]
    return LabelledImages(codes.astype(np.uint8), labels, tuple(map(str, range(classes))), 1 / 16, 16, "random images")


def recipe(**changes):
    """Two epochs of four batches, the second one on integers."""
    usual = {"epochs": 2, "integer_epochs": 1, "batch": 10, "augmentation": Augmentation(1, True, 2), "name": "tiny"}
    return Recipe(Architecture("digits_cnn", SHAPE, CLASSES), DataConfig("npz"), **{**usual, **changes})


def job(start=None, **changes):
    """A job that takes a second, its start a file."""
    from neurosim.network.importers import npz

    chosen = recipe(start=None if start is None else str(start), **changes)
    graph = build("digits_cnn", SHAPE, CLASSES, levels=chosen.levels)
    begun = None if start is None else npz.read(start, graph)
    return TrainingJob(chosen, graph, examples(), examples(12, seed=2), begun)


def residual(levels=15):
    """A network with both kinds of shortcut, pools before and behind additions, and a depthwise convolution."""
    sketch = GraphBuilder("residual", SHAPE, levels)
    sketch.conv("stem", 4, 3)
    source = sketch.activate("stem")
    branch = sketch.conv("one", 6, 3, 2)
    source = sketch.add("one.skip", Shortcut(2, 1, 1), source)
    sketch.add("one.add", Add(), branch, source)
    source = sketch.add("one.out", Activation(levels))
    sketch.conv("two", 6, 3, groups=6)
    sketch.activate("two")
    branch = sketch.conv("two.project", 8, 1)
    source = sketch.conv("two.skip", 8, 1, source=source)
    sketch.add("two.add", Add(), branch, source)
    source = sketch.add("two.out", Activation(levels))
    branch = sketch.conv("three", 8, 3, 2, source=source)
    pooled = sketch.add("three.pool", AvgPool2d((2, 2), (2, 2)), source)
    sketch.add("three.add", Add(), pooled, branch)
    sketch.add("three.out", Activation(levels))
    sketch.add("pool_all", GlobalAvgPool2d())
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(CLASSES))
    return sketch.graph()


def write_data(path=Path("tiny.npz"), **changes):
    """Write a data set file with both parts."""
    train, test = examples(), examples(12, seed=2)
    arrays = {"x_train": train.images, "y_train": train.labels, "x_test": test.images, "y_test": test.labels}
    np.savez(path, **{**arrays, **changes})


RECIPE = """\
schema: neurosim/training/1
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 3}
data: {kind: npz, options: {file: tiny.npz, max_code: 19}}
epochs: 2
integer_epochs: 1
batch: 10
augmentation: {shift: 1, mirror: true}
"""


def write_recipe(path=Path("tiny.yaml"), **changes):
    """Write the recipe of ``write_data``, lines replaced by their key, and return its path."""
    lines = [f"{key}: {changes.pop(key)}" if (key := line.partition(":")[0]) in changes else line
             for line in RECIPE.splitlines()]  # fmt: skip
    path.write_text("\n".join([*lines, *(f"{key}: {value}" for key, value in changes.items())]) + "\n")
    return path


def rows(path):
    """The rows of a CSV file, its wall-clock column left out."""
    with path.open(newline="") as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]
