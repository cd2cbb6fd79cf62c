"""Run folders: written beside their place and renamed into it, so that one that is there is whole.

``reports/<workload>-<run id>/`` holds ``manifest.json``, ``summary.json`` and what the report adds.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from neurosim.errors import DocumentError, Problem
from neurosim.kinds import suggest

MANIFEST, SUMMARY, EVALUATION = "manifest.json", "summary.json", "evaluation.json"
SCHEMAS = {MANIFEST: "neurosim/manifest/1", SUMMARY: "neurosim/run/1"}
PARTIAL = ".partial-"
UNWRITABLE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOTDIR: "a part of the path is a file",
    errno.EEXIST: "a part of the path is a file",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EFBIG: "a file would be too large",
    errno.EIO: "the disk reports an error",
}


def folder_of(reports: Path, workload: str, run_id: str) -> Path:
    """The folder of a run among the ``reports``; what no file name should hold is taken out of ``workload``."""
    name = re.sub(r"[^\w.+-]+", "_", workload).strip("._") or "run"
    return reports / f"{name[:100]}-{run_id}"


def is_finished(folder: Path) -> bool:
    """Whether ``folder`` is a whole run of a schema that we know."""
    try:
        find_run(folder)
    except DocumentError:
        return False
    return True


def check_writable(folder: Path) -> None:
    """Make sure, before anything is simulated, that a run can be written to ``folder``; DocumentError if not."""
    with _clear_errors(folder, of_any_kind=True):
        if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
            raise DocumentError(f"{folder}: is not empty and not a run folder; choose another")
        if folder.exists() and not folder.is_dir():
            raise DocumentError(f"{folder}: is a file; choose a folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder.parent, prefix=f".{folder.name[:100]}{PARTIAL}") as probe:
            probe.write(b"x")


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write into, which becomes ``folder`` when all has gone well.

    An older run in its place is replaced. When anything goes wrong nothing of the new one is left; DocumentError if
    it was the disk.
    """
    check_writable(folder)
    with _clear_errors(folder):
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:100]}{PARTIAL}"))
        try:
            yield partial
            partial.chmod(0o777 & ~_umask())  # mkdtemp's folders are closed to others
            _replace(folder, partial)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def write_json(folder: Path, name: str, value: Mapping[str, Any]) -> None:
    """Write a manifest or a summary; a number that is not finite is a fault of ours (ValueError)."""
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

    DocumentError if it is no run, a run that was interrupted, or one that a newer neurosim wrote.
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
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DocumentError(f"{path}: no such file") from None
    except json.JSONDecodeError as error:
        problem = Problem(str(path), error.lineno, error.colno, "", f"not valid JSON: {error.msg}")
        raise DocumentError([problem]) from None
    except (OSError, ValueError, RecursionError) as error:
        raise DocumentError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    wanted = SCHEMAS[path.name]
    found = value.get("schema") if isinstance(value, dict) else None
    if found == wanted:
        return value
    kind, _, version = wanted.rpartition("/")
    if isinstance(found, str) and re.fullmatch(re.escape(kind) + r"/[0-9]{1,9}", found):
        age = "a newer" if int(found.rpartition("/")[2]) > int(version) else "an older"
        raise DocumentError(f"{path}: was written by {age} neurosim as {found}; this one reads {wanted}")
    raise DocumentError(f"{path}: is not one of ours; wanted schema {wanted}")


def _replace(folder: Path, partial: Path) -> None:
    """Rename ``partial`` to ``folder``, whose old contents, if any, are removed only when the new ones are there."""
    if not folder.exists():
        partial.rename(folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:100]}{PARTIAL}"))
    try:
        folder.rename(old)  # an empty folder gives way to a rename
        try:
            partial.rename(folder)
        except OSError:
            old.rename(folder)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _clear_errors(folder: Path, of_any_kind: bool = False) -> Iterator[None]:
    """Call the disk's errors by their names; one ``of_any_kind`` only where nothing else is done than writing."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE and not of_any_kind:
            raise
        reason = UNWRITABLE.get(error.errno or 0, error.strerror or str(error))
        raise DocumentError(f"{folder}: cannot be written: {reason}") from error


def _umask() -> int:
    """The process's mask for new files, which can be read only by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
