"""Plug-ins: a kind is a file in its folder, a file that the user names, or an entry point of an installed package.

``kind: pipelined`` means the class in ``schedule/pipelined.py``, ``kind: mine.py`` the class in that file, and
``kind: theirs`` the class that another package has registered in the group ``neurosim.schedules``. ``GROUPS`` is the
list of what can be plugged in. The built-in ones are found as any other, and listing imports none of them. The options
of a plug-in are the fields of its dataclass, or the parameters of its function, and are checked against their types
here. Data files follow the same rule: ``chip: loihi_like`` is ``chips/loihi_like.yaml`` (:mod:`neurosim.data_files`).
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import importlib.util
import inspect
import json
import sys
import typing
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from neurosim.data_files import (
    DISTRIBUTION,
    PATH_SUFFIXES,
    data_file,
    data_folder,
    data_names,
    data_origin,
    file_problem,
    is_path,
)
from neurosim.errors import DocumentError
from neurosim.messages import unknown_name
from neurosim.type_errors import type_problems

__all__ = [
    "DISTRIBUTION", "GROUPS", "PATH_SUFFIXES", "PluginGroup", "about", "data_file", "data_folder", "data_names",
    "data_origin", "file_problem", "install_hint", "is_path", "known", "made", "option_type", "origin", "parameters",
    "resolve", "source_file", "unknown",
]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class PluginGroup:
    """One noun of which there are plug-ins.

    Parameters
    ----------
    package : str
        Where the built-in ones are, one file each.
    noun : str
        What a message calls one of them.
    entry_points : str
        Group in which other packages register theirs, each under the name of its kind.
    form : {"class", "module", "function"}
        What a plug-in is.
    mark : str
        Name that a file defines, itself or in a class, if it is a plug-in rather than a helper beside them.
    """

    package: str
    noun: str
    entry_points: str
    form: Literal["class", "module", "function"] = "class"
    mark: str = "kind"


GROUPS = {
    group.package: group
    for group in (
        PluginGroup("neurosim.network.zoo", "network", "neurosim.networks", "function"),
        PluginGroup("neurosim.network.layers", "layer type", "neurosim.layers"),
        PluginGroup("neurosim.network.importers", "importer", "neurosim.importers", "module", "SUFFIX"),
        PluginGroup("neurosim.datasets", "data set", "neurosim.datasets"),
        PluginGroup("neurosim.stimuli", "stimulus", "neurosim.stimuli"),
        PluginGroup("neurosim.neurons", "neuron model", "neurosim.neurons"),
        PluginGroup("neurosim.schedule", "schedule", "neurosim.schedules"),
        PluginGroup("neurosim.mapping", "mapper", "neurosim.mappers"),
        PluginGroup("neurosim.chip.noc", "NoC model", "neurosim.noc_models", "module", "FOLLOWS_PACKETS"),
        PluginGroup("neurosim.report.figures", "figure", "neurosim.figures"),
    )
}
"""What can be plugged in, by the package of the built-in ones; a chip, a table and a workload are data files."""
NOUNS = {group.package.rpartition(".")[2]: group.noun for group in GROUPS.values()}
NOUNS |= {"chips": "chip", "energy_tables": "energy table", "workloads": "workload"}
NOTHING: Mapping[str, Any] = {}


def install_hint(extra: str) -> str:
    """Return how the packages of an extra are installed; no index has this distribution yet."""
    return f"in a checkout of neurosim, pip install -e '.[{extra}]'"


def known(package: str) -> list[str]:
    """Return the kinds of a package, sorted, those of other packages among them; nothing is imported for it."""
    return sorted({*_built_in(package), *(entry.name for entry in _entry_points(_group(package).entry_points))})


def origin(package: str, kind: str) -> str:
    """Return the distribution that a kind comes with, ``neurosim-chip`` for a built-in one."""
    return " and ".join(_providers(package, kind))


def resolve(package: str, kind: str) -> Any:
    """Return the class, module or function that ``kind`` names.

    Parameters
    ----------
    package : str
        Package of the built-in ones, ``neurosim.neurons``; see ``GROUPS``.
    kind : str
        A name that ``known`` returns, or the path of a user's own ``.py`` file.

    Raises
    ------
    DocumentError
        For a kind that does not exist, with the nearest name; for one that two packages have, with both; for a file or
        a package that cannot be imported, and for one that does not hold exactly one plug-in of the group.
    """
    group = _group(package)
    if kind.endswith(".py"):
        return _member(_imported_file(Path(kind)), kind, group)
    providers = _providers(package, kind)
    if not providers:
        raise DocumentError(unknown(package.rpartition(".")[2], kind, known(package)))
    if len(providers) > 1:
        both = " and by ".join(providers)
        raise DocumentError(f"{group.noun} '{kind}' is given by {both}; uninstall one of them, or name a file")
    ((distribution, entry),) = providers.items()
    if entry is None:
        return _member(importlib.import_module(f"{package}.{kind}"), kind, group)
    return _loaded(entry, distribution, group)


def about(package: str, kind: str) -> str:
    """Return the first line of a kind's docstring, read from its file without importing it; empty where it has none."""
    group, providers = _group(package), _providers(package, kind)
    if len(providers) != 1:
        return f"given by {' and by '.join(providers)}"
    ((_, entry),) = providers.items()
    file = _source(entry.module if entry else f"{package}.{kind}")
    try:
        body = ast.parse(file.read_bytes()) if file else ast.Module([], [])
    except (SyntaxError, ValueError, OSError) as error:
        return f"cannot be read: {type(error).__name__}: {error}"
    attribute = entry.attr if entry else ""
    defined = [node for node in body.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    for node in defined:
        if node.name == attribute or (not attribute and group.form == "class" and _assigns(node.body, group.mark)):
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return (ast.get_docstring(body) or "").partition("\n")[0]


def source_file(package: str, kind: str) -> Path | None:
    """Return the file that holds a kind of the user's or of another package; None for a built-in one."""
    if kind.endswith(".py"):
        return Path(kind)
    entry = next(iter(_providers(package, kind).values()), None)
    return _source(entry.module) if entry else None


def unknown(folder: str, name: str, names: Iterable[str]) -> str:
    """Return the message for a name that does not exist: ``unknown chip 'lohi_like'; did you mean 'loihi_like'?``"""
    return unknown_name(NOUNS.get(folder, folder), name, names)


def made(
    owner: Any,
    label: str,
    options: Mapping[str, Any],
    given: Mapping[str, Any] = NOTHING,
    beside: Mapping[str, Any] = NOTHING,
) -> Any:
    """Return what ``owner`` makes of options that come from Python rather than from a document.

    Parameters
    ----------
    owner : type or callable
        A plug-in.
    label : str
        What messages call it.
    options : mapping
        Its options, by name.
    given : mapping, optional
        Arguments that are not options.
    beside : mapping, optional
        Types of options that somebody else takes; they are checked with the others and not passed on.

    Raises
    ------
    DocumentError
        With every option that is unknown, missing, of a wrong type or out of range.
    """
    type_ = option_type(owner, "", frozenset(given), tuple(beside.items()))
    try:
        _adapter(cast(Hashable, type_)).validate_json(json.dumps(dict(options), default=_plain), strict=True)
    except ValidationError as error:
        problems, _ = type_problems(error.errors(include_url=False, include_input=False), dict(options), type_)
        lines = (f"{label}: {'.'.join(map(str, problem.place))}: {problem.message}" for problem in problems)
        raise DocumentError("\n".join(lines)) from None
    try:
        return owner(**given, **{name: value for name, value in options.items() if name not in beside})
    except (TypeError, ValueError) as error:
        raise DocumentError(f"{label}: {error}") from error


def parameters(owner: Any) -> Mapping[str, inspect.Parameter]:
    """Return what a class or a function can be called with, by name."""
    try:
        return inspect.signature(owner).parameters
    except (TypeError, ValueError):  # of something built in, which does not say
        return {}


@functools.lru_cache(maxsize=64)
def option_type(owner: Any, label: str, taken: frozenset[str], beside: tuple[tuple[str, Any], ...] = ()) -> type[Any]:
    """Return the dataclass whose fields are the options of ``owner``, those ``beside`` among them.

    ``label`` is what messages call it, ``taken`` are parameters that are no options; a parameter without a usable type
    takes any value.
    """
    hints, extra = _hints(owner), "forbid"
    fields: list[Any] = []
    for name, parameter in parameters(owner).items():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "ignore"
        elif name not in taken and parameter.kind is not parameter.VAR_POSITIONAL:
            needed = parameter.default is parameter.empty
            default = dataclasses.field() if needed else dataclasses.field(default=None)
            fields.append((name, _checkable(hints.get(name, Any)), default))
    fields += [(name, hint, dataclasses.field(default=None)) for name, hint in beside]
    config = {"extra": extra, "allow_inf_nan": False, "arbitrary_types_allowed": True}
    namespace = {"__pydantic_config__": config, "__unknown__": f"unknown option of {label}".removesuffix(" of ")}
    return dataclasses.make_dataclass("Options", fields, namespace=namespace, kw_only=True)


@functools.lru_cache(maxsize=64)
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


def _plain(value: Any) -> Any:
    """Return a NumPy number or array as JSON has it, anything else as a text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _hints(owner: Any) -> dict[str, Any]:
    """Return the types of an owner's parameters, as far as they can be found out."""
    annotated = owner if dataclasses.is_dataclass(owner) or not inspect.isclass(owner) else vars(owner).get("__init__")
    try:
        return typing.get_type_hints(annotated, include_extras=True)
    except Exception:  # a name that a user's own plug-in has not imported
        return {}


def _checkable(hint: Any) -> Any:
    """Return ``hint``, or Any where values of a document cannot be held against it."""
    try:
        if dataclasses.is_dataclass(hint):
            TypeAdapter[Any](hint)
        else:
            TypeAdapter[Any](hint, config={"arbitrary_types_allowed": True})
    except (PydanticUserError, TypeError):
        return Any
    return hint


def _group(package: str) -> PluginGroup:
    return GROUPS.get(package) or PluginGroup(package, package.rpartition(".")[2], package)


def _built_in(package: str) -> list[str]:
    """Return the plug-ins among the files of a package, found by reading the files, not by importing them."""
    specification = importlib.util.find_spec(package)
    folders = (specification.submodule_search_locations or []) if specification else []
    files = [file for folder in folders for file in Path(folder).glob("[!_]*.py")]
    return [file.stem for file in files if _is_plug_in(file, _group(package).mark, file.stat().st_mtime_ns)]


def _entry_points(group: str) -> list[EntryPoint]:
    """Return what other packages have registered in a group, those with a name that is no path."""
    return [entry for entry in _registered(group, tuple(sys.path)) if not is_path(entry.name)]


@functools.lru_cache(maxsize=64)
def _registered(group: str, _path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=group))


