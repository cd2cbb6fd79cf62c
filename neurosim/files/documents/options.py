"""The options of a plug-in, held against their types in the document itself, so that each problem has its line.

What the options are and of which types is read from the plug-in by :mod:`neurosim.plugins`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from neurosim.errors import NeurosimError
from neurosim.files.documents.located_document import KeyPath, Problems
from neurosim.files.documents.validate import build
from neurosim.plugins import NOTHING, option_type, parameters

__all__ = ["check_options", "parameters"]


def check_options(
    owner: Any,
    label: str,
    problems: Problems,
    place: KeyPath,
    *,
    given: Mapping[str, Any] = NOTHING,
    beside: Mapping[str, Any] = NOTHING,
    make: bool = True,
) -> Any:
    """Return what ``owner`` makes of the options at ``place``; None where it cannot, the reasons being in ``problems``.

    Parameters
    ----------
    owner : type or callable
        A plug-in.
    label : str
        What messages call it.
    problems : Problems
        What is wrong with the document; more is added.
    place : tuple of str and int
        Where the document has the options, a mapping.
    given : mapping, optional
        Arguments of the plug-in that stand elsewhere in the document.
    beside : mapping, optional
        Types of options that somebody else takes from the same place.
    make : bool
        False where one of ``given`` is wrong itself, so that options can only be checked.
    """
    options = problems.document.get(place, {})
    if not isinstance(options, dict):
        return None  # the section that holds them reports it
    blamed = place if options else place[:-1]
    type_ = option_type(owner, label, frozenset(given), tuple(beside.items()))
    if options:
        if build(problems.document, type_, problems, place) is None:
            return None
    elif missing := [field.name for field in dataclasses.fields(type_) if field.default is dataclasses.MISSING]:
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
