"""Progress of long work on stderr: a bar for each part, gone when it is done; silent where nobody watches."""

from __future__ import annotations

from collections.abc import Callable

from rich import progress

from neurosim.report.terminal.bars import ProgressBars


class Progress(ProgressBars):
    """Called with a name and a number of parts, returns what to call after each part."""

    middle = (progress.MofNCompleteColumn, progress.TimeElapsedColumn)

    def __call__(self, name: str, total: int) -> Callable[[], None]:
        """Start the bar of one piece of work with ``total`` parts."""
        bars = self._bars
        if bars is None:
            return lambda: None
        for done in [task.id for task in bars.tasks if task.finished]:
            bars.remove_task(done)
        task = bars.add_task(name, total=total)
        return lambda: bars.advance(task)
