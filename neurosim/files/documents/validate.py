"""Validation: a document becomes a frozen dataclass, or a list of problems, each at its line and column.

pydantic checks the types, strictly ("8" is no number, 1 is no truth value); its errors are reworded here.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections import defaultdict
from collections.abc import Hashable
from itertools import islice
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from neurosim.files.documents.located_document import Document, KeyPath, Problems
from neurosim.messages import shortened, suggest

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


UNKNOWN_KEY = ("unexpected_keyword_argument", "extra_forbidden")
MOST_DESCRIBED = 100  # errors of one value that are described; the rest are counted (our choice)


class FoundError(NamedTuple):
    """One of pydantic's errors, with its place in the document."""

    place: KeyPath
    union: int | None  # length of the place at which a union was tried, if one was
    member: str  # the member of that union
    key: bool
    details: Any  # pydantic's
    value: Any  # the value there; of a key, the key


def build(document: Document, type_: type[T], problems: Problems, place: KeyPath = ()) -> T | None:
    """The value at ``place`` as a ``type_``; None if it is not one, the reasons then being in ``problems``.

    ``type_`` is a frozen dataclass with ``__pydantic_config__ = {"extra": "forbid"}``, of nested ones, tuples, dicts,
    Literals, unions, numbers, texts; a ``ValueError`` of its ``__post_init__`` is a problem of its place.
    """
    value = document.get(place)
    try:
        # by way of JSON because only there are strict types and lists for tuples both to be had
        return cast(T, _adapter(cast(Hashable, type_)).validate_json(json.dumps(value), strict=True))
    except ValidationError as invalid:
        all_details = invalid.errors(include_url=False, include_input=False)
    errors = [error for details in all_details if not _miscounts(error := _located(details, value))]
    errors.sort(key=lambda error: document.spot(place + error.place, error.key))
    unions: dict[KeyPath, list[FoundError]] = defaultdict(list)
    for error in errors:
        unions[error.place if error.union is None else error.place[: error.union]].append(error)
    problems.uncounted += max(len(unions) - MOST_DESCRIBED, 0)
    for root, group in islice(unions.items(), MOST_DESCRIBED):
        described = [error for error in group if error.union is None]
        described += _of_intended_member(root, [error for error in group if error.union is not None])
        for error in described[:MOST_DESCRIBED]:
            problems.add(place + error.place, _message(error, type_), key=error.key)
        if not described:
            kinds = dict.fromkeys(WANTED[error.details["type"]] for error in group if error.details["type"] in WANTED)
            expected = " or ".join(kinds) or "what is expected here"
            problems.add(place + root, f"{found_text(document.get(place + root))} is not {expected}")
    return None


def found_text(value: Any) -> str:
    """How a message names a value of a document."""
    if isinstance(value, str):
        return f"'{shortened(value, 40)}'"
    if isinstance(value, bool):
        return str(value).lower()
    return {type(None): "nothing", list: "a list", dict: "a mapping"}.get(type(value)) or shortened(str(value), 40)


def field_names(type_: Any, place: KeyPath = ()) -> list[str]:
    """The keys that a ``type_`` may have at ``place`` below it."""
    members = _members(type_)
    if place:
        return [name for member in members for name in field_names(_part(member, place[0]), place[1:])]
    return [
        field.name for member in members if dataclasses.is_dataclass(member) for field in dataclasses.fields(member)
    ]


def what_is_unknown(type_: Any) -> str:
    """What a message calls a key that a ``type_`` does not have: ``unknown key``, or the type's own term."""
    return str(getattr(type_, "__unknown__", "unknown key"))


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


@functools.lru_cache(maxsize=256)
def _hints(type_: Any) -> dict[str, Any]:
    return typing.get_type_hints(type_, include_extras=True)


@functools.lru_cache(maxsize=256)
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)


def _located(details: Any, value: Any) -> FoundError:
    """Find the place in ``value`` that pydantic's location means: it also holds the names of union members."""
    place: list[str | int] = []
    union, member, key = None, "", details["type"] in UNKNOWN_KEY
    location = details["loc"]
    for index, part in enumerate(location):
        here = _own_key(value, part) if isinstance(value, dict) else None
        if here is not None:
            place.append(here)
            value = value[here]
        elif part == "[key]" and place and not key:
            key = True  # pydantic's name for the key that was found last
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            place.append(part)
            value = value[part]
        elif details["type"].startswith("missing") and index == len(location) - 1:
            place.append(part)
        elif union is None:
            union, member = len(place), str(part)
    return FoundError(tuple(place), union, member, key, details, place[-1] if key and place else value)


def _own_key(mapping: dict[str | int, Any], part: str | int) -> str | int | None:
    """The key of a document's mapping that JSON, where all keys are texts, has as ``part``; None if there is none."""
    if part in mapping:
        return part
    try:
        return whole if str(whole := int(part)) == str(part) and whole in mapping else None
    except ValueError:
        return None


def _miscounts(error: FoundError) -> bool:
    """Whether pydantic calls a list too short only because it left the faulty entries out of the count."""
    return error.details["type"] == "too_short" and bool(len(error.value) >= error.details["ctx"]["min_length"])


def _of_intended_member(root: KeyPath, group: list[FoundError]) -> list[FoundError]:
    """Of the errors of all members of a union, those of the member that was intended.

    It is the one of the right form, whose errors lie deeper or are not about the type, with the fewest errors.
    """
    members: dict[str, list[FoundError]] = defaultdict(list)
    for error in group:
        members[error.member].append(error)
    fitting = [
        errors for errors in members.values()
        if all(len(error.place) > len(root) or error.details["type"] not in WANTED for error in errors)
    ]  # fmt: skip
    return min(fitting, key=len) if fitting else []


def _message(error: FoundError, type_: Any) -> str:
    kind, context = error.details["type"], error.details.get("ctx", {})
    found = found_text(error.value)
    if kind.startswith("missing"):
        return "missing"
    if kind in UNKNOWN_KEY:
        names = field_names(type_, error.place[:-1])
        return what_is_unknown(type_) + (
            suggest(str(error.place[-1]), names) or f"; there are: {', '.join(names)}" if names else "; there are none"
        )
    if kind in WANTED:
        return f"{found} is not {WANTED[kind]}"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        one_of = "" if len(choices) == 1 else "one of "
        return f"{found} is not {one_of}{', '.join(choices)}{suggest(str(error.value), choices)}"
    for bound, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if bound in context:
            return f"{found} is out of range; wanted {words} {context[bound]:,}"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        wanted = f"at least {least}" if kind == "too_short" else f"at most {most}"
        return f"has {context['actual_length']} entries; wanted {wanted}"
    if kind == "string_too_long":
        return f"{found} has {len(error.value):,} characters; wanted at most {context['max_length']:,}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "finite_number":
        return f"{found} is not a finite number"
    return f"{found} is not what is expected here"
