"""The plug-ins that a workload names: whether each is there, and whether it has the options that it is given.

They are looked at in the document itself, so that what is wrong with one section hides nothing that is wrong with its
options.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Gt, Lt

from neurosim.chip.noc.packets import PACKAGE as NOC_MODELS
from neurosim.chip.noc.packets import canonical_model, noc_module
from neurosim.datasets.dataset import PACKAGE as DATA
from neurosim.errors import DocumentError
from neurosim.files.documents.located_document import Document, KeyPath, Problems
from neurosim.files.documents.options import check_options, parameters
from neurosim.files.energy_tables.energy_table_names import parts_of
from neurosim.files.workload_checks import check_run, check_table
from neurosim.files.workload_schema import (
    MOST_COMPARISONS,
    MOST_SCHEDULES,
    MOST_STEPS,
    MOST_TABLES,
    TRAFFIC,
    ConversionConfig,
    MappingConfig,
    StimulusConfig,
)
from neurosim.network.zoo import ARGUMENTS, MODIFIERS, builder
from neurosim.network.zoo import PACKAGE as ZOO
from neurosim.plugins import file_problem, resolve
from neurosim.stimuli.dataset_stimulus import stimulus_class
from neurosim.stimuli.stimulus import NORMALISATION
from neurosim.stimuli.stimulus import PACKAGE as STIMULI

NEURONS = "neurosim.neurons"
SCHEDULES = "neurosim.schedule"
MAPPERS = "neurosim.mapping"
NETWORK = {**MODIFIERS, "activity": Annotated[float, Gt(0), Lt(0.5)]}
"""Options of every network: what changes its graph, and the activity that synthetic weights are calibrated to."""


def check_plug_ins(document: Document, problems: Problems) -> None:
    """Add to ``problems`` every plug-in of a workload that is not there, and every option that it cannot have."""
    check_network_options(document, problems, ("network",))
    _check_stimulus(document, problems)
    _check_mapping(document, problems)
    _check_conversion(document, problems, ("conversion",))
    _check_schedules(document, problems, ("schedules",))
    _check_noc_model(document, problems)
    _check_tables(document, problems)
    compared = document.get(("compare",))
    for index, comparison in enumerate(compared if isinstance(compared, list) else []):
        if isinstance(comparison, dict) and index < MOST_COMPARISONS:
            _check_conversion(document, problems, ("compare", index, "conversion"))
            _check_schedules(document, problems, ("compare", index, "schedules"))


def found_kind(
    package: str,
    document: Document,
    problems: Problems,
    place: KeyPath,
    usual: str | None = None,
    find: Callable[[str], Any] | None = None,
) -> Any:
    """Return the class of the kind at ``place``; None where there is none, which is then among the problems.

    ``find`` is what returns the class of a kind, where that is not the package's alone.
    """
    kind = document.get(place, usual)
    if not isinstance(kind, str):
        return None
    problem = file_problem(Path(kind)) if kind.endswith(".py") else ""
    if not problem:
        try:
            return resolve(package, kind) if find is None else find(kind)
        except DocumentError as error:
            problem = str(error)
    problems.add(place, problem)
    return None


def check_data_set(document: Document, problems: Problems, place: KeyPath) -> Any:
    """Return the data set whose kind and options are at ``place``, or None, the reasons being in ``problems``."""
    kind = document.get((*place, "kind"))
    owner = found_kind(DATA, document, problems, (*place, "kind"))
    return None if owner is None else check_options(owner, kind, problems, (*place, "options"))


def check_network_options(document: Document, problems: Problems, place: KeyPath) -> None:
    """Add to ``problems`` a network that does not exist, and the options that one cannot have."""
    name = document.get((*place, "zoo"))
    draw = found_kind(ZOO, document, problems, (*place, "zoo"), find=builder)
    if draw is not None:
        taken = dict.fromkeys(ARGUMENTS)
        check_options(draw, name, problems, (*place, "options"), given=taken, beside=NETWORK, make=False)


def _check_stimulus(document: Document, problems: Problems) -> None:
    place: KeyPath = ("stimulus",)
    section = document.get(place, {})
    if not isinstance(section, dict):
        return
    kind = section.get("kind", StimulusConfig.kind)
    owner = found_kind(STIMULI, document, problems, (*place, "kind"), StimulusConfig.kind, stimulus_class)
    if owner is not None:
        file = section.get("file")
        given = {} if file is None else {"file": file}
        if given and "file" not in parameters(owner):
            problems.add((*place, "file"), f"{kind} reads no file", key=True)
            given = {}
        sound = file is None or isinstance(file, str)
        check_options(owner, kind, problems, (*place, "options"), given=given, beside=NORMALISATION, make=sound)


def _check_mapping(document: Document, problems: Problems) -> None:
    section = document.get(("mapping",), {})
    if not isinstance(section, dict):
        return
    kind = section.get("kind", MappingConfig.kind)
    owner = found_kind(MAPPERS, document, problems, ("mapping", "kind"), MappingConfig.kind)
    if owner is not None:
        beside = {TRAFFIC: str | None} if getattr(owner, "reads_activity", False) else {}
        check_options(owner, kind, problems, ("mapping", "options"), beside=beside)
        if beside and isinstance(run := document.get(("mapping", "options", TRAFFIC)), str):
            check_run(run, problems, ("mapping", "options", TRAFFIC))


def _check_conversion(document: Document, problems: Problems, place: KeyPath) -> None:
    section = document.get(place, {})
    if not isinstance(section, dict):
        return
    kind = section.get("kind", ConversionConfig.kind)
    owner = found_kind(NEURONS, document, problems, (*place, "kind"), ConversionConfig.kind)
    if owner is not None:
        steps = section.get("steps", ConversionConfig.steps)
        first = next(iter(parameters(owner)), "steps")
        sound = type(steps) is int and 1 <= steps <= MOST_STEPS
        check_options(owner, kind, problems, (*place, "options"), given={first: steps}, make=sound)
    if isinstance(section.get("calibration"), dict):
        check_data_set(document, problems, (*place, "calibration"))


def _check_schedules(document: Document, problems: Problems, place: KeyPath) -> None:
    schedules = document.get(place)
    for index in range(min(len(schedules), MOST_SCHEDULES) if isinstance(schedules, list) else 0):
        found_kind(SCHEDULES, document, problems, (*place, index))


def _check_noc_model(document: Document, problems: Problems) -> None:
    found_kind(NOC_MODELS, document, problems, ("noc",), find=lambda name: noc_module(canonical_model(name)))


def _check_tables(document: Document, problems: Problems) -> None:
    """Tables that exist; of ``A+B`` each."""
    tables = document.get(("energy", "tables"))
    for index, names in enumerate(tables[:MOST_TABLES] if isinstance(tables, list) else []):
        for name in parts_of(names) if isinstance(names, str) else ():
            check_table(name, problems, ("energy", "tables", index))
