"""Training recipes: a YAML file read, overridden and checked before anything is learnt."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

from neurosim.files.build import build
from neurosim.files.document import Document, Problems
from neurosim.files.override import Overrides, overridden
from neurosim.files.yaml import read
from neurosim.kinds import data_file, file_problem, is_path, known, suggest, unknown
from neurosim.network.zoo import NETWORKS
from neurosim.training.recipe import Recipe

FOLDER = "workloads/weights"


def read_recipe(path: str | Path, overrides: Overrides = ()) -> Recipe:
    """The recipe in the file ``path``, or of that bare name among the shipped weights, with ``overrides`` put in.

    Its name is the file's unless it says otherwise; ``start`` is relative to the file. DocumentError with all problems
    at once.
    """
    if isinstance(path, str) and not is_path(path):
        path = data_file(FOLDER, path)
    document = read(path)
    start = document.get(("start",))
    if isinstance(start, str):
        located = Document(document.path, str(Path(path).parent / start), {(): document.spot(("start",))}, {})
        document = document.grafted(("start",), located)
    document = overridden(document, overrides)
    problems = Problems(document)
    recipe = build(document, Recipe, problems)
    if recipe is not None:
        _check(recipe, problems)
    problems.raise_if_any()
    assert recipe is not None
    return dataclasses.replace(recipe, name=recipe.name or Path(path).stem)


def _check(recipe: Recipe, problems: Problems) -> None:
    """A network and a data set that exist, a start that is there, epochs that add up."""
    zoo, kinds = recipe.network.zoo, [kind for kind in known("neurosim.data") if kind != "dataset"]
    if zoo not in NETWORKS:
        problems.add(("network", "zoo"), unknown("network", zoo, sorted(NETWORKS)))
    else:
        options = [name for name in list(inspect.signature(NETWORKS[zoo]).parameters)[2:] if name != "levels"]
        for option in recipe.network.options:
            if option == "levels":
                problems.add(("network", "options", option), "the levels are 2^steps - 1; give 'steps'", key=True)
            elif option not in options:
                nearest = suggest(option, options) or f"; there are: {', '.join(options) or 'none'}"
                problems.add(("network", "options", option), f"unknown option{nearest}", key=True)
    if recipe.data.kind not in kinds:
        problems.add(("data", "kind"), unknown("data set", recipe.data.kind, kinds))
    if recipe.start is not None and (problem := file_problem(Path(recipe.start))):
        problems.add(("start",), problem)
    for name in ("exact_epochs", "integer_epochs"):
        if (epochs := getattr(recipe, name)) > recipe.epochs:
            problems.add((name,), f"{epochs} of {recipe.epochs} epochs")
