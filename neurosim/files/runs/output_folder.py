"""The folder that a command writes: claimed before the work begins, written beside its place, put there whole.

Only what is of the same kind is replaced, and of it only the files that neurosim writes: whatever else a user keeps in
such a folder is in the new one as well.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from neurosim.errors import DocumentError
from neurosim.filesystem.atomic_write import put_in_place, recover, resolved
from neurosim.filesystem.lock import is_lock, locked
from neurosim.filesystem.partial_folder import HIDDEN, LOCK, PARTIAL, REPLACED, hidden_name, made, remove_dead, tidy
from neurosim.report.figures import names as figure_names
from neurosim.report.html.page import FILE as PAGE
from neurosim.report.timeline.timeline import is_timeline

MANIFEST, SUMMARY, EVALUATION, SWEEP_FACTS = "manifest.json", "summary.json", "evaluation.json", "sweep.json"
LARGEST_MANIFEST = 64 * 2**20
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


@dataclass(frozen=True)
class FolderKind:
    """A kind of folder that neurosim writes.

    Attributes
    ----------
    noun : str
        What a message calls it.
    schema : str
        The beginning of the schema of its manifest.
    files : tuple of str
        The files that neurosim writes into it.
    figures : tuple of str
        The names of its figures; ``*`` stands for a number.
    folders : tuple of str
        Folders in it, all of whose files are neurosim's.
    """

    noun: str
    schema: str
    files: tuple[str, ...]
    figures: tuple[str, ...]
    folders: tuple[str, ...] = ()

    def owns(self, folder: Path, name: str) -> bool:
        """Whether the file ``name``, relative to ``folder``, is one that neurosim writes."""
        first, _, rest = name.partition("/")
        if first == "figures" and rest:
            stem, _, suffix = rest.partition(".")
            return suffix in ("pdf", "png", "csv") and re.sub(r"_[0-9]+$", "_*", stem) in self.figures
        if rest:
            return first in self.folders
        return name in self.files or is_timeline(folder / name)


RUN = FolderKind(
    "a run",
    "neurosim/manifest/",
    (MANIFEST, SUMMARY, "ledger.parquet", "placement.csv", "layers.csv", PAGE),
    figure_names(),
    ("tables",),
)
EVALUATED = FolderKind(
    "an evaluation",
    "neurosim/manifest/",
    (MANIFEST, EVALUATION, "confusion.csv", "activity.csv"),
    ("confusion", "activity", "confusion_*", "activity_*"),
)
SWEEP = FolderKind("a sweep", "neurosim/sweep/", (MANIFEST, SWEEP_FACTS, "sweep.csv"), ("sweep",))


@dataclass(frozen=True)
class OutputFolder:
    """A folder that this process alone writes.

    Attributes
    ----------
    path : Path
        As the user named it.
    place : Path
        Where it is, links resolved.
    kind : FolderKind
        What is written into it.
    """

    path: Path
    place: Path
    kind: FolderKind

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """Yield an empty folder to write into, which replaces this one at the end of the block.

        After an error nothing of it remains and the older folder is as it was; DocumentError for an error of the disk.
        """
        with clear_errors(self.path), made(self.place, is_folder=True) as (partial, _):
            try:
                yield partial
                if self.place.exists():
                    bring_along(self.place, partial, self.kind)
                put_in_place(partial, self.place)
            finally:
                shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def claimed(folder: str | Path | OutputFolder, kind: FolderKind = RUN, wait: bool = False) -> Iterator[OutputFolder]:
    """Keep all other processes from writing ``folder`` within the block, and check that it can be written.

    DocumentError where it holds anything else, cannot be written, or another process writes it, unless to ``wait`` for
    that one. What killed processes left is removed. An ``OutputFolder`` is claimed already, and yielded as it is.
    """
    if isinstance(folder, OutputFolder):
        yield folder
        return
    path = Path(folder)
    with clear_errors(path, of_any_kind=True):
        place = resolved(path)
        _check_place(path, place)
        _check_contents(path, place, kind)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=hidden_name(place)) as probe:
            probe.write(b"x")
        lock = place.with_name(hidden_name(place, LOCK))
    with locked(lock, lambda who: f"{path}: {who} is writing it; let it end, or choose another folder", wait):
        recover(place)
        _check_contents(path, place, kind)  # what there is now: another process may have been here
        tidy(place)
        yield OutputFolder(path, place, kind)


def kind_of(folder: Path) -> FolderKind | None:
    """Return the kind of a folder by its manifest; None for a folder that neurosim did not write."""
    manifest = folder / MANIFEST
    try:
        if not manifest.is_file() or manifest.stat().st_size > LARGEST_MANIFEST:
            return None
        content = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    schema = content.get("schema") if isinstance(content, dict) else None
    for kind in (SWEEP, EVALUATED, RUN):
        named = isinstance(schema, str) and re.fullmatch(re.escape(kind.schema) + "[0-9]{1,9}", schema)
        if named and (kind is not EVALUATED or (folder / EVALUATION).is_file()):
            return kind
    return None


def bring_along(place: Path, partial: Path, kind: FolderKind) -> None:
    """Give the new folder what the old one holds and neurosim did not write.

    Files are linked, so that each is in a folder of the right name at any moment; without hard links they are copied.
    """
    for root, folders, files in os.walk(place):
        within = Path(root).relative_to(place)
        for name in (*folders, *files):
            source, target = Path(root, name), partial / within / name
            mode = source.lstat().st_mode
            if os.path.lexists(target) or HIDDEN.fullmatch(name):
                continue
            if stat.S_ISDIR(mode):
                if (within / name).as_posix() not in ("figures", *kind.folders):
                    target.mkdir(parents=True)
            elif not kind.owns(place, (within / name).as_posix()):
                target.parent.mkdir(parents=True, exist_ok=True)
                _link(source, target)


def clean(folder: Path) -> list[Path]:
    """Remove what killed processes left in ``folder`` and restore what they had replaced; return what was found."""
    leftovers = []
    for path in sorted(folder.iterdir()):
        name = path.name
        if not HIDDEN.fullmatch(name) or path.is_symlink():
            continue
        if REPLACED in name:
            place = path.with_name(name[1 : name.rindex(REPLACED)])
            recover(place)
            if not path.exists():
                leftovers.append(path)
        elif (PARTIAL in name or is_lock(path)) and remove_dead(path):
            leftovers.append(path)
    return leftovers


@contextmanager
def clear_errors(folder: Path, of_any_kind: bool = False) -> Iterator[None]:
    """Turn errors of the disk into DocumentErrors; errors ``of_any_kind`` where the block does nothing but write."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNWRITABLE and not of_any_kind:
            raise
        reason = UNWRITABLE.get(error.errno or 0, error.strerror or str(error))
        raise DocumentError(f"{folder}: cannot be written: {reason}") from error


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without links
        if not source.is_symlink() and not source.is_file():
            raise
        shutil.copy2(source, target, follow_symlinks=False)


