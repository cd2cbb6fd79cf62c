"""The command ``neurosim``: a thin layer over the Python calls.

What a person reads on the way (progress, notices, problems) goes to stderr; stdout holds the summary, or with
``--json`` exactly one JSON object. No traceback reaches a user; ``NEUROSIM_DEBUG=1`` shows it.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

import neurosim
from neurosim.cli import streams
from neurosim.cli.data import data_sets
from neurosim.cli.options import (
    Data,
    FailAbove,
    Figures,
    FromVdd,
    Images,
    Json,
    Out,
    Partial,
    PointProcesses,
    Processes,
    Prove,
    Quiet,
    RunDir,
    RunDirs,
    Scale,
    Scope,
    Seed,
    Set,
    Sram,
    Tables,
    Threads,
    Widths,
    WorkloadName,
)
from neurosim.cli.outcome import outcome, resumable
from neurosim.cli.terminal import answer, colored, plain_warnings, say, tell, width
from neurosim.cli.verbs import Verbs
from neurosim.errors import DocumentError

app = typer.Typer(
    cls=Verbs,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Simulate a spiking network on a neuromorphic chip, cycle by cycle, and price every operation.",
)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False
) -> None:
    """Handle what has no verb."""
    if version:
        print(f"neurosim {neurosim.__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        tell(ctx.get_help())
        raise typer.Exit(DocumentError.exit_code)


@app.command()
def run(
    workload: WorkloadName,
    set_: Set = None,
    seed: Seed = None,
    out: Out = None,
    processes: Processes = 1,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a workload, price it, write the run and its figures."""
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.simulate import perform, prepare
    from neurosim.files.runs.output_folder import claimed
    from neurosim.files.runs.run_folder import folder_of
    from neurosim.report.terminal.progress import Progress

    choose_folder(data)
    experiment = prepare(workload, set_ or (), seed)
    folder = out or folder_of(Path("reports"), experiment.workload.name, experiment.run_id)
    notice = (lambda: None) if quiet else (lambda: tell("compiling kernels, once; later runs find them ready"))
    with claimed(folder) as output, Progress(quiet=quiet) as progress:
        finished = perform(experiment, progress, notice, processes).save(output, progress)
    with resumable(f"the run is in {folder}"):
        answer(finished.summary(), as_json, lambda: shown(finished))
    if not quiet:
        tell(f"written to {folder}")


@app.command()
def check(
    workload: WorkloadName, set_: Set = None, seed: Seed = None, data: Data = None, as_json: Json = False
) -> None:
    """Validate, convert and place a workload; simulate nothing.

    Also predicts the memory that a run needs, and sees that every operation will have a price.
    """
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.simulate import notices, prepare
    from neurosim.report.terminal.check_summary import CheckedCase, facts, text
    from neurosim.simulation.summarise import memory_use

    choose_folder(data)
    prepared = prepare(workload, set_ or (), seed)
    name, chip, images = prepared.workload.name, prepared.workload.chip, len(prepared.stimulus.images)
    cases = [
        CheckedCase(case.name, case.network, case.placement, tuple(memory_use(case.memories, chip)))
        for case in prepared.cases
    ]
    said = notices(prepared)
    checked = facts(name, prepared.run_id, chip, cases, images, prepared.predicted_bytes, said)
    answer(checked, as_json, lambda: text(checked, width()))


@app.command()
def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A training recipe, or the name of a shipped one.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override one value of the recipe.")
    ] = None,
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Its folder; else trained/NAME-HASH.")
    ] = None,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a network for spikes and write its integers.

    A run that was interrupted goes on where it stood.
    """
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.train import perform, prepare
    from neurosim.files.runs.training_folder import finished_card
    from neurosim.report.terminal import model_card
    from neurosim.report.terminal.progress import Progress

    choose_folder(data)
    job = prepare(recipe, set_ or ())
    folder = out or job.folder
    found = finished_card(folder, job)
    if found is None:
        going_on = resumable(f"the same command goes on from what is in {folder}")
        with going_on, Progress(quiet=quiet) as progress:
            epochs = job.recipe.epochs
            found = perform(
                job, folder, progress, lambda epoch: progress.tell(model_card.line(epoch, epochs)), threads
            ).card
    answer(found, as_json, lambda: model_card.text(found))
    if not quiet:
        tell(f"written to {folder}")


@app.command("eval")
def eval_(
    workload: WorkloadName,
    set_: Set = None,
    seed: Seed = None,
    images: Images = None,
    data: Data = None,
    prove: Prove = 2,
    with_float: Annotated[bool, typer.Option("--float/--no-float", help="Ask the float network, too.")] = True,
    processes: Processes = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Its folder; else reports/evaluation/NAME-HASH.")
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Mark a network on a whole data set: accuracy and activity.

    All test images of the set that its stimulus is drawn from, without chip and time; the answers are those of a run.
    """
    from neurosim.experiments.evaluate import perform, prepare
    from neurosim.files.runs.output_folder import EVALUATED, claimed
    from neurosim.report.terminal.evaluation_summary import text
    from neurosim.report.terminal.progress import Progress

    prepared = prepare(workload, set_ or (), seed, images=images, data=data, with_float=with_float)
    folder = out or prepared.folder
    notice = (lambda: None) if quiet else (lambda: tell("compiling kernels, once; later runs find them ready"))
    with claimed(folder, EVALUATED) as output, Progress(quiet=quiet) as progress:
        finished = perform(prepared, progress, notice, prove, processes).save(output, progress)
    with resumable(f"the evaluation is in {folder}"):
        answer(finished.summary(), as_json, lambda: text(finished.record, width(), color=colored()))
    if not quiet:
        tell(f"written to {folder}")


