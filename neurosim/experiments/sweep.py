"""A sweep: one workload at every point of a grid of overrides, each point a run of its own.

Runs lie in the folders that ``neurosim run`` would give them, so a sweep that was interrupted goes on where it stood,
and a point that has been run before is not run again.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from neurosim import provenance
from neurosim.errors import CapacityError, DocumentError, NeurosimError
from neurosim.experiments.run import Watch, unwatched
from neurosim.experiments.simulate import perform, prepare
from neurosim.files.documents.override import read_values
from neurosim.files.runs.output_folder import MANIFEST, SWEEP, SWEEP_FACTS, OutputFolder, claimed
from neurosim.files.runs.run_folder import folder_of, write_json
from neurosim.files.runs.stored_run import read_stored
from neurosim.report.data import sweep as sweep_table
from neurosim.simulation.workers.forked_task import ForkedTask
from neurosim.simulation.workers.work_queue import WorkQueue

SCHEMA = "neurosim/sweep/1"
Job = tuple[str | Path, tuple[str, ...], dict[str, Any], int | None, Path]
"""The arguments of :func:`run_point`."""
MOST_POINTS = 10_000
"""Points that a grid may have; more is taken for a typing error (our choice)."""


@dataclass(frozen=True)
class Point:
    """One point of a grid: its values, by their dotted names, and the ``summary`` of its run.

    A point that was refused has no summary, but the error in ``refusal``.
    """

    values: dict[str, Any]
    summary: dict[str, Any] | None
    refusal: NeurosimError | None = None


@dataclass(frozen=True)
class Sweep:
    """A finished sweep; ``grid`` holds the values of each dotted name, the first varying slowest."""

    workload: str
    grid: dict[str, list[Any]]
    points: tuple[Point, ...]

    @property
    def sweep_id(self) -> str:
        """Eight hexadecimal digits of the hash of the grid and all its runs."""
        runs = [point.summary["run_id"] if point.summary else str(point.refusal) for point in self.points]
        return provenance.run_id({"grid": self.grid, "runs": runs})

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row per point and result, in the order of the grid; a point that was refused has one."""
        return [row for point in self.points for row in sweep_table.rows(point.values, point.summary, point.refusal)]

    def facts(self) -> dict[str, Any]:
        """Return everything as one JSON object, as ``sweep --json`` prints it."""
        points = [
            {"values": point.values, "run": point.summary, "refusal": point.refusal and str(point.refusal)}
            for point in self.points
        ]
        return {"schema": SCHEMA, "workload": self.workload, "grid": self.grid, "points": points}

    def save(self, folder: str | Path | OutputFolder) -> None:
        """Write the table and its figure into ``folder``, whole or not at all."""
        from neurosim.report.figures.sweep import write_figure

        with claimed(folder, SWEEP, wait=True) as output, output.writing() as partial:
            sweep_table.write_csv(partial, self.rows)
            write_figure(partial, list(self.grid), self.rows)
            write_json(partial, SWEEP_FACTS, self.facts())
            runs = [point.summary["run_id"] for point in self.points if point.summary]
            write_json(
                partial, MANIFEST, {"schema": SCHEMA, "workload": self.workload, "grid": self.grid, "runs": runs}
            )


def read_grid(texts: Iterable[str]) -> dict[str, list[Any]]:
    """Return the values of each ``--grid a.b=1,2,4``, by dotted name; DocumentError for a text that is none."""
    grid: dict[str, list[Any]] = {}
    for text in texts:
        name, values = read_values(text, "--grid")
        if name in grid:
            raise DocumentError(f"--grid {name}: named twice")
        if len({json.dumps(value, sort_keys=True) for value in values}) < len(values):
            raise DocumentError(f"--grid {text}: a value is there twice")
        grid[name] = values
    if not grid:
        raise DocumentError("sweep: no --grid; give at least one, such as --grid conversion.steps=2,4,8")
    _check_size(grid)
    return grid


def _check_size(grid: dict[str, list[Any]]) -> None:
    """Refuse a grid of too many points before any of them is made."""
    sizes = [len(values) for values in grid.values()]
    if (points := prod(sizes)) > MOST_POINTS:
        sides = f"{' x '.join(map(str, sizes))} = " if len(sizes) > 1 else ""
        raise DocumentError(f"sweep: a grid of {sides}{points:,} points; wanted at most {MOST_POINTS:,}")