def _check_place(path: Path, place: Path) -> None:
    """Refuse a place that no folder can be exchanged for."""
    if not place.name:
        raise DocumentError(f"{path}: is the root of the file system; choose a folder")
    if HIDDEN.fullmatch(place.name) or PARTIAL in place.name:
        raise DocumentError(f"{path}: is a name that neurosim gives to what is half-written; choose another")
    if place.is_dir() and os.path.ismount(place):
        raise DocumentError(f"{path}: is a mount point, which cannot be replaced; choose a folder in it")


def _check_contents(path: Path, place: Path, kind: FolderKind) -> None:
    """Refuse a folder that holds anything but what is to be replaced, and one that cannot be replaced."""
    if not place.exists():
        return
    if not place.is_dir():
        raise DocumentError(f"{path}: is a file; choose a folder")
    if any(not HIDDEN.fullmatch(entry.name) for entry in place.iterdir()):
        found = kind_of(place)
        if found is None:
            wanted = "a run folder" if kind is RUN else kind.noun
            raise DocumentError(f"{path}: is not empty and not {wanted}; choose another")
        if found is not kind:
            raise DocumentError(f"{path}: holds {found.noun}, not {kind.noun}; choose another")
    here = Path.cwd()
    if place == here or place in here.parents:
        raise DocumentError(f"{path}: is the current folder, or holds it; choose a folder in it")
    if not os.access(place, os.W_OK | os.X_OK):
        raise DocumentError(f"{path}: cannot be written: permission denied")
