"""Checks of a workload beyond its types: what it names must exist, and what it combines must fit together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from pathlib import Path
from typing import Any

from neurosim.energy.tables.scale import Scale
from neurosim.errors import ConversionError, DocumentError
from neurosim.files.documents.located_document import KeyPath, Problems
from neurosim.files.energy_tables.energy_table_names import table_file
from neurosim.files.runs.run_folder import find_run
from neurosim.files.workload_schema import (
    ComparisonConfig,
    ConversionConfig,
    EnergyConfig,
    NetworkConfig,
    StimulusConfig,
    Workload,
)
from neurosim.network import zoo
from neurosim.plugins import file_problem, is_path

MOST_VALUES = 2**28
"""Pixels of all images, weights of a network, values of a layer for calibration: 1 GiB each (our choice)."""
AT_MOST = f"wanted at most {MOST_VALUES:,}"
UNCLIPPED = (
    "needs a 'calibration': a ReLU has no largest value, so clip values must be measured on images to train on, for "
    "example calibration: {kind: cifar10, images: 256, percentile: 99.9, options: {data: FOLDER}}"
)
MAX_POOLS = (
    "max pools cannot be simulated yet: a maximum of spikes is not a sum; train the network with average pools and "
    "say 'average'"
)
ACTIVITY = "activity"  # an option that is the calibration's, not the network's


def check_network(network: NetworkConfig, problems: Problems, place: KeyPath) -> None:
    """Check that a network has one source, a known name, and files that exist."""
    if (network.zoo is None) == (network.file is None):
        problems.add(place, f"wanted either 'zoo' or 'file', found {'neither' if network.zoo is None else 'both'}")
    if network.zoo is not None:
        for key in ("input", "classes"):
            if getattr(network, key) is None:
                problems.add((*place, key), f"missing; a network of the zoo needs '{key}'")
    elif network.options and network.file is not None:
        problems.add((*place, "options"), "are those of a network of the zoo; the file says its own", key=True)
    _check_file(network.file, problems, (*place, "file"))
    _check_file(network.weights, problems, (*place, "weights"))
    if isinstance(graph := network.options.get("graph"), str):
        _check_file(graph, problems, (*place, "options", "graph"))
    if network.options.get("pool") == "max":
        problems.add((*place, "options", "pool"), MAX_POOLS)
    if network.zoo is not None and not any(problem.place.startswith("network") for problem in problems.found):
        _check_graph(network, problems, place)


def _check_graph(network: NetworkConfig, problems: Problems, place: KeyPath) -> None:
    """Check that the network can be built for this input and these classes; no weights are loaded."""
    assert network.zoo is not None
    assert network.input is not None
    assert network.classes is not None
    options = {name: value for name, value in network.options.items() if name != ACTIVITY}
    try:
        zoo.build(network.zoo, network.input, network.classes, **options)
    except DocumentError as error:
        problems.add((*place, "options") if options else place, str(error))
    except ConversionError as error:
        problems.add((*place, _failing_key(network, options)), str(error))
    except Exception as error:  # a network from a user's own file may raise anything
        problems.add((*place, "zoo"), f"{network.zoo} cannot be built: {type(error).__name__}: {error}")


def _failing_key(network: NetworkConfig, options: Mapping[str, Any]) -> str:
    """Return the key that a network fails by: ``classes`` if it can be built for one class, else ``input``."""
    assert network.zoo is not None
    assert network.input is not None
    try:
        zoo.build(network.zoo, network.input, 1, **options)
    except ConversionError:
        return "input"
    return "classes"


def check_stimulus(stimulus: StimulusConfig, problems: Problems, place: KeyPath) -> None:
    """Check that the file exists."""
    _check_file(stimulus.file, problems, (*place, "file"))
    _check_option_file(stimulus.options, problems, place)


def check_conversion(conversion: ConversionConfig, problems: Problems, place: KeyPath) -> None:
    """Check that the file to calibrate on exists."""
    if conversion.calibration is not None:
        _check_option_file(conversion.calibration.options, problems, (*place, "calibration"))


def check_size(workload: Workload, problems: Problems) -> None:
    """A network and images that memory can hold, before any of them is made."""
    network, images = workload.network, workload.stimulus.images
    options = {name: value for name, value in network.options.items() if name != ACTIVITY}
    if network.zoo is None or network.input is None or network.classes is None or "graph" in options:
        return  # a network that is read from a file has the size that the file has
    pixels = images * prod(network.input)
    if pixels > MOST_VALUES:
        shape = " x ".join(f"{side:,}" for side in network.input)
        problems.add(("stimulus", "images"), f"{images:,} images of {shape} are {pixels:,} values; {AT_MOST}")
    try:
        graph = zoo.build(network.zoo, network.input, network.classes, **options)
    except (DocumentError, ConversionError):
        return  # check_network has said so
    weights = sum(map(prod, graph.parameters.values()))
    if weights > MOST_VALUES:
        problems.add(("network",), f"{network.zoo} has {weights:,} weights for this input; {AT_MOST}")
    largest = max(map(prod, graph.shapes.values()))
    if network.weights is None and images * largest > MOST_VALUES:
        problems.add(
            ("stimulus", "images"),
            f"synthetic weights are calibrated on all images, {images:,} of {largest:,} values in the largest layer; "
            f"{AT_MOST} together",
        )


def check_calibrated(workload: Workload, problems: Problems) -> None:
    """Check that every conversion of a ReLU network has a calibration."""
    if workload.network.options.get("activation") != "relu":
        return
    conversions: list[tuple[KeyPath, ConversionConfig]] = [(("conversion",), workload.conversion)]
    conversions += [
        (("compare", index, "conversion"), other.conversion) for index, other in enumerate(workload.compare)
    ]
    for place, conversion in conversions:
        if conversion.calibration is None:
            problems.add(place, UNCLIPPED)
        elif conversion.policy is not None and conversion.levels is None:
            problems.add((*place, "policy"), "wants 'levels' beside it: a ReLU network was trained for no steps")


def check_schedules(schedules: Iterable[str], problems: Problems, place: KeyPath) -> None:
    """Check that each schedule is named once."""
    seen: set[str] = set()
    for index, schedule in enumerate(schedules):
        if schedule in seen:
            problems.add((*place, index), f"'{schedule}' is named twice")
        seen.add(schedule)


def check_energy(energy: EnergyConfig, problems: Problems, place: KeyPath) -> None:
    """Check that each combination of tables is named once, and that the scale can be read."""
    for index, names in enumerate(energy.tables):
        if names in energy.tables[:index]:
            problems.add((*place, "tables", index), f"'{names}' is named twice")
    if energy.scale:
        try:
            Scale.parse(energy.scale, energy.from_vdd)
        except DocumentError as error:
            problems.add((*place, "scale"), str(error).removeprefix(f"--scale {energy.scale}: "))


def check_comparisons(comparisons: Iterable[ComparisonConfig], problems: Problems, place: KeyPath) -> None:
    """Check that comparisons have different names, and each conversion and its schedules."""
    seen: set[str] = set()
    for index, comparison in enumerate(comparisons):
        if comparison.name in seen:
            problems.add((*place, index, "name"), f"'{comparison.name}' is named twice")
        seen.add(comparison.name)
        check_conversion(comparison.conversion, problems, (*place, index, "conversion"))
        check_schedules(comparison.schedules, problems, (*place, index, "schedules"))


def check_table(name: str, problems: Problems, place: KeyPath) -> None:
    """A table that is there, by its name or its path."""
    if is_path(name):
        _check_file(name, problems, place)
        return
    try:
        table_file(name)
    except DocumentError as error:
        problems.add(place, str(error))


def check_run(name: str, problems: Problems, place: KeyPath) -> None:
    """Check that a run exists."""
    try:
        find_run(name)
    except DocumentError as error:
        problems.add(place, str(error))


def _check_option_file(options: Mapping[str, Any], problems: Problems, place: KeyPath) -> None:
    if isinstance(file := options.get("file"), str):
        _check_file(file, problems, (*place, "options", "file"))


def _check_file(name: str | None, problems: Problems, place: KeyPath) -> None:
    if name is not None and (problem := file_problem(Path(name))):
        problems.add(place, problem)
