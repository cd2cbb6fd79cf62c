"""How much of a chip an energy covers: four cumulative scopes, each with the label that is printed."""

from __future__ import annotations

from typing import Literal, get_args

from neurosim.errors import DocumentError
from neurosim.messages import suggest

Scope = Literal["compute", "memory", "noc", "static"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

LABELS: dict[Scope, str] = {
    "compute": "compute only",
    "memory": "compute + memory",
    "noc": "compute + memory + NoC",
    "static": "whole chip",
}
GROUPS: dict[Scope, frozenset[str]] = {
    "compute": frozenset({"compute"}),
    "memory": frozenset({"compute", "memory"}),
    "noc": frozenset({"compute", "memory", "noc"}),
    "static": frozenset({"compute", "memory", "noc", "io", "static"}),
}


def scope_named(name: str) -> Scope:
    """Return the scope of this name; a DocumentError for any other."""
    for scope in SCOPES:
        if scope == name:
            return scope
    near = suggest(name, SCOPES) or f"; there are: {', '.join(SCOPES)}"
    raise DocumentError(f"unknown scope '{name}'{near}")


def smallest_scope(groups: frozenset[str] | set[str]) -> Scope:
    """Return the smallest scope that contains all of these groups."""
    return next(scope for scope in SCOPES if groups <= GROUPS[scope])
