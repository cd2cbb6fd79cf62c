"""Caveats of an energy figure: what it covers and does not, one line each, where it applies.

The comparisons are published numbers; those marked secondary in ``docs`` were read in documents that quote them.
"""

from __future__ import annotations

from collections.abc import Iterator

from neurosim import units
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.energy.tables.scopes import LABELS
from neurosim.energy.tables.table import Table

BOARD = (
    "operations are a minority of a chip's energy: on a measured 32-chip Loihi board one query took 6.59 mJ, of "
    "which static 2.34, x86 2.75, reset 0.19 and neuromorphic dynamic 1.33 (20 %)"
)
LEVELS = (
    "a 45 nm operation and a chip event are different things: 0.03 pJ (8-bit add) against 23.6 pJ (Loihi synaptic "
    "event, 14 nm) is a factor 787, and mostly not arithmetic"
)
MEMORY = (
    "at 45 nm one useful 8-bit weight from a 128 KiB SRAM (38.07 pJ per 64-bit word, all 8 used) costs 4.76 pJ, as "
    "much as 159 adds; loading VGG16's 14.7 M weights once from DRAM costs 2.39 mJ, 850 x the 2.8 µJ "
    "that Datta et al.'s 8-bit prices give its operations at 0.25 spikes per neuron"
)
RESIMULATED = (
    "independent re-simulations of published SNN claims found much smaller gains once memory and neuron circuits "
    "were counted (83 x -> 6.8-25 x, 15 x -> 1.3-2 x, arXiv:2309.03388)"
)
ISO_CAPACITY = (
    "with Loihi-like routing an SNN at T = 5, 4 bit beats an iso-capacity network only below about 5.7 % spike rate "
    "(3.4-10.8 % when data movement varies by 50 %, arXiv:2409.08290)"
)
SYNTHETIC = "the weights are synthetic: their activity, hence this energy, predicts nothing about a trained network"


def energy_caveats(report: EnergyReport, table: Table, *, synthetic_weights: bool = False) -> list[str]:
    """Return the caveats of a report, most important first."""
    return list(_caveats(report, table, synthetic_weights))


def own_caveats(report: EnergyReport) -> list[str]:
    """Return the caveats of one report rather than of its table: what it lacks, and where it does not hold."""
    return [*([report.headline()] if report.unpriced else []), *report.warnings, *report.notices]


def _caveats(report: EnergyReport, table: Table, synthetic_weights: bool) -> Iterator[str]:
    outside = f"; counted, outside this scope: {', '.join(report.outside_scope)}" if report.outside_scope else ""
    yield f"scope {report.policy.scope} ({LABELS[report.policy.scope]}){outside}"
    if report.unpriced:
        yield report.headline()
    if report.ignored:
        yield f"a convention total, never a total: {table.id} leaves out {', '.join(report.ignored)}"
    if report.evidence:
        shares = (f"{units.format_share(share)} {kind}" for kind, share in report.evidence.items())
        yield f"rests on {', '.join(shares)}"
    if report.minimum_ops:
        yield f"published as a least value only: {', '.join(report.minimum_ops)}"
    if report.charges and report.banded_share < 1:
        yield f"the band speaks for {units.format_share(report.banded_share)} of the energy; the rest has none"
    yield from report.warnings
    yield from report.notices
    if table.scope == "aggregate":
        yield "aggregate: everything the chip does is inside one event, at the rate at which it was measured"
    if synthetic_weights:
        yield SYNTHETIC
    if report.policy.scope != "static":
        yield BOARD
    yield LEVELS
    if report.policy.scope == "compute":
        yield MEMORY
    yield RESIMULATED
    yield ISO_CAPACITY
