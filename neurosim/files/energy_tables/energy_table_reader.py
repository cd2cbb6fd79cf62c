"""An energy table made from a document of the right form: quantities parsed, contradictions reported."""

from __future__ import annotations

import dataclasses
import math
from functools import cached_property

from neurosim import units
from neurosim.energy.tables.table import (
    EVENT_GROUPS,
    Band,
    CrossCheck,
    Entry,
    IncludedOperation,
    Source,
    Table,
    Validity,
    Widths,
)
from neurosim.files.documents.located_document import KeyPath, Problems
from neurosim.files.energy_tables.energy_table_schema import EntryForm, TableForm, ValidityForm
from neurosim.ledger import vocabulary
from neurosim.ledger.vocabulary import Operation
from neurosim.messages import suggest

SYNAPTIC = "synaptic_event_*"
LEDGER = "ledger"
WIDEST = 1_000_000  # bits; more is taken for a typing error (our choice), as are energies beyond these, in pJ
LEAST_PJ, MOST_PJ, MOST_PJ_PER_S = 1e-12, 1e15, 1e21  # a billionth of kT, 1 kJ for one operation, 1 GW
LARGEST_BITS = 2**63  # of a memory

Twin = tuple[str, str | None, int, str | int | float | None, str]


def table_of(form: TableForm, problems: Problems, stem: str) -> Table:
    """Return the table of a document of the right form; ``stem`` is the name of its file.

    Contradictions are added to ``problems``; the table is then not to be used.
    """
    return _Reader(form, problems, stem).table()


