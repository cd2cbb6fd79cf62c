"""Energy tables that somebody broke: every mutation of a shipped one, YAML or CSV, is read and priced, or refused.

A mutation keeps the structure: it takes a shipped table apart and changes values, keys, entries or cells into what
users and other tools write by mistake; a few are bytes flipped in the text. A refusal is one of neurosim's own errors
with the place in the file, and comes quickly; what is read can be priced, joined and scaled, and gives JSON.

    pytest tests/fuzz/test_fuzz_tables.py                                   some hundred
    pytest tests/fuzz/test_fuzz_tables.py -m long                           thousands, other ones than before with
    NEUROSIM_FUZZ_SEED=7 NEUROSIM_FUZZ_COUNT=20000 pytest ... -m long       this
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import price
from neurosim.energy.tables.scale import Scale
from neurosim.energy.tables.table import Table, join
from neurosim.errors import DocumentError, PricingError
from neurosim.files.energy_tables.energy_table import list_tables, read_file
from neurosim.ledger import vocabulary
from neurosim.plugins import data_folder

SHIPPED = data_folder("energy_tables")
SLOWEST_S = 20.0
NASTY: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 8, 2**31, 2**63, 10**30, 10**99, 0.0, -0.5, 1e-320, 1e308, 1e-9,
    "", " ", "0", "8", "-8", "--5", "²", "٣", "1e999", "nan", "NaN pJ", "inf pJ", "-1 pJ", "0 pJ", "0.03", "0.03pJ",
    "0.03 pj", "3 mW", "1e-400 pJ", "1e300 J", "1e-330 pJ", "1e9999 pJ", "8 KiB", "0.5 bit", "0 B", "1e300 MiB",
    "9" * 5000, "\x00", "a\nb", "é", "\u2028", "\U0001f9e0", "x" * 5000, "[key]", "op.x", "../..", "/dev/zero", ".",
    [], [[]], [1, "x"], {}, {"a": {"b": 1}}, {"low": "1 pJ"}, {"low": "2 pJ", "high": "1 pJ", "from": "x"},
    "add", "core_busy", "chip_tick", "synaptic_event_*", "synaptic_event_nonzero", "spike_out", "s", "tick", "bit",
    "aggregate", "ledger",
)  # fmt: skip
LEDGER = {
    "add_int20": 7, "add_int8": 3, "multiply_int8": 5, "shift_int20": 2, "compare_int20": 4, "reset_int20": 1,
    "weight_read_bits64": 9, "potential_read_bits20": 3, "hop_ew_bits32": 2, "hop_ns_bits32": 1, "packet_bits32": 2,
    "router": 4, "core_busy": 5, "core_waiting": 1, "chip_tick": 6, "synaptic_event_conv": 8,
    "synaptic_event_graded": 1, "neuron_update_active": 2, "spike_out": 0,
}  # fmt: skip


def plain(name: str) -> dict[str, Any]:
    return json.loads(
        json.dumps(YAML(typ="safe", pure=True).load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")))
    )


def places(value: Any, at: tuple = ()) -> list[tuple]:
    below = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [*([at] if at else []), *(place for key, item in below for place in places(item, (*at, key)))]


def holder(document: Any, place: tuple) -> Any:
    for key in place[:-1]:
        document = document[key]
    return document


def change_value(document: Any, draw: random.Random) -> None:
    place = draw.choice(places(document))
    holder(document, place)[place[-1]] = draw.choice(NASTY)


def drop(document: Any, draw: random.Random) -> None:
    place = draw.choice(places(document))
    del holder(document, place)[place[-1]]


def rename(document: Any, draw: random.Random) -> None:
    place = draw.choice([place for place in places(document) if isinstance(place[-1], str)])
    inside = holder(document, place)
    name = place[-1]
    typo = draw.choice((name + "s", name[1:], name.upper(), name.replace("_", "-"), "", "x" * 300, "٣", "a.b"))
    inside[typo] = inside.pop(name)


def double(document: Any, draw: random.Random) -> None:
    place = draw.choice([place for place in places(document) if isinstance(place[-1], int)] or [("title",)])
    inside = holder(document, place)
    if isinstance(inside, list):
        inside.insert(place[-1], inside[place[-1]])


def swap(document: Any, draw: random.Random) -> None:
    one, other = (draw.choice(places(document)) for _ in range(2))
    if one[: len(other)] == other or other[: len(one)] == one:
        return
    first, second = holder(document, one), holder(document, other)
    first[one[-1]], second[other[-1]] = second[other[-1]], first[one[-1]]


def change_entry(document: Any, draw: random.Random) -> None:
    listed = document.get("entries")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    if entries:
        key = draw.choice(
            ("op", "format", "bits", "size", "value", "same_as", "per", "band", "covers", "evidence", "bound")
        )
        draw.choice(entries)[key] = draw.choice(
            (*NASTY, *vocabulary.known(), *(f"{n} pJ" for n in (1e-12, 1e15, 3)), *range(66))
        )


CHANGES: tuple[Callable[[Any, random.Random], None], ...] = (
    change_value, change_value, drop, rename, double, swap, change_entry, change_entry,
)  # fmt: skip


def flipped(content: bytes, draw: random.Random) -> bytes:
    spoiled = bytearray(content)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(spoiled))
        what = draw.random()
        if what < 0.4:
            spoiled[at] = draw.choice(b"\x00\x1b\xff\"'{}[]:,#&*!|>\n\r\t+-.0")
        elif what < 0.7:
            del spoiled[at : at + draw.randint(1, 40)]
        else:
            spoiled[at:at] = spoiled[at : at + draw.randint(1, 200)] * draw.randint(1, 3)
        if not spoiled:
            break
    return bytes(spoiled)


def cells_of(entries: Any, draw: random.Random) -> bytes:
    """Return entries as the rows of a CSV file, with cells, columns and lines spoiled."""
    rows = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    flat = [
        {key if key != "band" else f"band.{sub}": item for key, value in row.items()
         for sub, item in (value.items() if isinstance(value, dict) else ((None, value),))}
        for row in rows
    ]  # fmt: skip
    columns = list(dict.fromkeys(str(key) for row in flat for key in row))
    lines = [
        columns,
        *(
            [" ".join(map(str, cell)) if isinstance(cell := row.get(key, ""), list) else cell for key in columns]
            for row in flat
        ),
    ]
    for _ in range(draw.randint(0, 3)):
        line = draw.choice(lines)
        if not line:
            continue
        at = draw.randrange(len(line))
        what = draw.randrange(6)
        if what < 3:
            line[at] = draw.choice((*NASTY, "x" * 140_000, 'a"b', "op", "op.x", "band", "band.low", ","))
        elif what == 3:
            line.insert(at, draw.choice(("op", "op.x", "band", "band.low", "bits", "")))
        elif what == 4:
            del line[at]
        else:
            lines.insert(draw.randrange(len(lines)), list(line))
    text = io.StringIO()
    csv.writer(text, quoting=draw.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))).writerows(lines)
    return text.getvalue().encode("utf-8", "surrogatepass")


def mutation(draw: random.Random, folder: Path) -> Path:
    """Write one broken table into ``folder`` and return its file."""
    name = draw.choice(list_tables())
    file, document = folder / f"{name}.yaml", plain(name)
    rows = folder / "rows.csv"
    rows.unlink(missing_ok=True)
    if draw.random() < 0.1:
        file.write_bytes(flipped((SHIPPED / f"{name}.yaml").read_bytes(), draw))
        return file
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 5))):
        if not document:
            break
        draw.choice(CHANGES)(document, draw)
    if draw.random() < 0.4:
        content = cells_of(document.get("entries"), draw)
        rows.write_bytes(flipped(content, draw) if content and draw.random() < 0.2 else content)
        document["entries"] = draw.choice(
            ("rows.csv",) * 12 + ("\0", "", ".", "no.csv", "/dev/zero", "x" * 400, "../rows.csv")
        )
    file.write_text(json.dumps(document, indent=1), encoding="utf-8", errors="surrogatepass")
    return file


def use(table: Table) -> None:
    """Do with a table that could be read what a user does with one."""
    for scope in ("compute", "memory", "noc", "static"):
        for policy in (
            Policy(scope, allow_partial=True),
            Policy(scope, "nominal", "loglog", allow_partial=True),
            Policy(scope, "powerlaw", scale=Scale.parse("stillmaker2017:14nm@0.75V", "0.9V"), allow_partial=True),
        ):
            try:
                report = price(LEDGER, table, policy, memory_bits={"weight_read": 2**18}, tick_s=1e-9, neurons=9)
            except PricingError:
                continue
            json.dumps(report.to_json(), allow_nan=False)
    with contextlib.suppress(PricingError):
        join([table, read_file(SHIPPED / "generic_noc_32b.yaml")])


def survives(seed: int, folder: Path) -> str:
    """Break one table and use it; return ``read`` or ``refused``."""
    file = mutation(random.Random(seed), folder)
    start, refusal = time.process_time(), None
    try:
        use(read_file(file))
    except DocumentError as error:
        refusal = error
    assert time.process_time() - start < SLOWEST_S, f"seed {seed}: too slow"
    if refusal is None:
        return "read"
    files = {problem.path for problem in refusal.problems}
    assert files & {str(file), str(folder / "rows.csv")}, f"seed {seed}: '{refusal}' has no place in the file"
    return "refused"


def run(seeds: range, folder: Path) -> dict[str, int]:
    found = {"read": 0, "refused": 0}
    for seed in seeds:
        try:
            found[survives(seed, folder)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error
    return found


def test_hundreds_of_broken_tables_are_read_or_refused(tmp_path):
    found = run(range(300), tmp_path)
    assert min(found.values()) > 10, "mutations that are all refused, or all harmless, test nothing"


@pytest.mark.long
def test_thousands_of_broken_tables_are_read_or_refused(tmp_path):
    first, count = (
        int(os.environ.get(f"NEUROSIM_FUZZ_{name}", value)) for name, value in (("SEED", 1), ("COUNT", 5000))
    )
    run(range(first * 1_000_000, first * 1_000_000 + count), tmp_path)
