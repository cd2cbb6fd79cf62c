"""How a ledger is to be priced: what was asked for, and is printed with the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from neurosim.energy.scale import Scale
from neurosim.energy.scopes import Scope


@dataclass(frozen=True)
class Policy:
    """The scope, and what may be done about a width, a memory size or a node that no table states.

    ``widths``: None as each table says, ``exact`` stated widths only, ``nominal`` every width at the table's one,
    ``powerlaw`` through two stated widths. ``sram``: ``exact`` stated sizes only, or ``loglog`` between them.
    ``scale`` moves logic to another node. ``allow_partial`` reports what could be priced beside what could not,
    instead of refusing.
    """

    scope: Scope = "compute"
    widths: Literal["exact", "nominal", "powerlaw"] | None = None
    sram: Literal["exact", "loglog"] = "exact"
    scale: Scale | None = None
    allow_partial: bool = False

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
