"""What a workload asks for and does not exist: networks, models, tables, schedules, mappers, files."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neurosim.errors import ConversionError, DocumentError
from neurosim.files.build import found_text
from neurosim.files.choices import (
    TRAFFIC,
    Comparison,
    ConversionChoice,
    EnergyChoice,
    MappingChoice,
    NetworkChoice,
    StimulusChoice,
    Workload,
)
from neurosim.files.document import Place, Problems
from neurosim.files.run_folder import find_run
from neurosim.files.table_names import parts_of, table_file
from neurosim.kinds import file_problem, is_path, known, resolve, suggest, unknown
from neurosim.network import zoo
from neurosim.network.zoo import NETWORKS, option_names, option_problem

STIMULI = "neurosim.conversion.stimuli"
DATA = "neurosim.data"
UNCLIPPED = (
    "needs a 'calibration': a ReLU has no largest value, so clip values must be measured on images to train on, for "
    "example calibration: {kind: cifar10, images: 256, percentile: 99.9, options: {data: FOLDER}}"
)
OWN_OPTIONS = ["activity"]  # of a network of the zoo without weights: what its synthetic ones are calibrated to
MAX_POOLS = (
    "max pools cannot be simulated yet: a maximum of spikes is not a sum; train the network with average pools and "
    "say 'average'"
)


def check_network(network: NetworkChoice, problems: Problems, place: Place) -> None:
    """One source, a name that the zoo knows with the options that it has, files that exist."""
    if (network.zoo is None) == (network.file is None):
        problems.add(place, f"wanted either 'zoo' or 'file', found {'neither' if network.zoo is None else 'both'}")
    sound = len(problems.found)
    if network.zoo is not None:
        if network.zoo not in NETWORKS:
            problems.add((*place, "zoo"), unknown("network", network.zoo, sorted(NETWORKS)))
        else:
            _check_options(network.zoo, network.options, problems, (*place, "options"))
        for key in ("input", "classes"):
            if getattr(network, key) is None:
                problems.add((*place, key), f"missing; a network of the zoo needs '{key}'")
    elif network.options and network.file is not None:
        problems.add((*place, "options"), "are those of a network of the zoo; the file says its own", key=True)
    _check_file(network.file, problems, (*place, "file"))
    _check_file(network.weights, problems, (*place, "weights"))
    if network.zoo is not None and len(problems.found) == sound:
        _check_graph(network, problems, place)


def _check_options(name: str, options: Mapping[str, Any], problems: Problems, place: Place) -> None:
    """Options that a network of the zoo has, with values that they can have."""
    names = option_names(name) + OWN_OPTIONS
    for option, value in options.items():
        if option not in names:
            nearest = suggest(option, names) or f"; there are: {', '.join(names)}"
            problems.add((*place, option), f"unknown option{nearest}", key=True)
        elif option == "activity":
            if type(value) not in (int, float) or not 0 < value < 0.5:
                problems.add((*place, option), f"wanted a number above 0 and below 0.5, found {found_text(value)}")
        elif problem := option_problem(name, option, value):
            problems.add((*place, option), problem)
        elif option == "graph":
            _check_file(value, problems, (*place, option))
    if options.get("pool") == "max":
        problems.add((*place, "pool"), MAX_POOLS)


def _check_graph(network: NetworkChoice, problems: Problems, place: Place) -> None:
    """A graph that can be drawn for this input and these classes, and that memory holds; nothing is loaded for it."""
    assert network.zoo is not None
    assert network.input is not None
    assert network.classes is not None
    options = {name: value for name, value in network.options.items() if name not in OWN_OPTIONS}
    try:
        zoo.build(network.zoo, network.input, network.classes, **options)
    except DocumentError as error:
        problems.add((*place, "options") if options else place, str(error))
    except ConversionError as error:
        problems.add((*place, _blamed(network, options)), str(error))


def _blamed(network: NetworkChoice, options: Mapping[str, Any]) -> str:
    """Return the key that a graph which cannot be drawn fails by: with one class it can, or with no input so large."""
    assert network.zoo is not None
    assert network.input is not None
    try:
        zoo.build(network.zoo, network.input, 1, **options)
    except ConversionError:
        return "input"
    return "classes"


def check_stimulus(stimulus: StimulusChoice, problems: Problems, place: Place) -> None:
    """A known kind, a file that exists."""
    _check_kind(STIMULI, stimulus.kind, problems, (*place, "kind"))
    _check_file(stimulus.file, problems, (*place, "file"))
    _check_option_file(stimulus.options, problems, place)


def check_conversion(conversion: ConversionChoice, problems: Problems, place: Place) -> None:
    """A neuron model that exists, and a data set to calibrate on."""
    _check_kind("neurosim.neurons", conversion.kind, problems, (*place, "kind"))
    if conversion.calibration is not None:
        _check_kind(DATA, conversion.calibration.kind, problems, (*place, "calibration", "kind"))
        _check_option_file(conversion.calibration.options, problems, (*place, "calibration"))


def check_calibrated(workload: Workload, problems: Problems) -> None:
    """Clip values for a network that says it has none, in every conversion."""
    if workload.network.options.get("activation") != "relu":
        return
    conversions: list[tuple[Place, ConversionChoice]] = [(("conversion",), workload.conversion)]
    conversions += [
        (("compare", index, "conversion"), other.conversion) for index, other in enumerate(workload.compare)
    ]
    for place, conversion in conversions:
        if conversion.calibration is None:
            problems.add(place, UNCLIPPED)
        elif conversion.policy is not None and conversion.levels is None:
            problems.add((*place, "policy"), "wants 'levels' beside it: a ReLU network was trained for no steps")


def check_mapping(mapping: MappingChoice, problems: Problems, place: Place) -> None:
    """A mapper that exists, options that it has, and a run whose traffic it may read."""
    found = len(problems.found)
    _check_kind("neurosim.mapping", mapping.kind, problems, (*place, "kind"))
    if len(problems.found) > found or not mapping.options:
        return
    mapper = resolve("neurosim.mapping", mapping.kind)
    known_options = list(inspect.signature(mapper).parameters)
    known_options += [TRAFFIC] if getattr(mapper, "reads_activity", False) else []
    for option in mapping.options:
        if option not in known_options:
            nearest = suggest(option, known_options) or f"; there are: {', '.join(known_options) or 'none'}"
            problems.add((*place, "options", option), f"unknown option of {mapping.kind}{nearest}", key=True)
    if TRAFFIC in known_options:
        _check_run(mapping.traffic, problems, (*place, "options", TRAFFIC))


def check_schedules(schedules: Iterable[str], problems: Problems, place: Place) -> None:
    """Schedules that exist, each named once."""
    seen: dict[str, int] = {}
    for index, schedule in enumerate(schedules):
        _check_kind("neurosim.schedule", schedule, problems, (*place, index))
        if schedule in seen:
            problems.add((*place, index), f"'{schedule}' is named twice")
        seen[schedule] = index


def check_energy(energy: EnergyChoice, problems: Problems, place: Place) -> None:
    """Tables that exist, each combination named once."""
    for index, names in enumerate(energy.tables):
        for name in parts_of(names):
            _check_table(name, problems, (*place, "tables", index))
        if names in energy.tables[:index]:
            problems.add((*place, "tables", index), f"'{names}' is named twice")


def check_comparisons(comparisons: Iterable[Comparison], problems: Problems, place: Place) -> None:
    """Comparisons with names of their own, and what each of them asks for."""
    seen: set[str] = set()
    for index, comparison in enumerate(comparisons):
        if comparison.name in seen:
            problems.add((*place, index, "name"), f"'{comparison.name}' is named twice")
        seen.add(comparison.name)
        check_conversion(comparison.conversion, problems, (*place, index, "conversion"))
        check_schedules(comparison.schedules, problems, (*place, index, "schedules"))


def _check_kind(package: str, kind: str, problems: Problems, place: Place) -> None:
    if kind.endswith(".py"):
        _check_file(kind, problems, place)
    elif kind not in known(package):
        problems.add(place, unknown(package.rpartition(".")[2], kind, known(package)))


def _check_table(name: str, problems: Problems, place: Place) -> None:
    if is_path(name):
        _check_file(name, problems, place)
        return
    try:
        table_file(name)
    except DocumentError as error:
        problems.add(place, str(error))


def _check_run(name: Any, problems: Problems, place: Place) -> None:
    if name is None:
        return
    if not isinstance(name, str):
        problems.add(place, f"wanted the folder of a run, found {name!r}")
        return
    try:
        find_run(name)
    except DocumentError as error:
        problems.add(place, str(error))


def _check_option_file(options: Mapping[str, Any], problems: Problems, place: Place) -> None:
    if isinstance(file := options.get("file"), str):
        _check_file(file, problems, (*place, "options", "file"))


def _check_file(name: str | None, problems: Problems, place: Place) -> None:
    if name is not None and (problem := file_problem(Path(name))):
        problems.add(place, problem)
