"""How a ledger is to be priced: what was asked for, and is printed with the figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from neurosim.energy.tables.scale import Scale
from neurosim.energy.tables.scopes import Scope, scope_named
from neurosim.errors import DocumentError
from neurosim.messages import suggest

Widths = Literal["exact", "nominal", "powerlaw"]
Sram = Literal["exact", "loglog"]
WIDTHS: tuple[Widths, ...] = get_args(Widths)
SRAM: tuple[Sram, ...] = get_args(Sram)


@dataclass(frozen=True)
class Policy:
    """The scope, and what may be done about a width, a memory size or a node that no table states.

    ``widths``: None as each table says, ``exact`` stated widths only, ``nominal`` every width at the table's one,
    ``powerlaw`` through two stated widths. ``sram``: ``exact`` stated sizes only, or ``loglog`` between them.
    ``scale`` moves logic to another node. ``allow_partial`` reports what could be priced beside what could not,
    instead of refusing.
    """

    scope: Scope = "compute"
    widths: Widths | None = None
    sram: Sram = "exact"
    scale: Scale | None = None
    allow_partial: bool = False

    @classmethod
    def named(
        cls,
        scope: str = "compute",
        widths: str | None = None,
        sram: str = "exact",
        scale: str | None = None,
        from_vdd: str | None = None,
        allow_partial: bool = False,
    ) -> Policy:
        """Return the policy that words on a command line ask for; a DocumentError for a word that is none."""
        for option, value, words in (("--widths", widths, WIDTHS), ("--sram", sram, SRAM)):
            if value is not None and value not in words:
                nearest = suggest(value, words) or f"; there are: {', '.join(words)}"
                raise DocumentError(f"{option} {value}: unknown{nearest}")
        target = Scale.parse(scale, from_vdd) if scale else None
        return cls(scope_named(scope), widths, sram, target, allow_partial)  # type: ignore[arg-type]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Policy:
        """Return the policy that a report has recorded."""
        widths = stored["widths"] if stored["widths"] in WIDTHS else None
        volts = stored["from_vdd_v"]
        from_vdd = None if volts is None else f"{volts} V"
        return cls.named(stored["scope"], widths, stored["sram"], stored["scale"], from_vdd, stored["allow_partial"])

    def to_json(self) -> dict[str, str | float | bool | None]:
        """Return the policy as the report records it."""
        return {
            "scope": self.scope,
            "widths": self.widths or "as the table says",
            "sram": self.sram,
            "scale": None if self.scale is None else str(self.scale),
            "from_vdd_v": None if self.scale is None else self.scale.from_vdd_v,
            "allow_partial": self.allow_partial,
        }
