"""The parts of the documentation that are listings: each is printed from what neurosim itself reads.

A page holds one between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import typing
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from neurosim import errors, units
from neurosim.chip.spec import ChipSpec
from neurosim.cli import catalogue
from neurosim.datasets import dataset
from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.energy.tables.bands import stated_or_usual
from neurosim.energy.tables.table import Entry, Source, Table
from neurosim.files import recipe as recipe_files
from neurosim.files.documents.yaml import read as read_yaml
from neurosim.files.energy_tables.energy_table import list_tables, read_table
from neurosim.files.energy_tables.energy_table_schema import TableForm
from neurosim.files.workload_schema import Workload
from neurosim.ledger import vocabulary
from neurosim.plugins import data_file, data_names, known, resolve
from neurosim.training.recipe import Recipe

ROOT = Path(__file__).resolve().parents[2]
REGION = re.compile(r"(?P<open><!-- generated: (?P<name>[\w ]+) -->\n)(?P<body>.*?)(?P<close><!-- end -->)", re.DOTALL)
SECONDARY = "†"


def renew(page: str) -> str:
    """Return a page with every generated part as it should be; a KeyError for a part that nobody writes."""
    return REGION.sub(lambda match: f"{match['open']}{PARTS[match['name']]()}\n{match['close']}", page)


def grid(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def kinds(what: str) -> Callable[[], str]:
    """Return what lists the kinds that ``neurosim list`` knows."""

    def rows() -> str:
        found = catalogue.listing(what)
        return "\n".join(f"* `{row['name']}`: {row['about'].replace('``', '`')}" for row in found)

    return rows


def data_sets() -> str:
    """Every kind of data set, with what its options are."""
    docstrings = ((name, inspect.getdoc(resolve(dataset.PACKAGE, name)) or "") for name in known(dataset.PACKAGE))
    return "\n".join(f"* `{name}`: {described(docstring)}" for name, docstring in docstrings)


def described(docstring: str) -> str:
    """Return a docstring on one line, its parameters as ``name`` (type): what it is."""
    text, _, parameters = docstring.partition("\nParameters\n----------\n")
    pairs = re.findall(r"^(\w+) : (.+)\n((?:    .+\n?)+)", parameters, re.MULTILINE)
    options = [f"`{name}` ({hint}): {' '.join(about.split())}" for name, hint, about in pairs]
    return " ".join([*text.split(), *options]).replace("``", "`")


def data_licences() -> str:
    """The official files that ``neurosim data get`` downloads, and their licences."""
    return grid(
        ["set", "licence", "stated at", "official files"],
        (
            (
                f"`{name}`",
                source.licence,
                f"[{source.stated.partition('://')[2]}]({source.stated})",
                "<br>".join(f"{file.url} ({file.size:,} bytes, MD5 `{file.md5}`)" for file in source.files),
            )
            for name, source in sorted(SOURCES.items())
        ),
    )


def operations() -> str:
    """Every operation and event that may be counted."""
    return grid(
        ["group", "name", "one count is", "width of"],
        ((op.group, f"`{op.name}`", op.meaning, op.width) for op in vocabulary.known().values()),
    )


def exit_codes() -> str:
    """Every class of error with its exit code."""
    found = [kind for kind in vars(errors).values() if isinstance(kind, type(errors.NeurosimError))]
    found = [kind for kind in found if issubclass(kind, errors.NeurosimError)]
    rows = ((kind.exit_code, f"`{kind.__name__}`", (kind.__doc__ or "").split("\n")[0]) for kind in found)
    return grid(["exit", "error", "meaning"], sorted(rows))


def shipped() -> list[Table]:
    """The shipped tables."""
    return [read_table(str(ROOT / "energy_tables" / f"{name}.yaml")) for name in list_tables()]


def tables() -> str:
    """The shipped tables, one line each."""
    return grid(
        ["table", "what", "level", "node", "voltage", "evidence", "smallest scope"],
        (
            (
                f"`{table.id}`{mark(table.sources.values())}",
                table.title,
                f"{table.level}, {table.scope}",
                stated(table.validity.node_nm, "nm"),
                stated(table.validity.vdd_v, "V"),
                ", ".join(sorted({entry.evidence for entry in table.entries})),
                f"`{table.smallest_scope}`",
            )
            for table in shipped()
        ),
    )


def prices() -> str:
    """Every price of every shipped table."""
    return "\n\n".join("\n\n".join(price_list(table)) for table in shipped())


def price_list(table: Table) -> Iterator[str]:
    """Yield one table's heading, prices, sources and what it says about itself."""
    yield f"**`{table.id}`**: {table.title}"
    yield grid(
        ["operation", "memory", "price", "band", "evidence"],
        (
            (
                f"`{entry.name}`",
                f"{entry.size_bits // 8192:,} KiB" if entry.size_bits else "",
                price(entry, entry.pj) + ("" if entry.bound == "point" else f", {entry.bound}imum"),
                band(entry, table),
                f"{entry.evidence}{': ' if entry.why or entry.derivation else ''}{entry.why or entry.derivation}",
            )
            for entry in table.entries
        ),
    )
    said = [f"source{mark([source])}: {cited(source)}" for source in table.sources.values()]
    said += [f"no charge of its own: `{item.op}`, inside `{item.inside}` ({item.why})" for item in table.included]
    said += [f"left out by convention: `{item.op}` ({item.why})" for item in table.ignored_by_convention]
    said += [f"never priced with: {check.what} {check.value}" + (f" ({check.note})" if check.note else "")
             for check in table.cross_checks]  # fmt: skip
    yield "\n".join(f"* {line}" for line in (*said, *table.notes))