class _Reader:
    """Makes the table of a document of the right form, and reports contradictions on the way."""

    def __init__(self, form: TableForm, problems: Problems, stem: str) -> None:
        self.form = form
        self.problems = problems
        if form.id != stem:
            problems.add(("id",), f"'{form.id}' is not the name of the file; write '{stem}', or rename the file")
        if form.id == LEDGER:
            problems.add(("id",), f"a report keeps the name '{LEDGER}' for the hash of the ledger; choose another")

    def table(self) -> Table:
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
        )

    def validity(self, form: ValidityForm) -> Validity:
        for name, wanted in (("node_nm", "a node"), ("vdd_v", "a voltage"), ("temp_c", "a temperature")):
            value = getattr(form, name)
            if value is not None and math.isnan(value):
                message = f'missing; write {wanted}, or null for "not stated"'
                self.problems.add(("validity", name), message)
            elif value is not None and value <= 0 and name != "temp_c":
                self.problems.add(("validity", name), f"{value:g} is out of range; wanted more than 0")
        return Validity(form.node_nm, form.vdd_v, form.temp_c, form.basis)

    def nominal_bits(self) -> int:
        if self.form.widths.policy == "nominal" and self.form.widths.bits < 1:
            self.problems.add(("widths",), "has no 'bits'; say at which width every width is priced")
        if self.form.widths.bits > WIDEST:
            self.problems.add(("widths", "bits"), f"a width is at most {WIDEST:,} bits")
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
        first: dict[tuple[str, str, int, int, str], int] = {}
        for index, row in enumerate(self.form.entries):
            place: KeyPath = ("entries", index)
            row_entries = self.entry(row, place)
            for entry in row_entries:
                if entry.key in first:
                    line = self.problems.document.where(("entries", first[entry.key]))[0]
                    self.problems.add(place, f"{entry.name} is priced twice (first at line {line})")
                first.setdefault(entry.key, index)
            entries += row_entries
        return tuple(entries)

    def entry(self, row: EntryForm, place: KeyPath) -> list[Entry]:
        ops = self.operations(row.op, place)
        if ops:
            self.check_operation(row, ops[0], place)
        self.check_support(row, place)
        pj, stated = self.value(row, place)
        band = self.band(row, stated, pj, place)
        size = 0 if row.size is None else self.size(row.size, (*place, "size"))
        if pj is None or size is None:
            return []
        return [
            Entry(
                op=operation.name,
                format=row.format or "",
                bits=row.bits,
                size_bits=size,
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

    def operations(self, name: str, place: KeyPath) -> list[Operation]:
        """Return what a name stands for, ``synaptic_event_*`` for three events; [] if it is not known."""
        known = vocabulary.known()
        names = vocabulary.SYNAPTIC_EVENTS if name == SYNAPTIC else (name,)
        if name not in known and name != SYNAPTIC:
            near = suggest(name, known)
            self.problems.add((*place, "op"), f"unknown operation '{name}'{near}")
            return []
        return [known[each] for each in names]

    def check_operation(self, row: EntryForm, operation: Operation, place: KeyPath) -> None:
        level, name = self.form.level, row.op
        if operation.level == "op" and level == "event":
            wanted = "prices events (synaptic_event_dense, neuron_update_active, ...)"
            message = f"'{name}' is an operation; a table with 'level: event' {wanted}"
            self.problems.add((*place, "op"), message)
        if operation.level == "event" and level == "op":
            wanted = "prices operations (add, weight_read, ...)"
            self.problems.add((*place, "op"), f"'{name}' is an event; a table with 'level: op' {wanted}")
        if name in vocabulary.NEVER_PRICED:
            self.problems.add((*place, "op"), f"'{name}' is counted for information and never priced")
        if row.bits < 0 or (row.bits and not row.format):
            self.problems.add((*place, "bits"), "a width is a number > 0 with a 'format', as in 'format: int, bits: 8'")
        elif row.bits > WIDEST:
            self.problems.add((*place, "bits"), f"a width is at most {WIDEST:,} bits")
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

    def check_support(self, row: EntryForm, place: KeyPath) -> None:
        """Check that a price has a source, and a derivation or a reason where its evidence needs one."""
        if not row.source:
            self.problems.add(place, "has no source; every number says where it comes from")
        elif row.source not in self.form.sources:
            near = suggest(row.source, self.form.sources)
            self.problems.add((*place, "source"), f"'{row.source}' is not in sources{near}")
        if row.evidence in ("derived", "fitted") and not row.derivation:
            self.problems.add(place, f"is {row.evidence} and has no 'derivation'; say how")
        if row.evidence == "assumed" and not row.why:
            self.problems.add(place, "is assumed and has no 'why'; say why")

    def value(self, row: EntryForm, place: KeyPath) -> tuple[float | None, EntryForm]:
        """Return the price of a row and the row it is stated in: another one where it is ``same_as`` that."""
        if (row.value is None) == (row.same_as is None):
            self.problems.add(place, "needs a 'value' or a 'same_as', and only one of them")
            return None, row
        if row.same_as is not None:
            twin = self.twins.get(_twin_key(row.same_as, row))
            if twin is None:
                message = f"'{row.same_as}' has no value here at the same format, bits and size"
                self.problems.add((*place, "same_as"), message)
                return None, row
            return self.energy(twin.value, twin.per, None), twin
        pj = self.energy(row.value, row.per, (*place, "value"))
        if pj == 0 and not row.why:
            self.problems.add(place, "costs 0 and has no 'why'; say why it is free")
        return pj, row

    @cached_property
    def twins(self) -> dict[Twin, EntryForm]:
        """The first row with a value for each operation, width and size that a ``same_as`` may mean."""
        return {_twin_key(row.op, row): row for row in reversed(self.form.entries) if row.value is not None}

    def energy(self, text: object, per: str, place: KeyPath | None) -> float | None:
        """Read an energy in pJ, or, per second, a power in pJ per second."""
        unit, factor, most = ("uW", 1e6, MOST_PJ_PER_S) if per == "s" else ("pJ", 1.0, MOST_PJ)
        stated = self.quantity(text, unit, place, f"'per: {per}'")
        if stated is None:
            return None
        pj = stated * factor
        if pj and not LEAST_PJ <= pj <= most:
            if place is not None:
                least, highest = (f"{end / factor:g} {unit}" for end in (LEAST_PJ, most))
                self.problems.add(place, f"{text} is out of range; wanted {least} to {highest}: is the unit right?")
            return None
        return pj

    def size(self, text: object, place: KeyPath) -> int | None:
        """Read the size of a memory in bits."""
        size = self.quantity(text, "bit", place, "'size'")
        if size is None or (size == int(size) and 1 <= size <= LARGEST_BITS):
            return None if size is None else int(size)
        self.problems.add(place, f"{text} is no size of a memory; wanted a whole number of bits, 1 to 2^63")
        return None

    def quantity(self, text: object, unit: str, place: KeyPath | None, needed_by: str) -> float | None:
        try:
            return units.parse(text, unit, needed_by)
        except units.UnitError as error:
            if place is not None:
                self.problems.add(place, str(error))
            return None

    def band(self, row: EntryForm, stated: EntryForm, pj: float | None, place: KeyPath) -> Band | None:
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

    def included(self, priced: set[str]) -> tuple[IncludedOperation, ...]:
        operations = []
        for index, item in enumerate(self.form.included):
            place: KeyPath = ("included", index)
            if set(item) != {"op", "in", "why"}:
                self.problems.add(place, "wanted the keys 'op', 'in' (the entry that contains it) and 'why'")
                continue
            operations += self.inside(item["op"], item["why"], item["in"], place, priced)
        return tuple(operations)

    def ignored(self, priced: set[str]) -> tuple[IncludedOperation, ...]:
        operations = []
        for index, item in enumerate(self.form.ignored_by_convention):
            operations += self.inside(item.op, item.why, "", ("ignored_by_convention", index), priced)
        return tuple(operations)

    def inside(self, op: str, why: str, within: str, place: KeyPath, priced: set[str]) -> list[IncludedOperation]:
        ops = self.operations(op, place)
        for operation in ops:
            if operation.name in priced:
                self.problems.add((*place, "op"), f"'{operation.name}' has a price of its own in entries")
        return [IncludedOperation(operation.name, why, within) for operation in ops]

    def cross_checks(self) -> tuple[CrossCheck, ...]:
        for index, item in enumerate(self.form.cross_checks):
            if item.source not in self.form.sources:
                near = suggest(item.source, self.form.sources)
                self.problems.add(("cross_checks", index, "source"), f"'{item.source}' is not in sources{near}")
        return tuple(CrossCheck(item.what, str(item.value), item.source, item.note) for item in self.form.cross_checks)

    def check_aggregate(self) -> None:
        point = self.form.operating_point
        if point is None:
            message = "missing; an aggregate figure holds at the rate, fan-out and voltage it was measured at"
            self.problems.add(("operating_point",), message)
        else:
            for field in dataclasses.fields(point):
                value = getattr(point, field.name)
                if value is not None and value <= 0:
                    message = f"{value:g} is out of range; wanted more than 0"
                    self.problems.add(("operating_point", field.name), message)
        if not self.form.entries:
            self.problems.add(("entries",), "an aggregate table prices one event; it has no entry")
        for index, row in enumerate(self.form.entries[1:], start=1):
            message = f"an aggregate table prices one event and nothing else; '{row.op}' is already inside it"
            self.problems.add(("entries", index), message)


def _twin_key(op: str, row: EntryForm) -> Twin:
    """What a row must share with the row that its ``same_as`` names: all but the operation; a power is no energy."""
    return op, row.format, row.bits, row.size, row.per if row.per in ("s", "bit", "tick") else ""
