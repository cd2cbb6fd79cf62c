"""What is wrong with a value of a stated type, in words: pydantic's errors, each at its key path.

Nothing here knows where a value was written. ``files/`` adds the line and the column of a document, and ``plugins.py``
holds options of a plug-in against the types of its fields; both run pydantic and hand its errors over.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, cast

from neurosim.messages import shortened, suggest

KeyPath = tuple[str | int, ...]

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
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
UNKNOWN_KEY = ("unexpected_keyword_argument", "extra_forbidden")
MOST_WORDED = 100
"""Errors of one value that are put in words; of 100,000 the first (our choice)."""


class TypeProblem(NamedTuple):
    """One thing wrong with a value: the path of the part of it, whether its key is meant, and what is wrong."""

    place: KeyPath
    key: bool
    message: str


class _TypeError(NamedTuple):
    """One of pydantic's errors, with the place in the value that it means."""

    place: KeyPath
    union: int | None  # length of the place at which a union was tried, if one was
    member: str  # the member of that union
    key: bool
    error: Mapping[str, Any]
    value: Any  # what stands there; of a key, the key

    @property
    def root(self) -> KeyPath:
        """The place of the union that the error is of, else its own."""
        return self.place if self.union is None else self.place[: self.union]


def type_problems(
    errors: Iterable[Mapping[str, Any]],
    value: Any,
    type_: Any,
    order: Callable[[TypeProblem], Any] | None = None,
) -> tuple[list[TypeProblem], int]:
    """Return pydantic's errors of ``value`` as a ``type_`` in words, and how many more there are beyond the most.

    ``order`` is the sort key, such as where a document has them; without it they keep pydantic's order.
    """
    found = [error for error in (_located(error, value) for error in errors) if not _miscounts(error)]
    if order is not None:
        found.sort(key=lambda error: order(TypeProblem(error.place, error.key, "")))
    unions: dict[KeyPath, list[_TypeError]] = defaultdict(list)
    for error in found:
        unions[error.root].append(error)
    problems: list[TypeProblem] = []
    for root, group in islice(unions.items(), MOST_WORDED):
        meant = [error for error in group if error.union is None]
        meant += _of_member_meant(root, [error for error in group if error.union is not None])
        problems += [TypeProblem(error.place, error.key, _message(error, type_)) for error in meant[:MOST_WORDED]]
        if not meant:
            problems.append(TypeProblem(root, False, _no_member(group, _part_of(value, root))))
    return problems, max(len(unions) - MOST_WORDED, 0)


def found_text(value: Any) -> str:
    """Return how a message names a value that it found."""
    if isinstance(value, str):
        return f"'{shortened(value, 40)}'"
    if isinstance(value, bool):
        return str(value).lower()
    names = {type(None): "nothing", list: "a list", dict: "a mapping"}
    return names.get(type(value)) or shortened(str(value), 40)


def field_names(type_: Any, place: KeyPath = ()) -> list[str]:
    """Return the keys that a ``type_`` may have at ``place`` below it."""
    members = _members(type_)
    if place:
        return [name for member in members for name in field_names(_part_type(member, place[0]), place[1:])]
    return [
        field.name for member in members if dataclasses.is_dataclass(member) for field in dataclasses.fields(member)
    ]


def what_is_unknown(type_: Any) -> str:
    """Return how a key that a ``type_`` does not have is called, ``unknown key`` or what the type says of itself."""
    return str(getattr(type_, "__unknown__", "unknown key"))


def _part_of(value: Any, place: KeyPath) -> Any:
    for key in place:
        value = value[key]
    return value


def _part_type(type_: Any, key: str | int) -> Any:
    """Return the type of what a value of ``type_`` holds under ``key``; None if it holds nothing there."""
    if dataclasses.is_dataclass(type_):
        return _hints(cast(Hashable, type_)).get(str(key))
    arguments = typing.get_args(type_)
    return arguments[0 if typing.get_origin(type_) in (tuple, list) else -1] if arguments else None


def _members(type_: Any) -> list[Any]:
    """Return the members of a union, or the type itself, annotations taken off."""
    if typing.get_origin(type_) is typing.Annotated:
        return _members(typing.get_args(type_)[0])
    if typing.get_origin(type_) in (typing.Union, types.UnionType):
        return [member for argument in typing.get_args(type_) for member in _members(argument)]
    return [type_]


@functools.lru_cache(maxsize=256)
def _hints(type_: Any) -> dict[str, Any]:
    return typing.get_type_hints(type_, include_extras=True)


def _located(error: Mapping[str, Any], value: Any) -> _TypeError:
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
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):
            place.append(part)
            value = value[part]
        elif error["type"].startswith("missing") and index == len(location) - 1:
            place.append(part)
        elif union is None:
            union, member = len(place), str(part)
    return _TypeError(tuple(place), union, member, key, error, place[-1] if key and place else value)


def _own_key(mapping: Mapping[str | int, Any], part: str | int) -> str | int | None:
    """Return the key of a mapping that JSON, where all keys are texts, has as ``part``; None if there is none."""
    if part in mapping:
        return part
    try:
        return whole if str(whole := int(part)) == str(part) and whole in mapping else None
    except ValueError:
        return None


def _miscounts(found: _TypeError) -> bool:
    """Whether pydantic calls a list too short only because it left the wrong entries out of the count."""
    return found.error["type"] == "too_short" and len(found.value) >= int(found.error["ctx"]["min_length"])


def _of_member_meant(root: KeyPath, group: Sequence[_TypeError]) -> list[_TypeError]:
    """Return, of the errors of all members of a union, those of the member that was meant.

    It is the one whose form fits, so that its errors lie deeper or are not about the type, with the fewest errors.
    """
    members: dict[str, list[_TypeError]] = defaultdict(list)
    for found in group:
        members[found.member].append(found)
    fitting = [
        errors for errors in members.values()
        if all(len(found.place) > len(root) or found.error["type"] not in WANTED for found in errors)
    ]  # fmt: skip
    return min(fitting, key=len) if fitting else []


def _no_member(group: Sequence[_TypeError], value: Any) -> str:
    """Return the message of a value that has the form of no member of a union."""
    kinds = dict.fromkeys(WANTED[found.error["type"]] for found in group if found.error["type"] in WANTED)
    return f"{found_text(value)} is not {' or '.join(kinds) or 'what is wanted here'}"


def _message(found: _TypeError, type_: Any) -> str:
    kind, context = found.error["type"], found.error.get("ctx", {})
    text = found_text(found.value)
    if kind.startswith("missing"):
        return "missing"
    if kind in UNKNOWN_KEY:
        names = field_names(type_, found.place[:-1])
        return what_is_unknown(type_) + (
            suggest(str(found.place[-1]), names) or f"; there are: {', '.join(names)}" if names else "; there are none"
        )
    if kind in WANTED:
        return f"{text} is not {WANTED[kind]}"
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        one_of = "" if len(choices) == 1 else "one of "
        return f"{text} is not {one_of}{', '.join(choices)}{suggest(str(found.value), choices)}"
    for bound, words in BOUNDS.items():
        if bound in context:
            return f"{text} is out of range; wanted {words} {context[bound]:,}"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        return f"has {context['actual_length']} entries; wanted " + (
            f"at least {least}" if kind == "too_short" else f"at most {most}"
        )
    if kind == "string_too_long":
        return f"{text} has {len(found.value):,} characters; wanted at most {context['max_length']:,}"
    if kind == "value_error":
        return str(context["error"])
    return f"{text} is not a finite number" if kind == "finite_number" else f"{text} is not what is wanted here"
