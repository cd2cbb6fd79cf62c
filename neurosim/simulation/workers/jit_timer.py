"""Numba's compilations, watched: they happen once, take seconds, and must not be mistaken for simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from numba.core import event


@dataclass(eq=False)
class JitTimer:
    """What was compiled while it was watched; kernels that come from the cache are not."""

    seconds: float = 0.0
    kernels: int = 0


class _Watcher(event.Listener):
    """Times compilations; one inside another is counted with the outer one."""

    def __init__(self, compilation: JitTimer, first: Callable[[], None]) -> None:
        self.compilation = compilation
        self.first = first
        self.depth = 0
        self.began = 0.0

    def on_start(self, event: event.Event) -> None:
        if self.compilation.kernels == 0 and self.depth == 0:
            self.first()
        if self.depth == 0:
            self.began = perf_counter()
        self.depth += 1

    def on_end(self, event: event.Event) -> None:
        self.depth -= 1
        if self.depth == 0:
            self.compilation.seconds += perf_counter() - self.began
            self.compilation.kernels += 1


@contextmanager
def timed_compilation(first: Callable[[], None] = lambda: None) -> Iterator[JitTimer]:
    """Watch the compilations inside a block; ``first`` is called when one begins."""
    compilation = JitTimer()
    with event.install_listener("numba:compile", _Watcher(compilation, first)):
        yield compilation
