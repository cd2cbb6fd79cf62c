"""Run folders: named, found and their documents read.

``reports/<workload>-<run id>/`` holds ``manifest.json``, ``summary.json`` and what the report adds.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from neurosim.errors import DocumentError, Problem
from neurosim.files.runs.output_folder import EVALUATION, MANIFEST, SUMMARY
from neurosim.filesystem.partial_folder import PARTIAL
from neurosim.messages import suggest

SCHEMAS = {MANIFEST: "neurosim/manifest/1", SUMMARY: "neurosim/run/1"}
LARGEST_BYTES = 32 * 2**20  # of a stored document: some 150,000 cores, counted once for each result


def folder_of(reports: Path, workload: str, run_id: str) -> Path:
    """The folder of a run among the ``reports``; characters that file names should not have are replaced."""
    name = re.sub(r"[^\w.+-]+", "_", workload).strip("._") or "run"
    return reports / f"{name[:100]}-{run_id}"


def write_json(folder: Path, name: str, value: Mapping[str, Any]) -> None:
    """Write a manifest or a summary; a number that is not finite is an internal error (ValueError)."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / name).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the run in ``folder``."""
    return _read_json(folder / MANIFEST)


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of the run in ``folder``."""
    return _read_json(folder / SUMMARY)


def find_run(path: str | Path) -> Path:
    """The run folder that ``path`` means: itself, or the folder of its manifest or summary.

    DocumentError if it is no run, an interrupted one, or written by another version of the format.
    """
    folder = Path(path)
    if folder.name in SCHEMAS and not folder.is_dir():
        folder = folder.parent
    if not folder.is_dir():
        raise DocumentError(_not_a_folder(folder))
    if PARTIAL in folder.name:
        raise DocumentError(f"{folder}: is half-written, its run was interrupted; run it again")
    if (folder / EVALUATION).is_file():
        raise DocumentError(f"{folder}: is an evaluation, not a run folder")
    missing = [name for name in SCHEMAS if not (folder / name).is_file()]
    if len(missing) == len(SCHEMAS):
        runs = sorted(entry.parent.name for entry in folder.glob(f"[!.]*/{MANIFEST}"))
        inside = f"; it holds {', '.join(runs[:5])}{', ...' if len(runs) > 5 else ''}" if runs else ""
        raise DocumentError(f"{folder}: is not a run folder, it has no {MANIFEST}{inside}")
    if missing:
        raise DocumentError(f"{folder}: is half-written, it has no {missing[0]}; run it again")
    for name in SCHEMAS:
        _read_json(folder / name)
    return folder


def _not_a_folder(folder: Path) -> str:
    if folder.exists():
        return f"{folder}: is a file; wanted a run folder"
    siblings: list[str] = []
    with suppress(OSError):
        siblings = [entry.name for entry in folder.parent.iterdir() if entry.is_dir()]
    return f"{folder}: no such run folder{suggest(folder.name, siblings)}"


def _read_json(path: Path) -> dict[str, Any]:
    """Read a stored document of a known schema; a number that is too large for a count or energy is read as text."""
    try:
        if (size := path.stat().st_size) > LARGEST_BYTES:
            raise DocumentError(f"{path}: {size / 2**20:,.0f} MiB, wanted at most {LARGEST_BYTES // 2**20}")
        text = path.read_text(encoding="utf-8")
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=str)
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except json.JSONDecodeError as error:
        problem = Problem(str(path), error.lineno, error.colno, "", f"not valid JSON: {error.msg}")
        raise DocumentError([problem]) from None
    except UnicodeDecodeError as error:
        raise DocumentError(f"{path}: byte {error.start + 1:,} is not UTF-8") from None
    except RecursionError:
        raise DocumentError(f"{path}: is nested too deeply for a document of neurosim") from None
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror or error}") from None
    wanted = SCHEMAS[path.name]
    found = value.get("schema") if isinstance(value, dict) else None
    if isinstance(value, dict) and found == wanted:
        return value
    kind, _, version = wanted.rpartition("/")
    if isinstance(found, str) and re.fullmatch(re.escape(kind) + r"/[0-9]{1,9}", found):
        age = "a newer" if int(found.rpartition("/")[2]) > int(version) else "an older"
        raise DocumentError(f"{path}: was written by {age} neurosim as {found}; this one reads {wanted}")
    raise DocumentError(f"{path}: is no document of neurosim; wanted schema {wanted}")


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) < 20 and abs(int(digits)) < 2**63 else digits


def _finite(digits: str) -> float | str:
    return number if math.isfinite(number := float(digits)) else digits
