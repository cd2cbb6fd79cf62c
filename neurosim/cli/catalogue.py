"""What there is to choose from, one line each: chips, tables, neuron models, schedules, networks, workloads ..."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from neurosim.errors import DocumentError
from neurosim.files.chip import read_chip
from neurosim.files.energy_tables.energy_table import list_tables, read_table
from neurosim.messages import printable, suggest
from neurosim.network.zoo import NETWORKS
from neurosim.plugins import data_file, data_names, known, resolve
from neurosim.stimuli.dataset_stimulus import stimulus_class, stimulus_kinds

Row = dict[str, str]


def listing(what: str) -> list[Row]:
    """Return one row for each of ``what``, its name first; DocumentError for what nobody lists."""
    if what not in LISTS:
        nearest = suggest(what, LISTS) or f"; there are: {', '.join(LISTS)}"
        raise DocumentError(f"cannot list '{what}'{nearest}")
    return list(LISTS[what]())


def chips() -> Iterator[Row]:
    """Yield every chip with its title."""
    for name in data_names("chips"):
        spec = read_chip(name)
        yield {"name": name, "about": spec.title, "cores": str(spec.mesh.cores), "tick": f"{spec.tick_ns:g} ns"}


def tables() -> Iterator[Row]:
    """Yield every energy table with what it rests on."""
    for name in list_tables():
        table = read_table(name)
        checked = ", ".join(sorted({source.checked_against for source in table.sources.values()}))
        evidence = ", ".join(sorted({entry.evidence for entry in table.entries}))
        yield {"name": name, "about": table.title, "level": table.level, "evidence": evidence, "checked": checked}


def workloads() -> Iterator[Row]:
    """Yield every workload with the comment that opens it."""
    for name in data_names("workloads"):
        lines = data_file("workloads", name).read_text(encoding="utf-8").splitlines()
        opening = lines[0].lstrip("# ") if lines and lines[0].startswith("#") else ""
        yield {"name": name, "about": printable(opening)}


def networks() -> Iterator[Row]:
    """Yield every network of the zoo with its size at its usual input."""
    for name, draw in NETWORKS.items():
        yield {"name": name, "about": first_sentence(draw)}


def kinds(package: str) -> Callable[[], Iterator[Row]]:
    """Return what lists the plug-ins of a package with the first sentence of their docstrings."""

    def rows() -> Iterator[Row]:
        for name in known(package):
            yield {"name": name, "about": first_sentence(resolve(package, name))}

    return rows


def stimuli() -> Iterator[Row]:
    """Yield every stimulus; that of a data set, its test part, with what is said of the data set."""
    for name in stimulus_kinds():
        yield {"name": name, "about": first_sentence(stimulus_class(name))}


def first_sentence(thing: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


LISTS: dict[str, Callable[[], Iterator[Row]]] = {
    "chips": chips,
    "tables": tables,
    "neurons": kinds("neurosim.neurons"),
    "schedules": kinds("neurosim.schedule"),
    "mappers": kinds("neurosim.mapping"),
    "networks": networks,
    "stimuli": stimuli,
    "workloads": workloads,
}
