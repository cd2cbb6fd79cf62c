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
MOST_WORDED = 100  # faults of one value that are put in words, of 100,000 the first


class FoundError(NamedTuple):
    """One of pydantic's errors, with the place in the document that it means."""

    place: KeyPath
    union: int | None  # length of the place at which a union was tried, if one was
    member: str  # the member of that union
    key: bool
    error: Any
    value: Any  # what stands there; of a key, the key


def build(document: Document, type_: type[T], problems: Problems, place: KeyPath = ()) -> T | None:
    """The value at ``place`` as a ``type_``; None if it is not one, the reasons then being in ``problems``.

    ``type_`` is a frozen dataclass with ``__pydantic_config__ = {"extra": "forbid"}``, of nested ones, tuples, dicts,
    Literals, unions, numbers, texts; a ``ValueError`` of its ``__post_init__`` is a problem of its place.
    """
    value = document.get(place)
    try:
        # by way of JSON because only there are strict types and lists for tuples both to be had
        return cast(T, _adapter(cast(Hashable, type_)).validate_json(json.dumps(value), strict=True))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    faults = [fault for fault in (_fault(error, value) for error in found) if not _miscounts(fault)]
    faults.sort(key=lambda fault: document.spot(place + fault.place, fault.key))
    unions: dict[KeyPath, list[FoundError]] = defaultdict(list)
    for fault in faults:
        unions[fault.place if fault.union is None else fault.place[: fault.union]].append(fault)
    problems.uncounted += max(len(unions) - MOST_WORDED, 0)
    for root, group in islice(unions.items(), MOST_WORDED):
        telling = [fault for fault in group if fault.union is None]
        telling += _telling(root, [fault for fault in group if fault.union is not None])
        for fault in telling[:MOST_WORDED]:
            problems.add(place + fault.place, _message(fault, type_), key=fault.key)
        if not telling:
            kinds = dict.fromkeys(WANTED[fault.error["type"]] for fault in group if fault.error["type"] in WANTED)
            wanted = " or ".join(kinds) or "what is wanted here"
            problems.add(place + root, f"{found_text(document.get(place + root))} is not {wanted}")
    return None


def found_text(value: Any) -> str:
    """How a message names a value that it found."""
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
    """How a key that a ``type_`` does not have is called, ``unknown key`` or what the type says of itself."""
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


def _fault(error: Any, value: Any) -> FoundError:
    """Find the place in ``value`` that pydantic's location means: it also holds the names of union members."""
    place: list[str | int] = []
    union, member, key = None, "", error["type"] in UNKNOWN_KEY
    location = error["loc"]
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
        elif error["type"].startswith("missing") and index == len(location) - 1:
            place.append(part)
        elif union is None:
            union, member = len(place), str(part)
    return FoundError(tuple(place), union, member, key, error, place[-1] if key and place else value)


def _own_key(mapping: dict[str | int, Any], part: str | int) -> str | int | None:
    """The key of a document's mapping that JSON, where all keys are texts, has as ``part``; None if there is none."""
    if part in mapping:
        return part
    try:
        return whole if str(whole := int(part)) == str(part) and whole in mapping else None
    except ValueError:
        return None


def _miscounts(fault: FoundError) -> bool:
    """Whether pydantic calls a list too short only because it left the faulty entries out of the count."""
    return fault.error["type"] == "too_short" and len(fault.value) >= fault.error["ctx"]["min_length"]


def _telling(root: KeyPath, group: list[FoundError]) -> list[FoundError]:
    """Of the errors of all members of a union, those of the member that was meant.

    It is the one whose form fits, so that its errors lie deeper or are not about the type, with the fewest errors.
    """
    members: dict[str, list[FoundError]] = defaultdict(list)
    for fault in group:
        members[fault.member].append(fault)
    fitting = [
        faults for faults in members.values()
        if all(len(fault.place) > len(root) or fault.error["type"] not in WANTED for fault in faults)
    ]  # fmt: skip
    return min(fitting, key=len) if fitting else []


def _message(fault: FoundError, type_: Any) -> str:
    kind, context = fault.error["type"], fault.error.get("ctx", {})
    found = found_text(fault.value)
    if kind.startswith("missing"):
        return "missing"
    if kind in UNKNOWN_KEY:
        names = field_names(type_, fault.place[:-1])
        return what_is_unknown(type_) + (
            suggest(str(fault.place[-1]), names) or f"; there are: {', '.join(names)}" if names else "; there are none"
        )
    if kind in WANTED:
        return f"{found} is not {WANTED[kind]}"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        one_of = "" if len(choices) == 1 else "one of "
        return f"{found} is not {one_of}{', '.join(choices)}{suggest(str(fault.value), choices)}"
    for bound, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than")):
        if bound in context:
            return f"{found} is out of range; wanted {words} {context[bound]:,}"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        wanted = f"at least {least}" if kind == "too_short" else f"at most {most}"
        return f"has {context['actual_length']} entries; wanted {wanted}"
    if kind == "string_too_long":
        return f"{found} has {len(fault.value):,} characters; wanted at most {context['max_length']:,}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "finite_number":
        return f"{found} is not a finite number"
    return f"{found} is not what is wanted here"
