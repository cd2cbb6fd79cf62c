"""Everything that a workload, a recipe or a verb may name, one line each: chips, energy tables, neuron models ..."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from neurosim.datasets.dataset import PACKAGE as DATASETS
from neurosim.errors import DocumentError
from neurosim.files.chip import read_chip
from neurosim.files.energy_tables.energy_table import list_tables, read_table
from neurosim.messages import printable, suggest
from neurosim.network.zoo import NETWORKS
from neurosim.network.zoo import PACKAGE as ZOO
from neurosim.plugins import DISTRIBUTION, about, data_file, data_names, data_origin, known, origin
from neurosim.stimuli.dataset_stimulus import stimulus_kinds
from neurosim.stimuli.stimulus import PACKAGE as STIMULI

Row = dict[str, str]
PACKAGE = "package"
"""The distribution that something comes with; a column where any comes with another than neurosim."""


def listing(what: str) -> list[Row]:
    """Return one row for each item of the list ``what``, its name first; DocumentError for an unknown list.

    Nothing is imported for it but neurosim; a broken package has its row as well.
    """
    if what not in LISTS:
        nearest = suggest(what, LISTS) or f"; there are: {', '.join(LISTS)}"
        raise DocumentError(f"cannot list '{what}'{nearest}")
    rows = list(LISTS[what]())
    if {row.get(PACKAGE, DISTRIBUTION) for row in rows} <= {DISTRIBUTION}:
        return [{key: value for key, value in row.items() if key != PACKAGE} for row in rows]
    return [{**row, PACKAGE: row.get(PACKAGE, DISTRIBUTION)} for row in rows]


def chips() -> Iterator[Row]:
    """Yield every chip with its title."""
    for name in data_names("chips"):
        spec = read_chip(name)
        sizes = {"cores": str(spec.mesh.cores), "tick": f"{spec.tick_ns:g} ns"}
        yield {"name": name, "about": spec.title, **sizes, PACKAGE: data_origin("chips", name)}


def tables() -> Iterator[Row]:
    """Yield every energy table with its level and its evidence."""
    for name in list_tables():
        table = read_table(name)
        checked = ", ".join(sorted({source.checked_against for source in table.sources.values()}))
        evidence = ", ".join(sorted({entry.evidence for entry in table.entries}))
        columns = {"level": table.level, "evidence": evidence, "checked": checked}
        yield {"name": name, "about": table.title, **columns, PACKAGE: data_origin("energy_tables", name)}


def workloads() -> Iterator[Row]:
    """Yield every workload with the comment on its first line."""
    for name in data_names("workloads"):
        lines = data_file("workloads", name).read_text(encoding="utf-8").splitlines()
        comment = lines[0].lstrip("# ") if lines and lines[0].startswith("#") else ""
        yield {"name": name, "about": printable(comment), PACKAGE: data_origin("workloads", name)}


def networks() -> Iterator[Row]:
    """Yield every network of the zoo with the first line of its docstring."""
    for name, builder in NETWORKS.items():
        yield {"name": name, "about": first_line(builder)}
    yield from plug_ins(ZOO)()


def plug_ins(package: str) -> Callable[[], Iterator[Row]]:
    """Return the function that lists the plug-ins of a package with the first line of their docstrings."""

    def rows() -> Iterator[Row]:
        for name in known(package):
            yield {"name": name, "about": about(package, name), PACKAGE: origin(package, name)}

    return rows


def stimuli() -> Iterator[Row]:
    """Yield every stimulus; that of a data set, its test part, with the line of the data set."""
    for name in stimulus_kinds():
        package = STIMULI if name in known(STIMULI) else DATASETS
        yield {"name": name, "about": about(package, name), PACKAGE: origin(package, name)}


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
    "noc_models": plug_ins("neurosim.chip.noc"),
    "figures": plug_ins("neurosim.report.figures"),
    "workloads": workloads,
}
