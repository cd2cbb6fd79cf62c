"""A finished run: priced, shown, saved, and read back. Nothing here simulates, so that re-pricing is quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from neurosim import provenance
from neurosim.energy.cost_comparison import CostComparison, compare_costs
from neurosim.energy.pricing.policy import Policy
from neurosim.errors import CountOverflowError, DocumentError
from neurosim.files.energy_tables.energy_table import read_tables
from neurosim.files.runs.output_folder import OutputFolder, claimed
from neurosim.files.runs.run_folder import read_manifest
from neurosim.files.runs.stored_run import read_stored, write_run
from neurosim.files.runs.stored_tables import own_tables, table_copies, write_tables
from neurosim.filesystem.atomic_write import filling
from neurosim.ledger.record import Record
from neurosim.report.data.summary import summary

if TYPE_CHECKING:
    import pandas

Watch = Callable[[str, int], Callable[[], None]]


def unwatched(name: str, phases: int) -> Callable[[], None]:
    """Watch nothing."""
    return lambda: None


@dataclass(frozen=True, eq=False)
class Run:
    """What was counted, and what it costs by some tables; ``inputs`` is everything that decided it."""

    record: Record
    bill: CostComparison
    inputs: Mapping[str, Any]
    wall: dict[str, float] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def run_id(self) -> str:
        """The hash of all inputs."""
        return provenance.run_id(self.inputs)

    def price(self, *tables: str, policy: Policy | None = None) -> Run:
        """Return the same run priced by other tables (ids, files or joins ``A+B``); nothing is simulated again."""
        copies = table_copies(self.folder) if self.folder else {}
        costs = compare_costs(self.record, read_tables(tables, copies), policy or self.bill.policy)
        return Run(self.record, costs, self.inputs, self.wall, self.folder)

    def layers(self) -> pandas.DataFrame:
        """Return one row per result and layer, units in the column names: the table that ``layers.csv`` holds."""
        from neurosim.report.data.layers import frame

        return frame(self.record, self.bill)

    def summary(self) -> dict[str, Any]:
        """Return everything as one JSON object, as ``run --json`` prints it."""
        return summary(
            self.record,
            self.bill,
            self.wall,
            run_id=self.run_id,
            out_dir=str(self.folder) if self.folder else None,
        )

    def save(self, folder: str | Path | OutputFolder, watch: Watch = unwatched, *, figures: bool = True) -> Run:
        """Write the run, with its ``figures``, into ``folder``, whole or not at all, and return it with its place.

        An older run in that place is replaced; what else a user keeps there stays. DocumentError where it holds
        something else than a run. A folder may have been claimed before the simulation.
        """
        from neurosim.report.data.layers import write_layers

        start = perf_counter()
        with claimed(folder) as output, output.writing() as partial:
            saved = Run(self.record, self.bill, self.inputs, self.wall, output.path)
            if figures:
                saved.draw(partial / "figures", watch=watch)
            write_layers(partial, self.record, self.bill)
            write_tables(partial, self.bill.tables)
            self.wall["report_s"] = perf_counter() - start
            self.wall["total_s"] = self.wall.get("total_s", 0.0) + self.wall["report_s"]
            write_run(partial, self.record, saved.summary(), provenance.manifest(self.inputs, self.wall))
        return saved

    def draw(self, folder: str | Path, names: tuple[str, ...] = (), watch: Watch = unwatched) -> list[Path]:
        """Draw all figures, or the named ones, into ``folder``: PDF, PNG and the data as CSV, each file whole."""
        from neurosim.report.figures import figures_of, write_figures

        place = Path(folder)
        chosen = names or figures_of(self.record, self.bill)
        with filling(place) as partial:
            drawn = write_figures(partial, self.record, self.bill, chosen, watch("figures", len(chosen)))
        return [place / path.name for path in drawn]

    def page(self, path: str | Path | None = None) -> Path:
        """Write the run as one HTML page that needs no other file, and return its path.

        It goes to ``path``, or as ``report.html`` into the run's own folder; DocumentError where it has none yet.
        """
        from neurosim.report.html.page import FILE, write_page

        if path is None:
            if self.folder is None:
                raise DocumentError("this run has no folder yet: save it first, or say where its page goes")
            path = self.folder / FILE
        place = Path(path)
        stored = read_manifest(self.folder) if self.folder else provenance.manifest(self.inputs, self.wall)
        write_page(place, self.record, self.bill, stored)
        return place

    def timeline(self, path: str | Path) -> Path:
        """Write what the chip did over time, as Perfetto shows it, and return its path; it ends in .json or .json.gz.

        DocumentError for another name.
        """
        from neurosim.report.timeline.timeline import write_timeline

        write_timeline(Path(path), self.record, self.run_id)
        return Path(path)


def load(run_dir: str | Path, tables: tuple[str, ...] = (), policy: Policy | None = None) -> Run:
    """Read a finished run back and price it, by the tables of the run itself unless others are named.

    Its own tables are those in its folder, as they were; of others an id may be one of them, too.
    """
    stored = read_stored(run_dir)
    own = stored.summary["results"][0]["energy"]
    try:
        if policy is None:
            policy = Policy.from_json(next(iter(own.values()))["policy"])
        named = read_tables(tables, table_copies(stored.folder)) if tables else own_tables(stored.folder, own)
        costs = compare_costs(stored.record, named, policy)
    except CountOverflowError as error:
        raise DocumentError(f"{stored.folder}: holds counts that no run has: {error}") from error
    return Run(stored.record, costs, stored.manifest["inputs"], dict(stored.summary["wall"]), stored.folder)
