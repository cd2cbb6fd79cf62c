"""How many planes wait in spike buffers, counted from the plan alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from neurosim.schedule.plan import PlannedPhase


def stored_planes(planned: Sequence[PlannedPhase]) -> list[dict[int, int]]:
    """Return, for each phase, how many planes of each source layer are waiting in spike buffers."""
    waiting: dict[int, int] = defaultdict(int)
    on_chip = {delivery for entry in planned for delivery in entry.stored}
    history = []
    for entry in planned:
        for delivery in entry.stored:
            waiting[delivery.scan.layer] += 1
        history.append(dict(waiting))
        for delivery in entry.replays:
            waiting[delivery.scan.layer] -= delivery in on_chip
    return history
