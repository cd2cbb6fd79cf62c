"""A group of verbs on the command line."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

from neurosim.errors import DocumentError
from neurosim.messages import suggest


class VerbGroup(TyperGroup):
    """The verbs; a misspelt one is answered with the nearest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names; DocumentError where it names none."""
        if args and args[0] not in self.commands:
            nearest = suggest(args[0], self.commands) or f"; there are: {', '.join(self.commands)}"
            raise DocumentError(f"unknown verb '{args[0]}'{nearest}")
        return super().resolve_command(ctx, args)
