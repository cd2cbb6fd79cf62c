"""Progress of long work on stderr: a bar for each part, gone when it is done; silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from rich import progress
from rich.console import Console


class Progress:
    """Bars within a ``with`` block: called with a name and a number of parts, returns what to call after each part.

    Nothing is written if ``quiet``, or if the stream is no terminal.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        stream = sys.stderr if stream is None else stream
        self._quiet, self._stream = quiet, stream
        self._bars: progress.Progress | None = None
        if not quiet and stream.isatty():
            self._bars = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(bar_width=30),
                progress.MofNCompleteColumn(),
                progress.TimeElapsedColumn(),
                progress.TextColumn("left"),
                progress.TimeRemainingColumn(),
                console=Console(file=stream),
                transient=True,
                refresh_per_second=4,
            )

    def __enter__(self) -> Progress:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, name: str, total: int) -> Callable[[], None]:
        """Start the bar of one piece of work with ``total`` parts."""
        bars = self._bars
        if bars is None:
            return lambda: None
        for done in [task.id for task in bars.tasks if task.finished]:
            bars.remove_task(done)
        task = bars.add_task(name, total=total)
        return lambda: bars.advance(task)

    def tell(self, line: str) -> None:
        """Say something on the way, above the bars; nothing if ``quiet``."""
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        elif not self._quiet:
            print(line, file=self._stream, flush=True)
