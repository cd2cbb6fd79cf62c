"""Training recipes: a YAML file read, overridden and validated before training begins."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from math import prod
from pathlib import Path

from neurosim.errors import ConversionError, DocumentError
from neurosim.files.documents.located_document import Document, KeyPath, Problems
from neurosim.files.documents.options import check_options
from neurosim.files.documents.override import Overrides, overridden
from neurosim.files.documents.validate import build
from neurosim.files.documents.yaml import read
from neurosim.files.plug_in_checks import check_data_set
from neurosim.files.workload_checks import AT_MOST, MOST_VALUES
from neurosim.network import zoo
from neurosim.network.zoo import NETWORKS, option_names
from neurosim.plugins import data_file, data_names, file_problem, is_path, unknown
from neurosim.training.recipe import Recipe

FOLDER = "workloads/weights"
UNUSED_OPTIONS = {
    "levels": "the levels are 2^steps - 1; give 'steps'",
    "activation": "only clipped activations are trained; leave it out",
    "pool": "only average pools are trained; leave it out",
    "eps": "batch normalisation is trained with 1e-5; leave it out",
}
"""Options of networks that a recipe does not use, with the reason."""
LONGEST_NAME = 200  # in bytes; file systems take 255, and the files have an ending
PATHS: tuple[KeyPath, ...] = (("start",), ("data", "options", "file"), ("data", "options", "data"))


def read_recipe(path: str | Path, overrides: Overrides = ()) -> Recipe:
    """The recipe in the file ``path``, or of that bare name among the shipped weights, with ``overrides`` applied.

    Its name is the file's unless it says otherwise; paths inside the file are relative to it, those of an override to
    the current directory. DocumentError with all problems at once.
    """
    if isinstance(path, str) and not is_path(path):
        if path not in (names := data_names(FOLDER)):
            raise DocumentError(unknown("recipe", path, names))
        path = data_file(FOLDER, path)
    document = read(path)
    document = overridden(document.located(PATHS, Path(path).parent), overrides)
    problems = Problems(document)
    recipe = build(document, Recipe, problems)
    _check_data(document, problems)
    if recipe is not None:
        _check(recipe, problems)
    problems.raise_if_any()
    assert recipe is not None
    return dataclasses.replace(recipe, name=recipe.name or Path(path).stem)


def _check(recipe: Recipe, problems: Problems) -> None:
    """Check the name, the network, the start weights and the numbers of epochs."""
    if recipe.name and (problem := _name_problem(recipe.name)):
        problems.add(("name",), problem)
    _check_network(recipe, problems)
    _check_crop(recipe, problems)
    if recipe.start is not None and (problem := file_problem(Path(recipe.start))):
        problems.add(("start",), problem)
    augmentation = recipe.augmentation
    shares = {("exact_epochs",): recipe.exact_epochs, ("integer_epochs",): recipe.integer_epochs}
    for place, epochs in (shares | {("augmentation", "crop_epochs"): augmentation.crop_epochs}).items():
        if epochs > recipe.epochs:
            problems.add(place, f"{epochs} of {recipe.epochs} epochs")


def _name_problem(name: str) -> str:
    """Why ``name`` cannot be a file name; nothing if it can: no folders, no hidden files."""
    is_plain = name.isprintable() and not name.startswith(".") and not set(name) & set("/\\")
    if not is_plain:
        return f"{name!r} is no name for files: wanted one without slashes or control characters, no dot in front"
    if len(name.encode(errors="replace")) > LONGEST_NAME:
        return f"a name of {len(name):,} characters; wanted at most {LONGEST_NAME}"
    return ""


def _check_network(recipe: Recipe, problems: Problems) -> None:
    """Check that the network can be trained: not one on a graph, nor one of ReLUs."""
    network = recipe.network
    trainable = [name for name in sorted(NETWORKS) if "graph" not in option_names(name)]
    if network.zoo in NETWORKS and network.zoo not in trainable:
        message = f"{network.zoo} is a network on a graph, which is not trained here; there are: {', '.join(trainable)}"
        problems.add(("network", "zoo"), message)
        return
    if network.zoo not in trainable:
        problems.add(("network", "zoo"), unknown("network", network.zoo, trainable))
        return
    for option, about in UNUSED_OPTIONS.items():
        if option in network.options:
            problems.add(("network", "options", option), about, key=True)
    if any(option in network.options for option in UNUSED_OPTIONS):
        return
    given = {"input": network.input, "classes": network.classes, "levels": recipe.levels}
    graph = check_options(zoo.NETWORKS[network.zoo], network.zoo, problems, ("network", "options"), given=given)
    if graph is not None and (weights := sum(map(prod, graph.parameters.values()))) > MOST_VALUES:
        problems.add(("network",), f"{network.zoo} has {weights:,} weights for this input; {AT_MOST}")


def _check_crop(recipe: Recipe, problems: Problems) -> None:
    """Check that the crop lies within the image and that the network takes it with the same weights."""
    network, side = recipe.network, recipe.augmentation.crop
    place = ("augmentation", "crop")
    if bool(side) != bool(recipe.augmentation.crop_epochs):
        problems.add(place, "wanted both 'crop' and 'crop_epochs', or neither")
        return
    if not side or network.zoo not in NETWORKS:
        return
    channels, rows, columns = network.input
    if side > min(rows, columns):
        problems.add(place, f"{side} of an image of {rows} x {columns} pixels")
        return
    if _parameters(recipe, network.input) != _parameters(recipe, (channels, side, side)):
        problems.add(place, f"{network.zoo} cannot take squares of {side} pixels: wanted one that averages all pixels")


def _parameters(recipe: Recipe, input: tuple[int, int, int]) -> Mapping[str, tuple[int, ...]] | None:
    """The shapes of all weights of a recipe's network for images of this size; None if there is no such network."""
    network = recipe.network
    try:
        return zoo.build(network.zoo, input, network.classes, levels=recipe.levels, **network.options).parameters
    except (DocumentError, ConversionError, TypeError):
        return None


def _check_data(document: Document, problems: Problems) -> None:
    """Check the data set, its options and its file."""
    check_data_set(document, problems, ("data",))
    file = document.get(("data", "options", "file"))
    if isinstance(file, str) and (problem := file_problem(Path(file))):
        problems.add(("data", "options", "file"), problem)
