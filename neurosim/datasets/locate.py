"""Where the files of a data set are: a folder that the user names, or the one that ``neurosim data get`` fills."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.errors import DocumentError

VARIABLE = "NEUROSIM_DATA"
SHOWN = 8  # names of a folder that an error message lists


def default_folder() -> Path:
    """Return the folder of the variable NEUROSIM_DATA, else the user's cache (XDG Base Directory Specification)."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # The specification has relative paths ignored.
    return (Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache") / "neurosim" / "data"


def choose_folder(folder: Path | None) -> None:
    """Make ``folder`` the default one of this process and of those it starts; None leaves the default as it is.

    DocumentError where there is no such folder.
    """
    if folder is not None:
        if not folder.is_dir():
            raise DocumentError(f"--data {folder}: there is no such folder")
        os.environ[VARIABLE] = str(folder)


def places(kind: str, data: str | None, usual: Sequence[str]) -> list[Path]:
    """Return the folders in which a set may be: the ``usual`` ones below the data folder, then that folder itself.

    DocumentError where there is no data folder.
    """
    if data is not None and not isinstance(data, str):
        raise DocumentError(f"data {kind}: 'data' is the path of a folder, found {data!r}")
    root = default_folder() if data is None else Path(data).expanduser()
    if not root.is_dir():
        what = "is no folder" if root.exists() else "does not exist"
        raise DocumentError(f"data {kind}: the folder {root} {what}; {remedy(kind, data)}")
    return [place for place in (*(root / name for name in usual), root) if place.is_dir()]


def find(kind: str, data: str | None, usual: Sequence[str], forms: Sequence[Sequence[str]]) -> list[Path]:
    """Return the files of the first of ``forms`` that is complete in one folder; a file may be compressed (.gz).

    DocumentError where no form is complete, with what is wanted and what the folders hold.
    """
    searched = places(kind, data, usual)
    # The first form of which any file exists must be complete: a mixture would be two data sets.
    for place in searched:
        for form in forms:
            files = [present(place, name) for name in form]
            if existing := [file for file in files if file is not None]:
                if len(existing) == len(form):
                    return existing
                lacking = ", ".join(name for name, file in zip(form, files, strict=True) if file is None)
                raise DocumentError(f"data {kind}: {place} lacks {lacking}; {remedy(kind, data)}")
    wanted = ", or ".join(" and ".join(form) for form in forms)
    raise DocumentError(f"data {kind}: wanted {wanted}; {contents(searched)}; {remedy(kind, data)}")


def present(place: Path, name: str) -> Path | None:
    """Return the path of a file or of its compressed form, or None."""
    return next((path for path in (place / name, place / f"{name}.gz") if path.is_file()), None)


def contents(folders: Sequence[Path]) -> str:
    """Return the names in folders, in words."""

    def held(place: Path) -> Iterator[str]:
        names = sorted(entry.name for entry in place.iterdir())
        yield from names[:SHOWN]
        if len(names) > SHOWN:
            yield f"{len(names) - SHOWN:,} more"

    return "; ".join(f"{place} holds {', '.join(held(place)) or 'nothing'}" for place in folders)


def remedy(kind: str, data: str | None) -> str:
    """Return, for an error message, how to get files that are missing."""
    elsewhere = (
        f"--data or {VARIABLE} names a folder that holds" if data is None else "'data' names the folder that holds"
    )
    if kind not in SOURCES:
        return f"{elsewhere} its files"
    there = "" if data is None else f" --data {shlex.quote(data)}"
    return f"'neurosim data get {kind}{there}' downloads its files, {elsewhere} them"
