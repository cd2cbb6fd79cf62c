"""A frozen dataclass made of a document's values, or every reason why not, each at its line and column.

pydantic checks the types, strictly ("8" is no number, 1 is no truth value); its errors are put in our words.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Hashable
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from neurosim.files.documents.located_document import Document, KeyPath, Problems
from neurosim.type_errors import field_names, found_text, type_problems, what_is_unknown

__all__ = ["build", "field_names", "found_text", "what_is_unknown"]

T = TypeVar("T")


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
        errors = error.errors(include_url=False, include_input=False)
    found, more = type_problems(
        errors, value, type_, order=lambda problem: document.spot(place + problem.place, problem.key)
    )
    problems.uncounted += more
    for problem in found:
        problems.add(place + problem.place, problem.message, key=problem.key)
    return None


@functools.lru_cache(maxsize=256)
def _adapter(type_: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type_)