def price(entry: Entry, pj: float) -> str:
    """Return an energy of an entry, or a power, in words."""
    if entry.per == "s":
        return units.format_quantity(pj * 1e-6, "uW")
    return f"{energy(pj)} per {entry.per}"


def energy(pj: float) -> str:
    """Return an energy in the unit in which tables usually state it."""
    return units.format_in(pj, "pJ") if pj < 10_000 else units.format_quantity(pj, "pJ")


def band(entry: Entry, table: Table) -> str:
    """Return the range of a price, stated or usual for its kind."""
    found, known = stated_or_usual(entry, table)
    if not known:
        return "none"
    power = entry.per == "s"
    low, high = (
        units.format_quantity(end * 1e-6, "uW") if power else energy(end) for end in (found.low_pj, found.high_pj)
    )
    return f"{low} to {high}{'' if entry.band else ' (usual)'}"


def cited(source: Source) -> str:
    """Return a source with its place."""
    return f"{source.cite}, {source.where}, [{source.link.removeprefix('https://')}]({source.link})"


def mark(sources: Iterable[Source]) -> str:
    """Return the mark of numbers that were not read in the primary source."""
    return "" if all(source.checked_against == "primary" for source in sources) else f" {SECONDARY}"


def stated(value: float | None, unit: str) -> str:
    """Return a condition, or that it is not stated."""
    return "not stated" if value is None else f"{value:g} {unit}"


def document_keys(document: type, *left_out: str) -> Callable[[], str]:
    """Return what lists the keys of a document, but for the sections that are described elsewhere."""

    def rows() -> str:
        return grid(["key", "default", "meaning"], keys(document, "", left_out))

    return rows


def keys(section: type, prefix: str, left_out: tuple[str, ...] = ()) -> Iterator[tuple[str, str, str]]:
    """Yield the key, the default and the meaning of each value of a section and those below it."""
    hints = typing.get_type_hints(section, include_extras=True)
    for item in dataclasses.fields(section):
        hint, name = hints[item.name], f"{prefix}{item.name}"
        if name in left_out:
            continue
        if dataclasses.is_dataclass(hint):
            yield from keys(typing.cast(type, hint), f"{name}.", left_out)
            continue
        (meaning,) = (part for part in hint.__metadata__ if isinstance(part, str))
        default = "" if item.default is dataclasses.MISSING else json.dumps(item.default, default=str).strip('"')
        required = item.default is item.default_factory is dataclasses.MISSING
        yield f"`{name}`", "required" if required else {"null": "", "NaN": "required"}.get(default, default), meaning
        for below, mark in sections_in(hint):
            yield from keys(below, f"{name}{mark}.", left_out)


def sections_in(hint: object) -> Iterator[tuple[type, str]]:
    """Yield the sections that a value may hold, with the mark of a list, ``[]``, or of names, ``.NAME``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    mark = {tuple: "[]", dict: ".NAME"}.get(typing.cast(type, origin), "")
    for argument in arguments[:1] if origin is typing.Annotated else arguments:
        if isinstance(argument, type) and dataclasses.is_dataclass(argument):
            yield argument, mark
        else:
            yield from sections_in(argument)


def recipes() -> str:
    """The shipped recipes, one line each."""
    rows = []
    for name in data_names(recipe_files.FOLDER):
        one = read_yaml(data_file(recipe_files.FOLDER, name)).value
        start = one.get("start", "random weights").removesuffix(".npz")
        rows.append((f"`{name}`", one["network"]["zoo"], one["data"]["kind"], start))
    return grid(["`neurosim train`", "network", "data", "starts from"], rows)


def cards() -> str:
    """The shipped trained networks that have a card, one line each; a card lies beside its weights."""
    rows = []
    for path in sorted((ROOT / "workloads" / "weights").glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        found, activity = card["accuracy"], card["activity"]
        right, images = found["integer_correct"], found["images"]
        spikes = activity["spikes_per_neuron"]
        rows.append(
            (
                f"[`{path.stem}`]({path.stem}.md)",
                f"{card['network']['name']}, {' x '.join(map(str, card['network']['input']))}",
                card["data"]["test"],
                f"{100 * right / images:.2f} % ({right:,} of {images:,})",
                f"{spikes:.3f} ({spikes / activity['steps']:.3f})",
                f"{activity['additions_per_image'] / 1e6:,.1f} M",
            )
        )
    head = [
        "weights",
        "network, input",
        "held back",
        "accuracy of the integers, and as spikes",
        "spikes per neuron (per step)",
    ]
    return grid([*head, "additions an image"], rows)


PARTS: dict[str, Callable[[], str]] = {
    **{what: kinds(what) for what in catalogue.LISTS if what != "tables"},
    "data sets": data_sets,
    "data licences": data_licences,
    "operations": operations,
    "exit codes": exit_codes,
    "tables": tables,
    "prices": prices,
    "recipe": document_keys(Recipe),
    "workload keys": document_keys(Workload, "chip", "compare[].conversion", "compare[].schedules"),
    "chip keys": document_keys(ChipSpec),
    "table keys": document_keys(TableForm),
    "recipes": recipes,
    "cards": cards,
}