@app.command()
def price(
    run_dir: RunDir,
    table: Tables,
    scope: Scope = "compute",
    widths: Widths = None,
    sram: Sram = "exact",
    scale: Scale = None,
    from_vdd: FromVdd = None,
    allow_partial: Partial = False,
    as_json: Json = False,
) -> None:
    """Price a finished run by other tables; nothing is simulated."""
    from neurosim.energy.pricing.policy import Policy
    from neurosim.experiments.run import load
    from neurosim.report.data.pricing import facts, text

    for number, name in enumerate(table):
        if name in table[:number]:
            raise DocumentError(f"--table {name}: named twice")
    asked = Policy.named(scope, widths, sram, scale, from_vdd, allow_partial)
    priced = load(run_dir, tuple(table), asked)
    answer(facts(priced.record, priced.costs), as_json, lambda: text(priced.record, priced.costs, width()))


@app.command()
def report(
    run_dir: RunDir,
    html: Annotated[
        bool, typer.Option("--html", help="Write RUN_DIR/report.html, one page that needs no other file.")
    ] = False,
    figure: Figures = None,
    timeline: Annotated[
        Path | None, typer.Option("--timeline", metavar="FILE", help="Write a Perfetto trace, .json or .json.gz.")
    ] = None,
) -> None:
    """Show a finished run again, as figures, a page or a timeline.

    Without an option its figures are drawn again; nothing is simulated.
    """
    from neurosim.experiments.run import load
    from neurosim.report.figures import check as check_figure
    from neurosim.report.timeline.timeline import check_name

    if timeline is not None:
        check_name(timeline)
    for name in figure or ():
        check_figure(name)
    stored = load(run_dir)
    assert stored.folder is not None
    written = []
    if figure or not (html or timeline):
        drawn = stored.draw(stored.folder / "figures", tuple(figure or ()))
        written.append(f"{len(drawn)} files written to {stored.folder / 'figures'}")
    if html:
        written.append(f"written to {stored.page()}")
    if timeline is not None:
        written.append(f"written to {stored.timeline(timeline)}")
    say(shown(stored))
    tell("\n".join(written))


@app.command()
def compare(run_dirs: RunDirs, fail_above: FailAbove = None) -> None:
    """Put finished runs side by side; ratios are to the first."""
    from neurosim.files.runs.stored_run import read_stored
    from neurosim.report.terminal import comparison

    limits = comparison.parse_limits(fail_above or [])
    summaries = [read_stored(folder).summary for folder in run_dirs]
    say(comparison.compare(summaries, width()))
    comparison.check_limits(summaries, limits)


@app.command()
def sweep(
    workload: WorkloadName,
    grid: Annotated[list[str], typer.Option("--grid", metavar="A.B=1,2,4", help="Values to put in; repeatable.")],
    set_: Set = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="The sweep's own folder.")] = None,
    processes: PointProcesses = 1,
    data: Data = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a workload at every point of a grid of values.

    A point that has been run before is not run again.
    """
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.sweep import read_grid
    from neurosim.experiments.sweep import sweep as run_all
    from neurosim.files.runs.output_folder import SWEEP, claimed
    from neurosim.files.runs.run_folder import folder_of
    from neurosim.report.data.sweep import text
    from neurosim.report.terminal.progress import Progress

    choose_folder(data)
    values = read_grid(grid)
    with ExitStack() as stack:
        claim = stack.enter_context(claimed(out, SWEEP)) if out is not None else None
        with resumable("the same command goes on from the runs that are written"):
            with Progress(quiet=quiet) as progress:
                notify = progress.tell
                swept = run_all(workload, values, set_ or (), seed, processes=processes, watch=progress, notify=notify)
            folder = out or folder_of(Path("reports"), f"{swept.workload}-sweep", swept.sweep_id)
            swept.save(claim or folder)
    answer(swept.facts(), as_json, lambda: text(list(swept.grid), swept.rows, width()))
    if not quiet:
        tell(f"written to {folder}")


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="chips, tables, neurons, schedules, mappers, ...")],
    as_json: Json = False,
) -> None:
    """List what there is, with one line on each."""
    from neurosim.cli.catalogue import listing
    from neurosim.report.terminal.tables import text

    found = listing(what)
    answer({what: found}, as_json, lambda: text(found, width()))


@app.command()
def doctor(
    clean: Annotated[
        bool, typer.Option("--clean", help="Remove what killed commands left here and two folders deep.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look for what may go wrong on this machine."""
    from neurosim.cli.doctor import cleaned, examine
    from neurosim.report.terminal.tables import findings

    found = [*examine(), *(cleaned(Path()) if clean else ())]
    answer({"findings": found}, as_json, lambda: findings(found, width()))


@app.command()
def reproduce(
    paper: Annotated[str, typer.Argument(help="datta2023, onespike2024, groupneurons2024 or all.")],
    write: Annotated[Path | None, typer.Option("--write", metavar="PAGE.md", help="Write a page and figures.")] = None,
    as_json: Json = False,
) -> None:
    """Recompute the published numbers of a paper.

    Ends with 5 where one does not come out as documented.
    """
    from neurosim.reproduce import page, papers

    if write is not None:
        page.check_writable(write)
    found = papers(paper)
    if write is not None:
        tell(f"{len(page.write(found, write))} files written to {write.parent}")
    answer(page.facts(found), as_json, lambda: page.text(found, width()))
    page.check(found)


app.add_typer(data_sets, name="data")


def shown(finished: Any) -> str:
    """Return a run's summary as text that fits the terminal."""
    from neurosim.report.terminal.run_summary import text

    return text(finished.record, finished.costs, width(), color=colored())


def run_command() -> int:
    """Run what was typed and return its exit code."""
    streams.prepare()
    plain_warnings()
    return outcome(lambda: app(prog_name="neurosim", standalone_mode=False))
