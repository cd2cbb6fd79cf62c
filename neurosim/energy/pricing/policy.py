"""The pricing policy: scope, and what to do about widths, memory sizes and nodes that no table states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

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
    """How a ledger is priced.

    Attributes
    ----------
    scope : {'compute', 'memory', 'noc', 'static'}
        How much of the chip an energy covers; each contains the one before.
    widths : {'exact', 'nominal', 'powerlaw'} or None
        Stated widths only, every width at the price of the table's nominal one, or a power law through two stated
        widths; None is as each table says.
    sram : {'exact', 'loglog'}
        Stated memory sizes only, or a power law between two of them.
    scale : Scale or None
        Another node and voltage that the energies of logic are scaled to.
    allow_partial : bool
        Report what could be priced beside what could not, instead of refusing.
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
        """Return the policy of these words, as they stand on a command line; DocumentError for an unknown one."""
        for option, value, words in (("--widths", widths, WIDTHS), ("--sram", sram, SRAM)):
            if value is not None and value not in words:
                nearest = suggest(value, words) or f"; there are: {', '.join(words)}"
                raise DocumentError(f"{option} {value}: unknown{nearest}")
        target = Scale.parse(scale, from_vdd) if scale else None
        return cls(scope_named(scope), cast("Widths | None", widths), cast(Sram, sram), target, allow_partial)

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
