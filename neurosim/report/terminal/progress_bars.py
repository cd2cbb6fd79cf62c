"""Progress bars on stderr within a ``with`` block, erased when it ends; none where stderr is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Self, TextIO

from rich import progress
from rich.console import Console


class ProgressBars:
    """Bars whose columns, between the bar and the remaining time, are ``middle``.

    Nothing is written if ``quiet``; without a terminal only :meth:`tell` writes.
    """

    middle: ClassVar[tuple[type[progress.ProgressColumn], ...]] = ()
    width: ClassVar[int] = 30  # characters of a bar

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        stream = sys.stderr if stream is None else stream
        self._quiet, self._stream = quiet, stream
        self._bars: progress.Progress | None = None
        if not quiet and stream.isatty():
            self._bars = progress.Progress(
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(bar_width=self.width),
                *(column() for column in self.middle),
                progress.TextColumn("left"),
                progress.TimeRemainingColumn(),
                console=Console(file=stream, markup=False, emoji=False),
                transient=True,
                refresh_per_second=4,
            )

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def tell(self, line: str) -> None:
        """Print a line above the bars; nothing if ``quiet``."""
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        elif not self._quiet:
            print(line, file=self._stream, flush=True)


class WorkBars(ProgressBars):
    """One bar for each piece of work: called with its name and its number of parts, returns the call for each part."""

    middle = (progress.MofNCompleteColumn, progress.TimeElapsedColumn)

    def __call__(self, name: str, total: int) -> Callable[[], None]:
        """Start the bar of one piece of work with ``total`` parts; bars that are full are removed."""
        bars = self._bars
        if bars is None:
            return lambda: None
        for done in [task.id for task in bars.tasks if task.finished]:
            bars.remove_task(done)
        task = bars.add_task(name, total=total)
        return lambda: bars.advance(task)


class TransferBars(ProgressBars):
    """One bar for each downloaded file: called with its name, its bytes so far and in total."""

    middle = (progress.DownloadColumn, progress.TransferSpeedColumn)
    width = 20

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        super().__init__(quiet=quiet, stream=stream)
        self._tasks: dict[str, progress.TaskID] = {}

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show that ``done`` of a file's ``total`` bytes have arrived."""
        if self._bars is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total)
        self._bars.update(self._tasks[name], completed=done, total=total)
