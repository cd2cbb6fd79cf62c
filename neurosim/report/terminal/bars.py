"""Bars on stderr within a ``with`` block, gone when it ends; silent where nobody watches."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import ClassVar, Self, TextIO

from rich import progress
from rich.console import Console


class ProgressBars:
    """Bars whose columns, between the description and the time left, are ``middle``.

    Nothing is written if ``quiet``, or if the stream is no terminal.
    """

    middle: ClassVar[tuple[type[progress.ProgressColumn], ...]] = ()
    width: ClassVar[int] = 30

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
        """Say something on the way, above the bars; nothing if ``quiet``."""
        if self._bars is not None:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        elif not self._quiet:
            print(line, file=self._stream, flush=True)
