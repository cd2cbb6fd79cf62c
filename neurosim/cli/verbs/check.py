"""``neurosim check``: validate, convert and place a workload, and predict its memory."""

from __future__ import annotations

from neurosim.cli.options import Data, Json, Seed, Set, WorkloadName
from neurosim.cli.terminal import answer, width


def check(
    workload: WorkloadName, set_: Set = None, seed: Seed = None, data: Data = None, as_json: Json = False
) -> None:
    """Validate, convert and place a workload; simulate nothing.

    Also predicts the memory that a run needs, and that every operation will have a price.
    """
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.simulate import notices, prepare
    from neurosim.report.data.check import CheckedCase, facts
    from neurosim.report.terminal.check_summary import text
    from neurosim.simulation.summarise import memory_use

    choose_folder(data)
    prepared = prepare(workload, set_ or (), seed)
    name, chip, images = prepared.workload.name, prepared.workload.chip, len(prepared.stimulus.images)
    cases = [
        CheckedCase(case.name, case.network, case.placement, tuple(memory_use(case.memories, chip)))
        for case in prepared.cases
    ]
    checked = facts(name, prepared.run_id, chip, cases, images, prepared.predicted_bytes, notices(prepared))
    answer(checked, as_json, lambda: text(checked, width()))
