"""Damage to a run folder that knows its structure: values, keys and types of documents, rows and columns, bytes.

``damage(folder, case)`` is the same for the same number on every machine. Some damage is signed: the hashes in the
manifest are then those of what was damaged, as if a run had written it so, and what else is checked must hold alone.
"""

import json
import math
import random

import pyarrow
import pyarrow.parquet

from neurosim.errors import DocumentError
from neurosim.files.runs.stored_run import LEDGER, PLACEMENT, hash_summary
from neurosim.provenance import hash_file

SUMMARY, MANIFEST = "summary.json", "manifest.json"
ODD = (
    0, -1, 1, 2, 7, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 0.5, -0.5, 1e-320, 1e308, math.nan, math.inf,
    True, False, None, "", "x", "\0", "ä" * 50, "1" * 5000, [], {}, [[]], [0] * 3, {"": 0}, {"x": {"y": []}}, "digits",
)  # fmt: skip


def damage(folder, case):
    """Damage a copy of a run in one place, and return what was done."""
    random_ = random.Random(case)
    name = random_.choices((SUMMARY, MANIFEST, LEDGER, PLACEMENT), (5, 3, 3, 2))[0]
    path = folder / name
    if random_.random() < 0.15:
        done = damage_bytes(path, random_)
    else:
        done = {SUMMARY: damage_json, MANIFEST: damage_json, LEDGER: damage_rows, PLACEMENT: damage_lines}[name](
            path, random_
        )
    how = random_.choice(("unsigned", "signed", "of before"))
    if how == "signed":
        sign(folder)
    elif how == "of before":
        unsign(folder)
    return f"case {case}: {name}: {done}, {how}"


def sign(folder):
    """Write the hashes of what is there into the manifest, where there is one."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        summary = json.loads((folder / SUMMARY).read_text())
        manifest["sha256"] = {SUMMARY: hash_summary(summary)}
        manifest["sha256"] |= {name: hash_file(folder / name) for name in (LEDGER, PLACEMENT)}
    except (ValueError, OSError, TypeError, AttributeError, RecursionError, DocumentError):
        return
    (folder / MANIFEST).write_text(json.dumps(manifest))


def unsign(folder):
    """Take the hashes out, as they are missing in runs of before."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        manifest.pop("sha256", None)
    except (ValueError, OSError, TypeError, AttributeError, RecursionError):
        return
    (folder / MANIFEST).write_text(json.dumps(manifest))


def damage_json(path, random_):
    value = json.loads(path.read_text())
    places = list(containers(value))
    holder = random_.choice(places)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if not keys:
        return "nothing"
    key, done = random_.choice(keys), random_.choice(("odd", "odd", "odd", "delete", "rename", "copy", "swap", "deep"))
    if done == "odd":
        holder[key] = random_.choice(ODD)
    elif done == "delete":
        del holder[key]
    elif done == "rename" and isinstance(holder, dict):
        holder[random_.choice((f"{key}x", "", "[key]", "a.b"))] = holder.pop(key)
    elif done == "copy":
        other = random_.choice(places)
        if isinstance(other, dict):
            other[random_.choice([*other, "new"])] = json.loads(json.dumps(holder[key]))
        else:
            other.append(json.loads(json.dumps(holder[key])))
    elif done == "swap":
        other = random_.choice(keys)
        holder[key], holder[other] = holder[other], holder[key]
    elif done == "deep":
        depth = random_.choice((50, 400, 900, 5000))
        holder[key] = "DEEP"
        path.write_text(json.dumps(value).replace('"DEEP"', "[" * depth + "]" * depth))
        return f"{depth} deep at {key!r}"
    path.write_text(json.dumps(value))
    return f"{done} {key!r}"


def containers(value):
    """Yield every mapping and list below a value, and the value."""
    yield value
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from containers(item)


def damage_rows(path, random_):
    table = pyarrow.parquet.read_table(path)
    rows, done = table.num_rows, random_.choice(("remove", "double", "value", "value", "value", "column", "op", "null"))
    name = random_.choice([name for name in table.column_names if name != "op"])
    place = table.column_names.index(name)
    row = random_.randrange(rows)
    if done == "remove":
        table = pyarrow.concat_tables([table.slice(0, row), table.slice(row + random_.choice((1, 1, 5, rows)))])
    elif done == "double":
        table = pyarrow.concat_tables([table, table.slice(row, random_.choice((1, 1, 5, rows)))])
    elif done in ("value", "null"):
        values = table.column(name).to_pylist()
        change = random_.choice((values[row] + 1, -2, 0, 10**6, 2**31, 2**62, 2**63 - 1, -(2**63)))
        values[row] = None if done == "null" else change
        table = table.set_column(place, name, pyarrow.array(values, pyarrow.int64()))
    elif done == "op":
        ops = table.column("op").to_pylist()
        ops[row] = random_.choice(
            ("add_int24", "reset_int24", "nosuch", "", "add", None, "weight_read_bits64", "x" * 99)
        )
        column = pyarrow.array(ops, pyarrow.string())
        column = column.dictionary_encode() if random_.random() < 0.7 else column
        table = table.set_column(table.column_names.index("op"), "op", column)
    else:
        done = random_.choice(("dropped", "renamed", "doubled column", "float", "text", "int32", "uint64"))
        if done == "dropped":
            table = table.drop_columns([random_.choice(table.column_names)])
        elif done == "renamed":
            table = table.rename_columns([f"{own}x" if own == name else own for own in table.column_names])
        elif done == "doubled column":
            table = table.append_column("more", table.column(name))
        else:
            kinds = {"float": pyarrow.float64(), "text": pyarrow.string()}
            kinds |= {"int32": pyarrow.int32(), "uint64": pyarrow.uint64()}
            table = table.set_column(place, name, table.column(name).cast(kinds[done], safe=False))
    pyarrow.parquet.write_table(table, path)
    return f"{done} {name} of row {row}"


def damage_lines(path, random_):
    lines = path.read_text().splitlines()
    row, done = random_.randrange(len(lines)), random_.choice(("remove", "double", "cell", "cell", "cell"))
    if done == "remove":
        del lines[row]
    elif done == "double":
        lines.insert(row, lines[row])
    else:
        cells = lines[row].split(",")
        cells[random_.randrange(len(cells))] = random_.choice(
            ("", "-1", "²", "1_000", " 1", "1.5", "9" * 30, "x", '"', "\0", "99", "x" * 140_000)
        )
        lines[row] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    return f"{done} of line {row + 1}"


def damage_bytes(path, random_):
    data = bytearray(path.read_bytes())
    done = random_.choice(("cut", "flip", "flip", "insert", "empty", "gone"))
    place = random_.randrange(len(data))
    if done == "cut":
        del data[place:]
    elif done == "flip":
        for _ in range(random_.choice((1, 1, 8))):
            data[random_.randrange(len(data))] = random_.randrange(256)
    elif done == "insert":
        data[place:place] = random_.randbytes(random_.choice((1, 100)))
    elif done == "empty":
        data.clear()
    else:
        path.unlink()
        return done
    path.write_bytes(bytes(data))
    return f"{done} at {place}"
