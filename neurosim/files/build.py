"""A frozen dataclass made of a document's values, or every reason why not, each at its line and column.

pydantic checks the types, strictly ("8" is no number, 1 is no truth value); its errors are put in our words.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections import defaultdict
from collections.abc import Hashable
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from neurosim.files.document import Document, Place, Problems
from neurosim.kinds import suggest

T = TypeVar("T")

WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "null",
    "path_type": "a path",
}


class Fault(NamedTuple):
    """One of pydantic's errors, with the place in the document that it means."""

    place: Place
    union: int | None  # length of the place at which a union was tried, if one was
    member: str  # the member of that union
    key: bool
    error: Any


def build(document: Document, type_: type[T], problems: Problems, place: Place = ()) -> T | None:
    """The value at ``place`` as a ``type_``; None if it is not one, the reasons then being in ``problems``.

    ``type_`` is a frozen dataclass with ``__pydantic_config__ = {"extra": "forbid"}``, of nested ones, tuples, dicts,
    Literals, unions, numbers, texts; a ``ValueError`` of its ``__post_init__`` is a problem of its place.
    """
    value = document.get(place)
    try:
        # by way of JSON because only there are strict types and lists for tuples both to be had
        return cast(T, _adapter(cast(Hashable, type_)).validate_json(json.dumps(value), strict=True))
    except ValidationError as error:
        found = [found for found in error.errors(include_url=False) if not _miscounts(found)]
    faults = [_fault(error, value) for error in found]
    unions: dict[Place, list[Fault]] = defaultdict(list)
    for fault in faults:
        if fault.union is None:
            problems.add(place + fault.place, _message(fault, type_, value), key=fault.key)
        else:
            unions[fault.place[: fault.union]].append(fault)
    for root, group in unions.items():
        telling = _telling(root, group)
        for fault in telling:
            problems.add(place + fault.place, _message(fault, type_, value), key=fault.key)
        if not telling:
            kinds = dict.fromkeys(WANTED[fault.error["type"]] for fault in group if fault.error["type"] in WANTED)
            wanted = " or ".join(kinds)
            problems.add(place + root, f"{found_text(document.get(place + root))} is not {wanted}")
    return None


def found_text(value: Any) -> str:
    """How a message names a value that it found."""
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"'{value[:37]}...'"
    if isinstance(value, bool):
        return str(value).lower()
    return {type(None): "nothing", list: "a list", dict: "a mapping"}.get(type(value)) or str(value)


def field_names(type_: Any, place: Place = ()) -> list[str]:
    """The keys that a ``type_`` may have at ``place`` below it."""
    members = _members(type_)
    if place:
        return [name for member in members for name in field_names(_part(member, place[0]), place[1:])]
    return [
        field.name for member in members if dataclasses.is_dataclass(member) for field in dataclasses.fields(member)
    ]


def _part(type_: Any, key: str | int) -> Any:
    """The type of what a value of ``type_`` holds under ``key``; None if it holds nothing there."""
    if dataclasses.is_dataclass(type_):
        return _hints(cast(Hashable, type_)).get(str(key))
    arguments = typing.get_args(type_)
    return arguments[0 if typing.get_origin(type_) in (tuple, list) else -1] if arguments else None


def _members(type_: Any) -> list[Any]:
    """The members of a union, or the type itself, annotations taken off."""
    if typing.get_origin(type_) is typing.Annotated:
        return _members(typing.get_args(type_)[0])
    if typing.get_origin(type_) in (typing.Union, types.UnionType):
        return [member for argument in typing.get_args(type_) for member in _members(argument)]
    return [type_]


@functools.cache
def _hints(type_: Any) -> dict[str, Any]:
    return typing.get_type_hints(type_, include_extras=True)


@functools.cache
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


def _fault(error: Any, value: Any) -> Fault:
    """Find the place in ``value`` that pydantic's location means: it also holds the names of union members."""
    place: list[str | int] = []
    union, member, key = None, "", error["type"] in ("unexpected_keyword_argument", "extra_forbidden")
    location = error["loc"]
    for index, part in enumerate(location):
        here = next((own for own in value if str(own) == str(part)), None) if isinstance(value, dict) else None
        if part == "[key]":
            key = True
        elif here is not None:
            place.append(here)
            value = value[here]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            place.append(part)
            value = value[part]
        elif error["type"].startswith("missing") and index == len(location) - 1:
            place.append(part)
        elif union is None:
            union, member = len(place), str(part)
    return Fault(tuple(place), union, member, key, error)


def _miscounts(error: Any) -> bool:
    """Whether pydantic calls a list too short only because it left the faulty entries out of the count."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _telling(root: Place, group: list[Fault]) -> list[Fault]:
    """Of the errors of all members of a union, those of the member that was meant.

    It is the one whose form fits, so that its errors lie deeper or are not about the type, with the fewest errors.
    """
    members: dict[str, list[Fault]] = defaultdict(list)
    for fault in group:
        members[fault.member].append(fault)
    fitting = [
        faults for faults in members.values()
        if all(len(fault.place) > len(root) or fault.error["type"] not in WANTED for fault in faults)
    ]  # fmt: skip
    return min(fitting, key=len) if fitting else []


def _message(fault: Fault, type_: Any, value: Any) -> str:
    kind, context = fault.error["type"], fault.error.get("ctx", {})
    found = found_text(fault.place[-1] if fault.key and fault.place else fault.error["input"])
    if kind.startswith("missing"):
        return "missing"
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        names = field_names(type_, fault.place[:-1])
        return "unknown key" + (suggest(str(fault.place[-1]), names) or "; there are: " + ", ".join(names))
    if kind in WANTED:
        return f"{found} is not {WANTED[kind]}"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        one_of = "" if len(choices) == 1 else "one of "
        return f"{found} is not {one_of}{', '.join(choices)}{suggest(str(fault.error['input']), choices)}"
    for bound, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if bound in context:
            return f"{found} is out of range; wanted {words} {context[bound]:,}"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        wanted = f"at least {least}" if kind == "too_short" else f"at most {most}"
        return f"has {context['actual_length']} entries; wanted {wanted}"
    if kind == "value_error":
        return str(context["error"])
    return f"{found}: {fault.error['msg']}"
