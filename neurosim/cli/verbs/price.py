"""``neurosim price``: price the stored counts of a run by other energy tables."""

from __future__ import annotations

from neurosim.cli.options import FromVdd, Json, Partial, RunDir, Scale, Scope, Sram, Tables, Widths
from neurosim.cli.terminal import answer, width
from neurosim.errors import DocumentError


def price(
    run_dir: RunDir,
    table: Tables,
    scope: Scope = "compute",
    widths: Widths = None,
    sram: Sram = "exact",
    scale: Scale = None,
    from_vdd: FromVdd = None,
    allow_partial: Partial = False,
    as_json: Json = False,
) -> None:
    """Price a finished run by other tables; nothing is simulated."""
    from neurosim.energy.pricing.policy import Policy
    from neurosim.experiments.run import load
    from neurosim.report.data.pricing import facts
    from neurosim.report.terminal.price_summary import text

    for rank, name in enumerate(table):
        if name in table[:rank]:
            raise DocumentError(f"--table {name}: named twice")
    policy = Policy.named(scope, widths, sram, scale, from_vdd, allow_partial)
    priced = load(run_dir, tuple(table), policy)
    answer(facts(priced.record, priced.costs), as_json, lambda: text(priced.record, priced.costs, width()))
