"""Technology scaling: the price of logic at another process node, by the published fits of Stillmaker and Baas.

A. Stillmaker, B. Baas, "Scaling equations for the accurate prediction of CMOS device performance from 180 nm to
7 nm", Integration 58 (2017), doi 10.1016/j.vlsi.2017.02.002. The energy of a gate at supply voltage V is proportional
to ``f(V) = a V^2 + b V + c`` with the node's own a, b and c, so ``E_to = E_from f_to(V_to) / f_from(V_from)``.
Coefficients as transcribed in public code; the paper's erratum (worked example, Eqs. 12-14) is applied: f65(1.3 V) is
2.604.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from neurosim import units
from neurosim.energy.tables.table import Table
from neurosim.errors import DocumentError, PricingError

METHOD = "stillmaker2017"
TITLE = "Stillmaker & Baas 2017"
LOWEST_V, HIGHEST_V = 0.7, 1.1  # beyond these the fit is used with a warning

# the assumed voltage alone moves the factor by 1.2 to 2, so a scaled price has at least this band
SPREAD = (0.6, 1.6)

_TARGET = re.compile(r"(?P<method>[^:]+):(?P<node>[0-9]+) ?nm@(?P<vdd>.+)")


class Curve(NamedTuple):
    """Energy against supply voltage, up to a factor that all nodes share."""

    a: float
    b: float
    c: float

    def at(self, vdd_v: float) -> float:
        """Return ``a V^2 + b V + c``."""
        return self.a * vdd_v**2 + self.b * vdd_v + self.c

    @property
    def vertex_v(self) -> float:
        """The voltage below which the fit would rise again, -b/2a."""
        return -self.b / (2 * self.a)


CURVES = {
    130: Curve(7.171, -6.709, 2.904),
    90: Curve(4.762, -4.781, 2.092),
    65: Curve(3.755, -4.398, 1.975),
    45: Curve(1.103, -0.362, 0.2767),
    32: Curve(0.9559, -0.7823, 0.471),
    20: Curve(0.373, -0.1582, 0.04104),
    16: Curve(0.2958, -0.1241, 0.03024),
    14: Curve(0.2363, -0.09675, 0.02239),
    10: Curve(0.2068, -0.09311, 0.02375),
    7: Curve(0.1776, -0.09097, 0.02447),
}


@dataclass(frozen=True)
class Scale:
    """Another node and voltage that energies of logic are scaled to.

    Attributes
    ----------
    node_nm : int
        The node, in nm.
    vdd_v : float
        The supply voltage, in V.
    from_vdd_v : float or None
        The voltage to scale from, for tables that state none.
    """

    node_nm: int
    vdd_v: float
    from_vdd_v: float | None = None

    @classmethod
    def parse(cls, text: str, from_vdd: str | None = None) -> Scale:
        """Read ``stillmaker2017:14nm@0.75V`` and, if given, the source voltage ``0.9V``."""
        match = _TARGET.fullmatch(text)
        if match is None:
            raise DocumentError(f"--scale {text}: wanted a method, a node and a voltage: {METHOD}:14nm@0.75V")
        if match["method"] != METHOD:
            raise DocumentError(f"--scale {text}: unknown method '{match['method']}'; there is: {METHOD}")
        try:
            vdd_v = units.parse(match["vdd"], "V", "--scale")
            from_vdd_v = None if from_vdd is None else units.parse(from_vdd, "V", "--from-vdd")
        except units.UnitError as error:
            raise DocumentError(f"--scale {text}: {error}") from None
        return cls(int(match["node"]), vdd_v, from_vdd_v)

    def __str__(self) -> str:
        return f"{METHOD}:{self.node_nm}nm@{self.vdd_v:g}V"

    def factor(self, table: Table) -> float:
        """Return what an energy of this one table is to be multiplied by; a PricingError if the fit does not say."""
        node_nm, from_v = table.validity.node_nm, self.source_vdd_v(table)
        if node_nm is None:
            raise PricingError(f"{table.id} states no node, so --scale does not know what to scale from")
        if from_v is None:
            raise PricingError(
                f"{table.id} states no supply voltage, and the factor depends on it; give it with --from-vdd"
            )
        for known_nm in (node_nm, self.node_nm):
            if known_nm not in CURVES:
                nodes = " ".join(str(node) for node in CURVES)
                raise PricingError(
                    f"{node_nm:g} nm -> {self.node_nm:g} nm: {known_nm:g} nm is outside {TITLE} ({nodes} nm)"
                )
        source, target = CURVES[int(node_nm)], CURVES[self.node_nm]
        for nm, vdd_v, curve in ((node_nm, from_v, source), (self.node_nm, self.vdd_v, target)):
            if vdd_v <= curve.vertex_v:
                raise PricingError(
                    f"{nm:g} nm at {vdd_v:g} V: the fit of {TITLE} holds only above {curve.vertex_v:.3f} V, "
                    "where it turns upwards again"
                )
        return target.at(self.vdd_v) / source.at(from_v)

    def source_vdd_v(self, table: Table) -> float | None:
        """Return the voltage to scale from: the table's own, or else the one that was given."""
        stated = table.validity.vdd_v
        return self.from_vdd_v if stated is None else stated

    def warnings(self, table: Table) -> list[str]:
        """Return a warning for each voltage outside the range of the fit."""
        return [
            f"{nm:g} nm at {vdd_v:g} V is outside {LOWEST_V}-{HIGHEST_V} V, where {TITLE} was fitted"
            for nm, vdd_v in (
                (table.validity.node_nm, self.source_vdd_v(table)),
                (self.node_nm, self.vdd_v),
            )
            if nm is not None and vdd_v is not None and not LOWEST_V <= vdd_v <= HIGHEST_V
        ]
