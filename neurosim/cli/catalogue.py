"""Everything that a workload, a recipe or a verb may name, one line each: chips, energy tables, neuron models ..."""

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
    """Return one row for each item of the list ``what``, its name first; DocumentError for an unknown list."""
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
    """Yield every energy table with its level and its evidence."""
    for name in list_tables():
        table = read_table(name)
        checked = ", ".join(sorted({source.checked_against for source in table.sources.values()}))
        evidence = ", ".join(sorted({entry.evidence for entry in table.entries}))
        yield {"name": name, "about": table.title, "level": table.level, "evidence": evidence, "checked": checked}


def workloads() -> Iterator[Row]:
    """Yield every workload with the comment on its first line."""
    for name in data_names("workloads"):
        lines = data_file("workloads", name).read_text(encoding="utf-8").splitlines()
        comment = lines[0].lstrip("# ") if lines and lines[0].startswith("#") else ""
        yield {"name": name, "about": printable(comment)}


def networks() -> Iterator[Row]:
    """Yield every network of the zoo with the first line of its docstring."""
    for name, builder in NETWORKS.items():
        yield {"name": name, "about": first_line(builder)}


def plug_ins(package: str) -> Callable[[], Iterator[Row]]:
    """Return the function that lists the plug-ins of a package with the first line of their docstrings."""

    def rows() -> Iterator[Row]:
        for name in known(package):
            yield {"name": name, "about": first_line(resolve(package, name))}

    return rows


def stimuli() -> Iterator[Row]:
    """Yield every stimulus; that of a data set, its test part, with what is said of the data set."""
    for name in stimulus_kinds():
        yield {"name": name, "about": first_line(stimulus_class(name))}


def first_line(thing: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").partition("\n")[0]


LISTS: dict[str, Callable[[], Iterator[Row]]] = {
    "chips": chips,
    "tables": tables,
    "neurons": plug_ins("neurosim.neurons"),
    "schedules": plug_ins("neurosim.schedule"),
    "mappers": plug_ins("neurosim.mapping"),
    "networks": networks,
    "layers": plug_ins("neurosim.network.layers"),
    "importers": plug_ins("neurosim.network.importers"),
    "stimuli": stimuli,
    "datasets": plug_ins("neurosim.datasets"),
    "figures": plug_ins("neurosim.report.figures"),
    "workloads": workloads,
}
