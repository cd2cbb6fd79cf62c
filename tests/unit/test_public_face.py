"""The public face: every name can be imported, is typed, and leads to nothing that is not public itself."""

import ast
import functools
import importlib
import importlib.util
import inspect
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import neurosim

SPECIAL = ("__init__", "__call__", "__iter__", "__add__", "__getitem__")
SECTION = "\n{}\n"


def typed_names(module: str) -> dict[str, Any]:
    """Return the names that a module imports for type checkers only."""
    found: dict[str, Any] = {}
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))
    for block in ast.walk(tree):
        if not (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"):
            continue
        for line in block.body:
            for name in line.names if isinstance(line, ast.Import | ast.ImportFrom) else ():
                found[name.asname or name.name] = imported(line, name.name)
    return found


def imported(line: ast.Import | ast.ImportFrom, name: str) -> Any:
    """Return what a name of an import means; anything, where a package of an extra is not installed."""
    module = str(line.module) if isinstance(line, ast.ImportFrom) else name
    if not module.startswith("neurosim") and importlib.util.find_spec(module.partition(".")[0]) is None:
        return Any
    found = importlib.import_module(module)
    return getattr(found, name) if isinstance(line, ast.ImportFrom) else found


def hints(thing: Any) -> dict[str, Any]:
    """Return the type hints of a function or a class's own body."""
    owners = thing.__mro__[::-1] if isinstance(thing, type) else [thing]
    modules = [owner.__module__ for owner in owners if owner.__module__.startswith("neurosim")]
    names = {
        name: found for module in modules for name, found in (typed_names(module) | vars(sys.modules[module])).items()
    }
    return typing.get_type_hints(thing, names, names)


def classes_in(hint: Any) -> Iterator[type]:
    """Yield every class that a type hint is made of."""
    if isinstance(hint, list):
        for part in hint:
            yield from classes_in(part)
    elif typing.get_origin(hint) is typing.Literal:
        return
    elif arguments := typing.get_args(hint):
        for part in (typing.get_origin(hint), *arguments):
            yield from classes_in(part)
    elif isinstance(hint, type):
        yield hint


def functions_of(owner: type) -> Iterator[Any]:
    """Yield the public methods and properties that a class defines itself."""
    for name, member in vars(owner).items():
        if name.startswith("_") and name not in SPECIAL:
            continue
        if isinstance(member, property):
            yield member.fget
        elif isinstance(member, functools.cached_property):
            yield member.func
        elif isinstance(member, classmethod | staticmethod):
            yield member.__func__
        elif inspect.isfunction(member):
            yield member


def named_by(thing: Any) -> Iterator[type]:
    """Yield every class in the signatures and attributes of a public function or class."""
    if not isinstance(thing, type):
        for hint in hints(inspect.unwrap(thing)).values():
            yield from classes_in(hint)
        return
    for owner in thing.__mro__:
        if not owner.__module__.startswith("neurosim"):
            continue
        yield owner
        for name, hint in hints(owner).items():
            if not name.startswith("_"):
                yield from classes_in(hint)
        for method in functions_of(owner):
            if method.__module__.startswith("neurosim"):
                for hint in hints(method).values():
                    yield from classes_in(hint)


def unexported() -> dict[str, str]:
    """Return every class of neurosim's that a public name leads to and that is not public, with who leads there."""
    return {
        f"{kind.__module__}.{kind.__qualname__}": name
        for name in neurosim.__all__
        for kind in named_by(getattr(neurosim, name))
        if kind.__module__.startswith("neurosim") and getattr(neurosim, kind.__name__, None) is not kind
    }


def test_public_names_lead_to_public_types_only() -> None:
    assert unexported() == {}


def test_type_checkers_see_every_public_name() -> None:
    assert {*neurosim.__all__, "__version__"} == set(typed_names("neurosim"))


def test_public_names_are_listed_once_and_can_be_imported() -> None:
    assert list(neurosim.__all__) == sorted(set(neurosim.__all__))
    assert set(neurosim.__all__) < set(dir(neurosim))
    with pytest.raises(AttributeError, match="has no attribute 'simulat'"):
        neurosim.simulat  # noqa: B018


@pytest.mark.parametrize("name", [name for name in neurosim.__all__ if not isinstance(getattr(neurosim, name), type)])
def test_public_functions_have_numpydoc_sections(name: str) -> None:
    function = inspect.unwrap(getattr(neurosim, name))
    text, signature = inspect.getdoc(function) or "", inspect.signature(function)
    assert "\nReturns\n-------\n" in text
    if signature.parameters:
        section = text.partition("\nParameters\n----------\n")[2].partition("\n\n")[0]
        described = {part.strip("* ") for line in section.split("\n") if " : " in line for part in
                     line.partition(" : ")[0].split(",")}  # fmt: skip
        assert described == set(signature.parameters)


def test_nothing_heavy_is_imported_before_a_name_is_used() -> None:
    heavy = "{'numpy', 'numba', 'pandas', 'pydantic', 'matplotlib', 'neurosim.experiments'}"
    code = f"import sys, neurosim; dir(neurosim); print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(str(neurosim.__file__)).parent / "py.typed").is_file()
