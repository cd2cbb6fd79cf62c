"""The options of a plug-in, held against what its constructor takes: names, types, ranges, and what is missing.

A neuron model, a mapper, a stimulus, a data set, a network of the zoo: whoever has options says in type hints what they
may be (``leak: Annotated[int, Ge(1), Le(31)] = 4``), and here is the one place that checks them.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from neurosim.errors import NeurosimError
from neurosim.files.documents.located_document import KeyPath, Problems
from neurosim.files.documents.validate import build

ANY_TYPES = {"arbitrary_types_allowed": True}
NO_OPTIONS: dict[str, Any] = {}


def check_options(
    owner: Any,
    label: str,
    problems: Problems,
    place: KeyPath,
    *,
    given: Mapping[str, Any] = NO_OPTIONS,
    beside: Mapping[str, Any] = NO_OPTIONS,
    make: bool = True,
) -> Any:
    """Return what ``owner`` makes of the options at ``place``; None where it cannot, the reasons being in ``problems``.

    ``owner`` is a class or a function; a ``label`` names it in messages. ``given`` are the arguments that stand
    elsewhere in the document, ``beside`` the types of options that somebody else takes from the same place. Where one
    of the given is wrong itself there is nothing to ``make``.
    """
    options = problems.document.get(place, {})
    if not isinstance(options, dict):
        return None  # which is said where the section that holds them is built
    blamed = place if options else place[:-1]
    form = _form(owner, label, frozenset(given), tuple(beside.items()))
    if options:
        if build(problems.document, form, problems, place) is None:
            return None
    elif missing := [field.name for field in dataclasses.fields(form) if field.default is dataclasses.MISSING]:
        problems.add(blamed, f"{label} needs {' and '.join(map(repr, missing))}")
        return None
    if not make:
        return None
    try:
        return owner(**given, **{name: value for name, value in options.items() if name not in beside})
    except NeurosimError as error:
        problems.add(blamed, str(error))
    except Exception as error:  # of a user's own plug-in, which may raise anything
        problems.add(blamed, f"{label} cannot be made with these options: {type(error).__name__}: {error}")
    return None


def parameters(owner: Any) -> Mapping[str, inspect.Parameter]:
    """What a class or a function can be called with, by name."""
    try:
        return inspect.signature(owner).parameters
    except (TypeError, ValueError):  # something built in, which does not say
        return {}


@functools.lru_cache(maxsize=64)
def _form(owner: Any, label: str, taken: frozenset[str], beside: tuple[tuple[str, Any], ...]) -> type[Any]:
    """The dataclass whose fields are the options."""
    hints, extra, fields = _hints(owner), "forbid", []
    for name, parameter in parameters(owner).items():
        if parameter.kind is parameter.VAR_KEYWORD:
            extra = "ignore"
        elif name not in taken and parameter.kind is not parameter.VAR_POSITIONAL:
            needed = parameter.default is parameter.empty
            default = dataclasses.field() if needed else dataclasses.field(default=None)
            fields.append((name, _checkable(hints.get(name, Any)), default))
    fields += [(name, hint, dataclasses.field(default=None)) for name, hint in beside]
    config = {"extra": extra, "allow_inf_nan": False, **ANY_TYPES}
    said = {"__pydantic_config__": config, "__unknown__": f"unknown option of {label}"}
    return dataclasses.make_dataclass("Options", fields, namespace=said, kw_only=True)


def _hints(owner: Any) -> dict[str, Any]:
    """The types of an owner's parameters, as far as they can be found out."""
    annotated = owner if dataclasses.is_dataclass(owner) or not inspect.isclass(owner) else owner.__init__
    try:
        return typing.get_type_hints(annotated, include_extras=True)
    except Exception:  # a name that a user's own plug-in has not imported
        return {}


def _checkable(hint: Any) -> Any:
    """``hint``, or anything where values of a document cannot be held against it."""
    try:
        TypeAdapter(hint, config=None if dataclasses.is_dataclass(hint) else ANY_TYPES)  # type: ignore[arg-type]
    except (PydanticUserError, TypeError):
        return Any
    return hint
