"""Bytes that come over the network, as bars on stderr; silent where nobody watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TextIO

from rich import progress
from rich.console import Console


class Transfers:
    """Bars within a ``with`` block, one for each file: called with a file's name, its bytes so far and in all.

    Nothing is written if ``quiet``, or if the stream is no terminal.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        stream = sys.stderr if stream is None else stream
        self._tasks: dict[str, progress.TaskID] = {}
        self._bars: progress.Progress | None = None
        if not quiet and stream.isatty():
            self._bars = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(bar_width=20),
                progress.DownloadColumn(),
                progress.TransferSpeedColumn(),
                progress.TextColumn("left"),
                progress.TimeRemainingColumn(),
                console=Console(file=stream),
                transient=True,
                refresh_per_second=4,
            )

    def __enter__(self) -> Transfers:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show that ``done`` of a file's ``total`` bytes are there."""
        if self._bars is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)
