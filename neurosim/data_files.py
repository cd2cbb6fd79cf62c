"""Chips, energy tables and workloads by name: files of the current folder, of neurosim, or of an installed package.

A package ships such files by registering itself in the group ``neurosim.data``: the value of its entry point is the
name of a package whose folders ``chips``, ``energy_tables`` and ``workloads`` hold them. No package is imported for it.
"""

from __future__ import annotations

import functools
import importlib.resources
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import entry_points
from itertools import islice
from pathlib import Path

from neurosim.errors import DocumentError
from neurosim.messages import suggest, unknown_name

DISTRIBUTION = "neurosim-chip"
ENTRY_POINTS = "neurosim.data"
PATH_SUFFIXES = (".yaml", ".yml", ".csv", ".py")
FOLDERS = {"chips": "chip", "energy_tables": "energy table", "workloads": "workload", "workloads/weights": "recipe"}


def data_folder(folder: str) -> Path:
    """Return the folder ``chips``, ``energy_tables`` or ``workloads`` that neurosim ships.

    It is package data of an installed neurosim. In a checkout it stands beside the package, not in it.
    """
    package = Path(str(importlib.resources.files(__package__)))
    is_checkout = (package.parent / "pyproject.toml").is_file()
    place = package.parent / folder if is_checkout else package / folder
    if place.is_dir():
        return place
    raise DocumentError(f"the folder '{folder}' was not installed with neurosim")


def data_file(folder: str, name: str, suffix: str = ".yaml") -> Path:
    """Return the file that ``name`` means.

    Parameters
    ----------
    folder : str
        ``chips``, ``energy_tables``, ``workloads`` or a folder of theirs.
    name : str
        A path, which is returned as it is, whether or not it exists; or a bare name, which is looked up in the current
        directory's ``folder`` first, and then among what neurosim and other packages ship.
    suffix : str
        Ending of the files.

    Raises
    ------
    DocumentError
        For a bare name that nobody has, with the nearest, and for one that two packages ship, with both.
    """
    if is_path(name):
        return Path(name)
    own = Path(folder, f"{name}{suffix}")
    if name in _names(own.parent, suffix):
        return own
    found = {package: place / own.name for package, place in package_folders(folder) if name in _names(place, suffix)}
    if not found:
        raise DocumentError(unknown_name(FOLDERS.get(folder, folder), name, data_names(folder, suffix)))
    if len(found) > 1:
        both = " and by ".join(found)
        raise DocumentError(f"{FOLDERS.get(folder, folder)} '{name}' is given by {both}; name the file that is meant")
    return next(iter(found.values()))


def data_names(folder: str, suffix: str = ".yaml") -> list[str]:
    """Return the bare names that ``data_file`` knows in ``folder``, sorted."""
    places = [Path(folder), *(place for _, place in package_folders(folder))]
    return sorted({name for place in places for name in _names(place, suffix)})


def data_origin(folder: str, name: str, suffix: str = ".yaml") -> str:
    """Return the distribution that ships a file; ``neurosim-chip`` for one of the current directory, too."""
    shipping = [package for package, place in package_folders(folder) if name in _names(place, suffix)]
    return DISTRIBUTION if name in _names(Path(folder), suffix) or not shipping else " and ".join(shipping)


def package_folders(folder: str) -> Iterator[tuple[str, Path]]:
    """Yield the distributions that ship files of a folder, neurosim first, and where these are."""
    with suppress(DocumentError):  # a broken installation still reads the user's own files; doctor says what is missing
        yield DISTRIBUTION, data_folder(folder)
    for distribution, place in _other_packages(tuple(sys.path)):
        if (place / folder).is_dir():
            yield distribution, place / folder


def is_path(name: str) -> bool:
    """Return whether ``name`` is the path of a file rather than a bare name."""
    return "/" in name or Path(name).suffix in PATH_SUFFIXES


def file_problem(path: Path) -> str:
    """Return why ``path`` is not a file that can be read, with the nearest name beside it; nothing if it is one."""
    try:
        if path.is_dir():
            return f"'{path}' is a folder; wanted a file"
        if path.exists():
            return "" if path.is_file() else f"'{path}' is not an ordinary file"
        if not path.parent.is_dir():
            return f"no file '{path}'; there is no folder '{path.parent}'"
        siblings = [entry.stem for entry in islice(path.parent.iterdir(), 1000) if entry.suffix == path.suffix]
    except (OSError, ValueError) as error:
        return f"'{path}' cannot be read: {getattr(error, 'strerror', None) or error}"
    nearest = suggest(path.stem, siblings)  # by stems: the suffix alone makes all names alike
    return f"no file '{path}'" + (nearest[:-2] + path.suffix + nearest[-2:] if nearest else "")


def _names(place: Path, suffix: str) -> set[str]:
    return {file.stem for file in place.glob(f"*{suffix}")} if place.is_dir() else set()


@functools.lru_cache(maxsize=8)
def _other_packages(_path: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """Return the distributions that register data, and the folders of the packages that they name."""
    found = []
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            specification = importlib.util.find_spec(entry.value)  # of a top-level package: finds it, runs nothing
        except (ImportError, ValueError):
            continue
        for place in (specification.submodule_search_locations or []) if specification else []:
            found.append((entry.dist.name if entry.dist else entry.value, Path(place)))
    return tuple(found)