def _providers(package: str, kind: str) -> dict[str, EntryPoint | None]:
    """Return the distributions that have a kind, with the entry point of each; None for the built-in one."""
    found: dict[str, EntryPoint | None] = {DISTRIBUTION: None} if kind in _built_in(package) else {}
    for entry in _entry_points(_group(package).entry_points):
        if entry.name == kind:
            found[entry.dist.name if entry.dist else entry.module] = entry
    return found


def _loaded(entry: EntryPoint, distribution: str, group: PluginGroup) -> Any:
    """Return what an entry point of another package is; DocumentError, naming the package, where it cannot be used."""
    name = f"{group.noun} '{entry.name}' of the package {distribution}"
    try:
        found = entry.load()
    except (Exception, SystemExit) as error:  # of a package of others, which may raise anything
        raise DocumentError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    if isinstance(found, ModuleType):
        return _member(found, name, group)
    if not (inspect.isclass(found) if group.form == "class" else group.form == "function" and callable(found)):
        raise DocumentError(f"{name} is {entry.value}, which is no {group.form}")
    return found


def _source(module: str) -> Path | None:
    """Return the file of a module without importing it or a package that it is in; None where there is none."""
    top, *parts = module.split(".")
    try:
        specification = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if specification is None or not parts:
        return Path(specification.origin) if specification and specification.origin else None
    for folder in specification.submodule_search_locations or []:
        path = Path(folder, *parts)
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


