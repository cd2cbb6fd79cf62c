"""A finished run: priced, reported, saved and read back. Nothing here simulates, so that pricing again is quick."""

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
"""Progress: called with a name and a number of parts before work begins; returns what is called after each part."""


def unwatched(name: str, phases: int) -> Callable[[], None]:
    """Show no progress."""
    return lambda: None


@dataclass(frozen=True, eq=False)
class Run:
    """What was counted, and what it costs by some energy tables.

    Attributes
    ----------
    record : Record
        Counts, ticks, accuracy and ledgers of every conversion and schedule.
    costs : CostComparison
        The energy of every result and of the baseline accelerators, by table.
    inputs : mapping
        All that decided the results, files by the hash of their contents.
    wall : dict
        How long each part of the simulation took, in seconds of the host's clock.
    folder : Path or None
        Where the run is stored, once it is.

    Examples
    --------
    >>> run = neurosim.load("reports/digits-1f0d3a2b")
    >>> run.price("aladdin_40nm").layers()
    """

    record: Record
    costs: CostComparison
    inputs: Mapping[str, Any]
    wall: dict[str, float] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def run_id(self) -> str:
        """Eight hexadecimal digits of the hash of all inputs."""
        return provenance.run_id(self.inputs)

    def price(self, *tables: str, policy: Policy | None = None) -> Run:
        """Price the same run by other tables; nothing is simulated again.

        Parameters
        ----------
        *tables : str
            Ids of tables, files, or joins of them, ``A+B``.
        policy : Policy, optional
            Scope, widths, memory sizes and scaling; those of this run unless given.

        Returns
        -------
        Run
            The same counts with other costs.

        Raises
        ------
        DocumentError
            For a table that cannot be read.
        PricingError
            For a counted operation that a table does not price in the scope asked for.
        """
        copies = table_copies(self.folder) if self.folder else {}
        costs = compare_costs(self.record, read_tables(tables, copies), policy or self.costs.policy)
        return Run(self.record, costs, self.inputs, self.wall, self.folder)

    def layers(self) -> pandas.DataFrame:
        """Return one row per result and layer, units in the column names: the table in ``layers.csv``."""
        from neurosim.report.data.layers import frame

        return frame(self.record, self.costs)

    def summary(self) -> dict[str, Any]:
        """Return everything as one JSON object, as ``run --json`` prints it."""
        return summary(
            self.record,
            self.costs,
            self.wall,
            run_id=self.run_id,
            out_dir=str(self.folder) if self.folder else None,
        )

    def save(self, folder: str | Path | OutputFolder, watch: Watch = unwatched, *, figures: bool = True) -> Run:
        """Write the run into a folder, whole or not at all; an older run there is replaced, a user's own files stay.

        Parameters
        ----------
        folder : str, Path or OutputFolder
            Where to; an ``OutputFolder`` was claimed before the simulation.
        watch : callable, optional
            Shows progress while figures are drawn.
        figures : bool
            Whether figures are drawn.

        Returns
        -------
        Run
            The same run with its ``folder``.

        Raises
        ------
        DocumentError
            Where the folder holds anything but a run, or cannot be written.
        """
        from neurosim.report.data.layers import write_layers

        start = perf_counter()
        with claimed(folder) as output, output.writing() as partial:
            saved = Run(self.record, self.costs, self.inputs, self.wall, output.path)
            if figures:
                saved.draw(partial / "figures", watch=watch)
            write_layers(partial, self.record, self.costs)
            write_tables(partial, self.costs.tables)
            self.wall["report_s"] = perf_counter() - start
            self.wall["total_s"] = self.wall.get("total_s", 0.0) + self.wall["report_s"]
            write_run(partial, self.record, saved.summary(), provenance.manifest(self.inputs, self.wall))
        return saved

    def draw(self, folder: str | Path, names: tuple[str, ...] = (), watch: Watch = unwatched) -> list[Path]:
        """Draw figures into a folder: PDF, PNG and the data as CSV, each file whole.

        Parameters
        ----------
        folder : str or Path
            Where to.
        names : tuple of str
            Which figures; all that this run has unless given.
        watch : callable, optional
            Shows progress.

        Returns
        -------
        list of Path
            The files.
        """
        from neurosim.report.figures import figures_of, write_figures

        place = Path(folder)
        chosen = names or figures_of(self.record, self.costs)
        with filling(place) as partial:
            drawn = write_figures(partial, self.record, self.costs, chosen, watch("figures", len(chosen)))
        return [place / path.name for path in drawn]

    def page(self, path: str | Path | None = None) -> Path:
        """Write the run as one HTML page that needs no other file.

        Parameters
        ----------
        path : str or Path, optional
            Where to; ``report.html`` in the run's folder unless given.

        Returns
        -------
        Path
            The page.

        Raises
        ------
        DocumentError
            Where neither a path was given nor the run saved, or the page cannot be written.
        """
        from neurosim.report.html.page import FILE, write_page

        if path is None:
            if self.folder is None:
                raise DocumentError("this run has no folder yet: save it first, or say where its page goes")
            path = self.folder / FILE
        place = Path(path)
        stored = read_manifest(self.folder) if self.folder else provenance.manifest(self.inputs, self.wall)
        write_page(place, self.record, self.costs, stored)
        return place

    def timeline(self, path: str | Path) -> Path:
        """Write what the chip did over time as a trace for Perfetto.

        Parameters
        ----------
        path : str or Path
            The file, ending in ``.json`` or ``.json.gz``.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        DocumentError
            For another ending, or a file that cannot be written.
        """
        from neurosim.report.timeline.timeline import write_timeline

        write_timeline(Path(path), self.record, self.run_id)
        return Path(path)


def load(run_dir: str | Path, tables: tuple[str, ...] = (), policy: Policy | None = None) -> Run:
    """Read a finished run back and price it.

    Parameters
    ----------
    run_dir : str or Path
        The folder of the run.
    tables : tuple of str
        Energy tables by id, file or join ``A+B``; the run's own copies in its folder unless given.
    policy : Policy, optional
        How they price it; as the run was priced unless given.

    Returns
    -------
    Run
        The run as it was simulated, its ledger verified.

    Raises
    ------
    DocumentError
        Where the folder holds no run, or files that were changed.
    PricingError
        For a counted operation that a table does not price in the scope asked for.
    """
    stored = read_stored(run_dir)
    own = stored.summary["results"][0]["energy"]
    try:
        if policy is None:
            policy = Policy.from_json(next(iter(own.values()))["policy"])
        chosen = read_tables(tables, table_copies(stored.folder)) if tables else own_tables(stored.folder, own)
        costs = compare_costs(stored.record, chosen, policy)
    except CountOverflowError as error:
        raise DocumentError(f"{stored.folder}: holds counts that no run has: {error}") from error
    return Run(stored.record, costs, stored.manifest["inputs"], dict(stored.summary["wall"]), stored.folder)