def sweep(
    workload: str | Path,
    grid: dict[str, list[Any]],
    overrides: Sequence[str] = (),
    seed: int | None = None,
    *,
    reports: Path = Path("reports"),
    processes: int = 1,
    watch: Watch = unwatched,
    notify: Callable[[str], None] = lambda line: None,
) -> Sweep:
    """Run a workload at every point of a grid; every run is written, one that exists is not run again.

    Parameters
    ----------
    workload : str or Path
        A workload file, or the name of a shipped workload.
    grid : dict
        The values of each dotted name; the first name varies slowest.
    overrides : sequence of str
        Values that hold at every point, ``a.b=c``.
    seed : int, optional
        In place of the workload's.
    reports : Path
        The folder that holds the run folders.
    processes : int
        How many processes share the points.
    watch : callable, optional
        Shows progress.
    notify : callable, optional
        Given a line about each point that was refused.

    Returns
    -------
    Sweep
        All points; one that does not fit the chip, or is refused for another reason, is among them.

    Raises
    ------
    NeurosimError
        The first refusal, where every point was refused.
    """
    _check_size(grid)
    points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    advance = watch("points", len(points))
    jobs = [(workload, tuple(overrides), point, seed, reports) for point in points]
    done = []
    with closing(_points(jobs, processes, advance, notify)) as made:  # closing ends the processes with this call
        for point in made:
            if point.refusal:
                notify(f"{sweep_table.label(point.values)}: {point.refusal}")
            done.append(point)
    if all(point.refusal for point in done):
        assert done[0].refusal is not None
        raise done[0].refusal
    name = next(point.summary["workload"] for point in done if point.summary)
    return Sweep(name, grid, tuple(done))


def _points(
    jobs: list[Job], processes: int, advance: Callable[[], object], notify: Callable[[str], None]
) -> Generator[Point]:
    """Yield the points in their order, made by this process from the start and by the others from the end.

    This process does what a killed one left undone; the runs that one had finished are found in their folders.
    """
    queue, own, shown = WorkQueue(0, len(jobs)), 0, 0
    made: dict[int, Point] = {}

    def show(done: int) -> int:
        for _ in range(done - shown):
            advance()
        return done

    with ExitStack() as stack:
        forks = min(processes, len(jobs)) - 1
        others = [stack.enter_context(ForkedTask(lambda: _help(jobs, queue))) for _ in range(forks)]
        for number in queue.from_start():
            yield run_point(*jobs[number])
            own = number + 1
            shown = show(own + queue.finished)
        for other in others:
            try:
                made |= other.result()
            except CapacityError as error:
                notify(f"{error}; the remaining process computes its points")
            shown = show(own + len(made))
    for number in range(own, len(jobs)):
        yield made.get(number) or run_point(*jobs[number])
    show(len(jobs))


def _help(jobs: list[Job], queue: WorkQueue) -> dict[int, Point]:
    """Return points by number, taken from the end of the queue until it is empty."""
    return {number: run_point(*jobs[number]) for number in queue.from_end()}


def run_point(
    workload: str | Path, overrides: tuple[str, ...], values: dict[str, Any], seed: int | None, reports: Path
) -> Point:
    """Run one point, unless its run exists, and return it."""
    point_overrides = [*overrides, *(f"{name}={json.dumps(value)}" for name, value in values.items())]
    try:
        experiment = prepare(workload, point_overrides, seed)
        folder = folder_of(reports, experiment.workload.name, experiment.run_id)
        with claimed(folder, wait=True) as output:  # another process that computes the same run may finish it
            summary = existing_summary(folder, experiment.run_id)
            if summary is None:
                summary = perform(experiment).save(output, figures=False).summary()
        return Point(values, summary)
    except NeurosimError as error:
        return Point(values, None, error)


def existing_summary(folder: Path, run_id: str) -> dict[str, Any] | None:
    """Return the summary of the run in ``folder`` if it has this id and is as it was written, else None."""
    try:
        stored = read_stored(folder)
    except DocumentError:
        return None
    return dict(stored.summary) if stored.is_of(run_id) and "sha256" in stored.manifest else None