@functools.lru_cache(maxsize=1024)
def _is_plug_in(file: Path, mark: str, modified_ns: int) -> bool:
    """Whether a module marks itself as a plug-in; ``modified_ns`` lets an edited file be read again."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError, OSError):
        return True  # a broken plug-in is listed, so that naming it reports what is broken
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    return _assigns(body, mark) or (
        mark == "kind" and (_assigns(body, "KIND") or any(_assigns(node.body, mark) for node in classes))
    )


def _assigns(body: list[ast.stmt], name: str) -> bool:
    """Whether statements assign a name or define a function of it."""
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in body if isinstance(node, ast.AnnAssign) and node.value is not None]
    functions = (node.name for node in body if isinstance(node, ast.FunctionDef))
    return any(isinstance(target, ast.Name) and target.id == name for target in targets) or name in functions


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


def _member(module: ModuleType, kind: str, group: PluginGroup) -> Any:
    """Return the one plug-in that a module holds, or the module where that is what a plug-in of the group is."""
    if group.form == "module":
        if not hasattr(module, group.mark):
            raise DocumentError(f"{kind}: wanted a module with '{group.mark}', which says that it is a {group.noun}")
        return module
    if group.form == "function":
        own = list(_own(module, inspect.isfunction))
        wanted, marked = "function", own
    else:
        own = list(_own(module, inspect.isclass))
        wanted = f"class with a '{group.mark}'"
        marked = [member for member in own if group.mark in vars(member)] or (own if hasattr(module, "KIND") else [])
    if len(marked) != 1:
        raise DocumentError(f"{kind}: wanted one {wanted}, found {len(marked)}")
    return marked[0]


def _own(module: ModuleType, wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield the public members of a module that are defined in it."""
    for name, member in inspect.getmembers(module, wanted):
        if member.__module__ == module.__name__ and not name.startswith("_"):
            yield member
