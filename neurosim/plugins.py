"""A plug-in is a file: ``kind: pipelined`` means the class in ``schedule/pipelined.py``.

A module is a plug-in of its package if it says so, with ``KIND = "..."`` of its own or ``kind = "..."`` in a class;
the name is always the file's. Data files follow the same rule: ``chip: loihi_like`` is ``chips/loihi_like.yaml``.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim.errors import DocumentError
from neurosim.messages import suggest

DISTRIBUTION = "neurosim-chip"
PATH_SUFFIXES = (".yaml", ".yml", ".csv", ".py")
NOUNS = {
    "neurons": "neuron model",
    "schedule": "schedule",
    "mapping": "mapper",
    "stimuli": "stimulus",
    "datasets": "data set",
    "chips": "chip",
    "energy_tables": "energy table",
    "workloads": "workload",
}


def install_hint(extra: str) -> str:
    """Return how the packages of an extra come here; no index has this distribution yet."""
    return f"in a checkout of neurosim, pip install -e '.[{extra}]'"


def known(package: str) -> list[str]:
    """The kinds that a package's folder holds, sorted; found by reading the files, not by importing them."""
    specification = importlib.util.find_spec(package)
    folders = (specification.submodule_search_locations or []) if specification else []
    files = [file for folder in folders for file in Path(folder).glob("[!_]*.py")]
    return sorted({file.stem for file in files if _is_plug_in(file, file.stat().st_mtime_ns)})


def resolve(package: str, kind: str) -> Any:
    """The class that ``kind`` names in ``package``; ``kind`` may also be the path of a user's own ``.py`` file.

    DocumentError for a kind that is not there, for a file that cannot be imported and for one that does not hold
    exactly one class of its kind.
    """
    if kind.endswith(".py"):
        return _only_class(_imported_file(Path(kind)), kind)
    if kind not in known(package):
        raise DocumentError(unknown(package.rpartition(".")[2], kind, known(package)))
    return _only_class(importlib.import_module(f"{package}.{kind}"), kind)


def unknown(folder: str, name: str, names: Iterable[str]) -> str:
    """The message for a name that a folder does not hold: ``unknown chip 'lohi_like'; did you mean 'loihi_like'?``"""
    names = list(names)
    nearest = suggest(name, names) or ("; there are: " + ", ".join(names) if names else "; there are none")
    return f"unknown {NOUNS.get(folder, folder)} '{name}'{nearest}"


def file_problem(path: Path) -> str:
    """Why ``path`` is not a file that can be read, with the nearest name beside it; nothing if it is one."""
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


def data_folder(folder: str) -> Path:
    """The shipped folder ``chips``, ``energy_tables`` or ``workloads``, in a checkout or in an installation."""
    beside = Path(__file__).resolve().parent.parent
    if (beside / "pyproject.toml").is_file() and (beside / folder).is_dir():
        return beside / folder
    installed = beside / "share" / "neurosim" / folder  # where `pip install --target` puts it
    for file in importlib.metadata.files(DISTRIBUTION) or []:
        if file.parts[-4:-1] == ("share", "neurosim", folder) and Path(str(file.locate())).is_file():
            installed = Path(str(file.locate())).resolve().parent
            break
    if installed.is_dir():
        return installed
    raise DocumentError(f"the folder '{folder}' was not installed with neurosim")


def data_file(folder: str, name: str, suffix: str = ".yaml") -> Path:
    """The file that ``name`` means: a path as it is, a bare name in ``./folder`` and then in the shipped folder.

    DocumentError for a bare name that neither holds; whether a path exists is not asked.
    """
    if is_path(name):
        return Path(name)
    for place in _data_places(folder):
        if name in (file.stem for file in place.glob(f"*{suffix}")):
            return place / f"{name}{suffix}"
    raise DocumentError(unknown(folder, name, data_names(folder, suffix)))


def is_path(name: str) -> bool:
    """Whether ``name`` is the path of a file rather than a bare name."""
    return "/" in name or Path(name).suffix in PATH_SUFFIXES


def data_names(folder: str, suffix: str = ".yaml") -> list[str]:
    """The bare names that ``data_file`` knows in ``folder``, sorted."""
    return sorted({file.stem for place in _data_places(folder) for file in place.glob(f"*{suffix}")})


def _data_places(folder: str) -> list[Path]:
    own = Path(folder)
    try:
        shipped = [data_folder(folder)]
    except DocumentError:
        shipped = []
    return ([own] if own.is_dir() else []) + shipped


@functools.lru_cache(maxsize=1024)
def _is_plug_in(file: Path, modified_ns: int) -> bool:
    """Whether a module marks itself as a plug-in; ``modified_ns`` lets an edited file be read again."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError, OSError):
        return True  # a broken plug-in is listed, so that naming it reports what is broken
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    return _assigns(body, "KIND") or any(_assigns(node.body, "kind") for node in classes)


def _assigns(body: list[ast.stmt], name: str) -> bool:
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in body if isinstance(node, ast.AnnAssign) and node.value is not None]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _imported_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise DocumentError(f"{path}: no such file")
    name = f"neurosim_plugin_{path.stem}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # dataclasses look their module up by name while it is being imported
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise DocumentError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _only_class(module: ModuleType, kind: str) -> Any:
    own = [
        member
        for name, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__ and not name.startswith("_")
    ]
    marked = [member for member in own if "kind" in vars(member)] or (own if hasattr(module, "KIND") else [])
    if len(marked) != 1:
        raise DocumentError(f"{kind}: wanted one class with a 'kind', found {len(marked)}")
    return marked[0]
