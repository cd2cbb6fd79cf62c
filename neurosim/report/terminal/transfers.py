"""Bytes that come over the network, as bars on stderr; silent where nobody watches."""

from __future__ import annotations

from typing import TextIO

from rich import progress

from neurosim.report.terminal.bars import ProgressBars


class TransferBars(ProgressBars):
    """One bar for each file: called with a file's name, its bytes so far and in all."""

    middle = (progress.DownloadColumn, progress.TransferSpeedColumn)
    width = 20

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        super().__init__(quiet=quiet, stream=stream)
        self._tasks: dict[str, progress.TaskID] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show that ``done`` of a file's ``total`` bytes are there."""
        if self._bars is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)
