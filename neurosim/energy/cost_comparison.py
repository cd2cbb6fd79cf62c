"""The cost comparison: a record priced by tables, baseline accelerators beside it, and their ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from neurosim.energy.analysis.baselines import Baseline, Dataflow, LayerWork, baselines
from neurosim.energy.analysis.ratio import Ratio, ratio
from neurosim.energy.pricing.energy_report import EnergyReport
from neurosim.energy.pricing.policy import Policy
from neurosim.energy.pricing.price import UnpricedError, price
from neurosim.energy.tables.scopes import LABELS
from neurosim.energy.tables.table import Table
from neurosim.errors import PricingError
from neurosim.ledger.ledger import Ledger
from neurosim.ledger.record import ChipFacts, Record, Result
from neurosim.provenance import MODEL_VERSION

PIXEL_BITS = 8  # what a first layer reads
BASELINE_LABEL = LABELS["memory"]


@dataclass(frozen=True, eq=False)
class CostComparison:
    """What a record costs, beside baseline accelerators that compute the same network.

    Attributes
    ----------
    policy : Policy
        Scope and treatment of widths, memory sizes and nodes.
    tables : tuple of Table
        The tables that priced it.
    results : tuple of mapping of str to EnergyReport
        The reports of each result of the record, by the table's id.
    baselines : mapping of str to Baseline
        The baseline accelerators, by id.
    baseline_reports : mapping
        ``[id][table][dataflow]`` is an EnergyReport; a dataflow is ``compute``, or in a wider scope a bound.
    """

    policy: Policy
    tables: tuple[Table, ...]
    results: tuple[Mapping[str, EnergyReport], ...]
    baselines: Mapping[str, Baseline]
    baseline_reports: Mapping[str, Mapping[str, Mapping[Dataflow, EnergyReport]]]

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must know of the baselines in this scope: they do not cover all that the results do."""
        missing = {"noc": "no NoC energy", "static": "no NoC, host-port and static energy"}.get(self.policy.scope)
        if missing is None or not any(self.baseline_reports.values()):
            return ()
        return (
            f"the baselines hold {BASELINE_LABEL} only and {missing}: neither their traffic nor their time is "
            f"simulated, so beside '{LABELS[self.policy.scope]}' of the spiking network they are too cheap",
        )

    def baseline_label(self, table: str) -> str:
        """The scope that baselines priced by a table cover, which beyond memory is less than that of the results."""
        label = self.results[0][table].label
        return f"{label}; of baselines {BASELINE_LABEL}" if self.notices else label

    @cached_property
    def ratios(self) -> dict[str, dict[str, Ratio]]:
        """The energy of each baseline over that of the first result, by table; both sides share their prices."""
        return {table.id: self.ratios_of(0, table.id) for table in self.tables}

    def ratios_of(self, result: int, table: str) -> dict[str, Ratio]:
        """Return the ratios against one result: ``ann_50_over_snn``, ``ann_50_no_reuse_over_snn`` ..."""
        ratios = {}
        for id, by_table in self.baseline_reports.items():
            for dataflow, report in by_table.get(table, {}).items():
                name = id if dataflow == "compute" else f"{id}_{dataflow}"
                quotient = ratio(report, self.results[result][table])
                if quotient is not None:
                    ratios[f"{name}_over_snn"] = quotient
        return ratios


def compare_costs(record: Record, tables: Sequence[Table], policy: Policy, by_core: bool = False) -> CostComparison:
    """Price every result of a record, and its baselines, by every table.

    A table of events has no price for a conventional accelerator, so it gets no baselines.

    Parameters
    ----------
    record : Record
        What was counted.
    tables : sequence of Table
        Each prices on its own.
    policy : Policy
        Scope and treatment of widths, memory sizes and nodes.
    by_core : bool
        Whether energies are also summed by core.

    Returns
    -------
    CostComparison
        Reports of all results and baselines.

    Raises
    ------
    PricingError
        For all operations without a price, of all tables, unless the policy allows a partial report; and for a table
        that prices none of a result's operations, as a partial energy of 0 would look like a figure.
    """
    results = tuple(_reports(record, ledger, tables, policy, by_core) for ledger in record.ledgers)
    designs = baselines(
        [layer_work(record, number) for number in range(1, len(record.results[0].layers))],
        record.results[0].conversion.steps,
        images=record.stimulus.images,
        rate_code=record.results[0].conversion.rate_code,
        word_bits=record.chip.word_bits,
    )
    lenient = replace(
        policy, allow_partial=True
    )  # a baseline may count an operation that the network does not; it then has no total
    reports = {
        id: {
            table.id: {
                dataflow: replace(report, policy=policy)
                for dataflow, report in design.priced(table, lenient, **conditions(record.chip)).items()
            }
            for table in tables
            if table.level == "op" and table.scope != "aggregate"
        }
        for id, design in designs.items()
    }
    return CostComparison(policy, tuple(tables), results, designs, reports)


def _reports(
    record: Record, ledger: Ledger, tables: Sequence[Table], policy: Policy, by_core: bool
) -> dict[str, EnergyReport]:
    """Price one result by every table; the gaps of all tables are one error."""
    reports, gaps = {}, []
    for table in tables:
        try:
            report = price(
                ledger, table, policy, neurons=record.network.neurons, images=record.stimulus.images, by_core=by_core,
                model_version=str(MODEL_VERSION), **conditions(record.chip),
            )  # fmt: skip
        except UnpricedError as error:
            gaps.append(str(error))
            continue
        if report.is_empty:
            ops = ", ".join(gap.op for gap in report.unpriced)
            gaps.append(f"{table.id} prices none of the operations that were counted (scope {policy.scope}): {ops}")
        reports[table.id] = report
    if gaps:
        raise PricingError("\n".join(gaps))
    return reports


def conditions(chip: ChipFacts) -> dict[str, Any]:
    """Return the conditions of a chip that prices depend on: the sizes of its memories (bits) and a tick (s)."""
    return {"memory_bits": chip.memory_bits, "tick_s": chip.tick_ns * 1e-9}


def layer_work(record: Record, number: int) -> LayerWork:
    """Return one layer's work as a conventional accelerator would do it."""
    first: Result = record.results[0]
    layer, conversion = first.layers[number], first.conversion
    previous = first.layers[number - 1]
    code_bits = conversion.steps.bit_length() if conversion.rate_code else conversion.steps
    return LayerWork(
        name=layer.name,
        macs=layer.macs,
        macs_effective=round(layer.macs_effective * record.stimulus.images),
        neurons=layer.neurons,
        inputs=previous.neurons,
        weights=layer.weights,
        first=layer.role == "first",
        last=layer.role == "output",
        weight_bits=conversion.weight_bits,
        activation_bits=PIXEL_BITS if layer.role == "first" else code_bits,
        accumulator_bits=conversion.accumulator_bits,
    )
