"""Energy tables read from their files: ``read_table("datta2023_45nm_int8+generic_noc_32b")``."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

from neurosim import operations, units
from neurosim.energy.table import (
    EVENT_GROUPS,
    Band,
    CrossCheck,
    Entry,
    Inside,
    Source,
    Table,
    Validity,
    Widths,
    join,
)
from neurosim.errors import DocumentError
from neurosim.files import yaml
from neurosim.files.document import Place, Problems
from neurosim.files.table_csv import read_entries
from neurosim.files.table_schema import EntryForm, TableForm, ValidityForm
from neurosim.kinds import data_file, data_names, suggest
from neurosim.operations import Operation

FOLDER = "energy_tables"
SYNAPTIC = "synaptic_event_*"

UNPUBLISHED = "no per-operation energies are published"
NOT_SHIPPED = {
    "loihi2": UNPUBLISHED,
    "akida": UNPUBLISHED,
    "dynapse": UNPUBLISHED,
    "spinnaker": "published energies differ by 300 x (13.3 nJ and 45 pJ per synaptic event)",
}


def read_table(name: str) -> Table:
    """Read the table of an id, of a file, or of several joined by ``+``.

    DocumentError for a name that is not known or a document with problems, PricingError for tables that do not join.
    """
    if "+" in name and not Path(name).is_file():
        return join([read_table(part.strip()) for part in name.split("+")])
    device = name.lower().replace("-", "").replace("_", "")
    for known, reason in NOT_SHIPPED.items():
        if device.startswith(known) and name not in list_tables() and not Path(name).is_file():
            raise DocumentError(f'{name}: {reason}; see the documentation, "Tables"')
    return read_file(data_file(FOLDER, name))


def list_tables() -> list[str]:
    """Return the ids of the tables in ``./energy_tables`` and of those that are shipped, sorted."""
    return data_names(FOLDER)


def table_files(path: Path) -> tuple[Path, ...]:
    """Return the files that a table is read from: its own, and the CSV file of its entries where it names one.

    What cannot be read is the file alone; reading the table says why.
    """
    try:
        listed = yaml.read(path).get(("entries",))
    except DocumentError:
        return (path,)
    return (path, path.parent / listed) if isinstance(listed, str) else (path,)


def read_file(path: Path) -> Table:
    """Read one table from its file; a DocumentError holds all the problems that it has."""
    document = yaml.read(path)
    content = path.read_bytes()
    listed = document.get(("entries",))
    if isinstance(listed, str):
        rows = path.parent / listed
        document = document.grafted(("entries",), read_entries(rows))
        content += rows.read_bytes()
    problems = Problems(document)
    form = yaml.build(document, TableForm, problems)
    problems.raise_if_any()
    assert form is not None
    table = _Reader(form, problems, path.stem).table(hashlib.sha256(content).hexdigest())
    problems.raise_if_any()
    return table


class _Reader:
    """Makes the table of a document of the right form, noting what contradicts itself on the way."""

    def __init__(self, form: TableForm, problems: Problems, stem: str) -> None:
        self.form = form
        self.problems = problems
        if form.id != stem:
            problems.add(("id",), f"'{form.id}' is not the name of the file; write '{stem}', or rename the file")

    def table(self, sha256: str) -> Table:
        form = self.form
        if form.scope == "aggregate":
            self.check_aggregate()
        elif form.operating_point is not None:
            self.problems.add(("operating_point",), "only an aggregate table has one; write 'scope: aggregate'")
        entries = self.entries()
        priced = {entry.op for entry in entries}
        return Table(
            id=form.id,
            title=form.title,
            level=form.level,
            scope=form.scope,
            validity=self.validity(form.validity),
            widths=Widths(form.widths.policy, self.nominal_bits(), form.widths.format or ""),
            memory_width=form.memory_width,
            sources=self.sources(),
            entries=entries,
            included=self.included(priced),
            ignored_by_convention=self.ignored(priced),
            cross_checks=self.cross_checks(),
            operating_point=form.operating_point,
            siblings=form.siblings,
            notes=form.notes,
            sha256=sha256,
        )

    def validity(self, form: ValidityForm) -> Validity:
        for name, wanted in (("node_nm", "a node"), ("vdd_v", "a voltage"), ("temp_c", "a temperature")):
            value = getattr(form, name)
            if value is not None and math.isnan(value):
                message = f'missing; write {wanted}, or null for "not stated"'
                self.problems.add(("validity", name), message)
        return Validity(form.node_nm, form.vdd_v, form.temp_c, form.basis)

    def nominal_bits(self) -> int:
        if self.form.widths.policy == "nominal" and self.form.widths.bits < 1:
            self.problems.add(("widths",), "has no 'bits'; say at which width every width is priced")
        return self.form.widths.bits

    def sources(self) -> dict[str, Source]:
        for name, source in self.form.sources.items():
            if not source.link or not source.where:
                message = "needs doi, arxiv or url, and 'where' (table, figure or page)"
                self.problems.add(("sources", name), message, key=True)
        return {
            name: Source(source.cite, source.where, source.checked_against, source.link)
            for name, source in self.form.sources.items()
        }

    def entries(self) -> tuple[Entry, ...]:
        """Turn the rows into entries, one for each event that a row stands for."""
        entries: list[Entry] = []
        first: dict[tuple, int] = {}
        for index, row in enumerate(self.form.entries):
            place: Place = ("entries", index)
            found = self.entry(row, place)
            for entry in found:
                if entry.key in first:
                    line = self.problems.document.where(("entries", first[entry.key]))[0]
                    self.problems.add(place, f"{entry.name} is priced twice (first at line {line})")
                first.setdefault(entry.key, index)
            entries += found
        return tuple(entries)

    def entry(self, row: EntryForm, place: Place) -> list[Entry]:
        ops = self.operations(row.op, place)
        if ops:
            self.check_operation(row, ops[0], place)
        self.check_support(row, place)
        pj, stated = self.value(row, place)
        band = self.band(row, stated, pj, place)
        size = 0 if row.size is None else self.quantity(row.size, "bit", (*place, "size"), "'size'")
        if pj is None or size is None:
            return []
        return [
            Entry(
                op=operation.name,
                format=row.format or "",
                bits=row.bits,
                size_bits=int(size),
                pj=pj,
                per=row.per,
                source=row.source or "",
                evidence=row.evidence,
                bound=row.bound,
                band=band,
                covers=row.covers or (EVENT_GROUPS if operation.level == "event" else ()),
                derivation=row.derivation,
                why=row.why,
            )
            for operation in ops
        ]

    def operations(self, name: str, place: Place) -> list[Operation]:
        """Return what a name stands for, ``synaptic_event_*`` for three events; [] if it is not known."""
        known = operations.known()
        names = operations.SYNAPTIC_EVENTS if name == SYNAPTIC else (name,)
        if name not in known and name != SYNAPTIC:
            near = suggest(name, known)
            self.problems.add((*place, "op"), f"unknown operation '{name}'{near}")
            return []
        return [known[each] for each in names]

    def check_operation(self, row: EntryForm, operation: Operation, place: Place) -> None:
        level, name = self.form.level, row.op
        if operation.level == "op" and level == "event":
            wanted = "prices events (synaptic_event_dense, neuron_update_active, ...)"
            message = f"'{name}' is an operation; a table with 'level: event' {wanted}"
            self.problems.add((*place, "op"), message)
        if operation.level == "event" and level == "op":
            wanted = "prices operations (add, weight_read, ...)"
            self.problems.add((*place, "op"), f"'{name}' is an event; a table with 'level: op' {wanted}")
        if name in operations.NEVER_PRICED:
            self.problems.add((*place, "op"), f"'{name}' is counted for its own sake and never priced")
        if row.bits < 0 or (row.bits and not row.format):
            self.problems.add((*place, "bits"), "a width is a number > 0 with a 'format', as in 'format: int, bits: 8'")
        if row.format and row.format not in operation.formats:
            wanted = " or ".join(operation.formats) or "no format"
            self.problems.add((*place, "format"), f"'{name}' has no {row.format} format; wanted {wanted}")
        if row.size is not None and operation.group != "memory":
            self.problems.add((*place, "size"), f"'{name}' works on no memory, so it has no size")
        if (row.per in ("s", "tick")) != (operation.group == "static"):
            wanted = "tick or s" if operation.group == "static" else "op, access, bit, event or packet"
            self.problems.add((*place, "per"), f"'{name}' is not charged per {row.per}; wanted {wanted}")
        if row.covers and operation.level != "event":
            self.problems.add((*place, "covers"), f"'{name}' is no event; it covers itself only")

    def check_support(self, row: EntryForm, place: Place) -> None:
        """Check that the number says where it comes from, and why it should be believed."""
        if not row.source:
            self.problems.add(place, "has no source; every number says where it comes from")
        elif row.source not in self.form.sources:
            near = suggest(row.source, self.form.sources)
            self.problems.add((*place, "source"), f"'{row.source}' is not in sources{near}")
        if row.evidence in ("derived", "fitted") and not row.derivation:
            self.problems.add(place, f"is {row.evidence} and has no 'derivation'; say how")
        if row.evidence == "assumed" and not row.why:
            self.problems.add(place, "is assumed and has no 'why'; say why")

    def value(self, row: EntryForm, place: Place) -> tuple[float | None, EntryForm]:
        """Return the price of a row and the row it is stated in: another one where it is ``same_as`` that."""
        if (row.value is None) == (row.same_as is None):
            self.problems.add(place, "needs a 'value' or a 'same_as', and only one of them")
            return None, row
        if row.same_as is not None:
            twins = [
                other
                for other in self.form.entries
                if (other.op, other.format, other.bits, other.size) == (row.same_as, row.format, row.bits, row.size)
                and other.value is not None
            ]
            if not twins:
                message = f"'{row.same_as}' has no value here at the same format, bits and size"
                self.problems.add((*place, "same_as"), message)
                return None, row
            return self.energy(twins[0].value, twins[0].per, None), twins[0]
        pj = self.energy(row.value, row.per, (*place, "value"))
        if pj == 0 and not row.why:
            self.problems.add(place, "costs 0 and has no 'why'; say why it is free")
        return pj, row

    def energy(self, text: object, per: str, place: Place | None) -> float | None:
        """Read an energy in pJ, or, per second, a power in pJ per second."""
        if per == "s":
            power = self.quantity(text, "uW", place, f"'per: {per}'")
            return None if power is None else power * 1e6
        return self.quantity(text, "pJ", place, f"'per: {per}'")

    def quantity(self, text: object, unit: str, place: Place | None, needed_by: str) -> float | None:
        try:
            return units.parse(text, unit, needed_by)
        except units.UnitError as error:
            if place is not None:
                self.problems.add(place, str(error))
            return None

    def band(self, row: EntryForm, stated: EntryForm, pj: float | None, place: Place) -> Band | None:
        band = stated.band if row.band is None else row.band
        at = (*place, "band")
        if band is None or pj is None:
            return None
        if not band.get("from"):
            self.problems.add(at, "has no 'from'; say where the band comes from")
        for key in band:
            if key not in ("low", "high", "from"):
                self.problems.add((*at, key), "unknown key; there are: low, high, from", key=True)
        if not {"low", "high"} <= set(band):
            self.problems.add(at, "needs both 'low' and 'high'")
            return None
        low = self.energy(band["low"], stated.per, (*at, "low"))
        high = self.energy(band["high"], stated.per, (*at, "high"))
        if low is None or high is None:
            return None
        for name, wrong, side in (("low", low > pj, "above"), ("high", high < pj, "below")):
            if wrong:
                message = f"{name} {band[name]} is {side} the value {stated.value}; low <= value <= high"
                self.problems.add(at, message)
        return Band(low, high, str(band.get("from", "")))

    def included(self, priced: set[str]) -> tuple[Inside, ...]:
        found = []
        for index, item in enumerate(self.form.included):
            place: Place = ("included", index)
            if set(item) != {"op", "in", "why"}:
                self.problems.add(place, "wanted the keys 'op', 'in' (the entry that contains it) and 'why'")
                continue
            found += self.inside(item["op"], item["why"], item["in"], place, priced)
        return tuple(found)

    def ignored(self, priced: set[str]) -> tuple[Inside, ...]:
        found = []
        for index, item in enumerate(self.form.ignored_by_convention):
            found += self.inside(item.op, item.why, "", ("ignored_by_convention", index), priced)
        return tuple(found)

    def inside(self, op: str, why: str, within: str, place: Place, priced: set[str]) -> list[Inside]:
        ops = self.operations(op, place)
        for operation in ops:
            if operation.name in priced:
                self.problems.add((*place, "op"), f"'{operation.name}' has a price of its own in entries")
        return [Inside(operation.name, why, within) for operation in ops]

    def cross_checks(self) -> tuple[CrossCheck, ...]:
        for index, item in enumerate(self.form.cross_checks):
            if item.source not in self.form.sources:
                near = suggest(item.source, self.form.sources)
                self.problems.add(("cross_checks", index, "source"), f"'{item.source}' is not in sources{near}")
        return tuple(CrossCheck(item.what, str(item.value), item.source, item.note) for item in self.form.cross_checks)

    def check_aggregate(self) -> None:
        if self.form.operating_point is None:
            message = "missing; an aggregate figure holds at the rate, fan-out and voltage it was measured at"
            self.problems.add(("operating_point",), message)
        for index, row in enumerate(self.form.entries[1:], start=1):
            message = f"an aggregate table prices one event and nothing else; '{row.op}' is already inside it"
            self.problems.add(("entries", index), message)
