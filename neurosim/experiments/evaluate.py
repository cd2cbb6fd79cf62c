"""One evaluation, from a workload file to accuracy, confusion and activity over a data set; no chip takes part."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

from neurosim import plugins, provenance
from neurosim.conversion.precision.precision_notes import precision_notes
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.dataset import PACKAGE, sets_for
from neurosim.datasets.locate import choose_folder
from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.errors import DocumentError
from neurosim.evaluation.classification import ConversionRecord, EvaluationRecord, layer_facts
from neurosim.evaluation.evaluator import EvaluationCounts, Evaluator
from neurosim.experiments.inputs import convert_for, measured, network_and_stimulus
from neurosim.experiments.run import Watch, unwatched
from neurosim.files.documents.override import Overrides, as_texts
from neurosim.files.runs.output_folder import EVALUATED, EVALUATION, MANIFEST, OutputFolder, claimed
from neurosim.files.runs.run_folder import folder_of, write_json
from neurosim.files.workload import read_workload, resolved_inputs
from neurosim.files.workload_schema import ConversionConfig, Workload
from neurosim.ledger.record import StimulusFacts
from neurosim.network.graph import Network
from neurosim.report.data.evaluation import summary
from neurosim.simulation.functional.path_agreement import PathAgreement
from neurosim.simulation.host_memory import peak_bytes
from neurosim.simulation.summarise import conversion_facts, network_facts
from neurosim.simulation.workers.jit_timer import timed_compilation
from neurosim.stimuli.dataset_stream import DatasetStream
from neurosim.stimuli.stimulus import NORMALISATION, Stimulus

PROVEN = 2
"""How many images the event-driven path is shown too, unless another number is asked for (our choice)."""

FOLDER = Path("reports") / "evaluation"


@dataclass(frozen=True, eq=False)
class PreparedEvaluation:
    """A workload with everything that an evaluation needs in hand; nothing has been shown yet.

    ``cases`` are the conversions by name, ``original`` is the float network where it is to be asked.
    """

    workload: Workload
    cases: tuple[tuple[str, SpikingNetwork], ...]
    original: Network | None
    showing: DatasetStream
    unit: float | tuple[float, ...]
    inputs: Mapping[str, Any]
    build_seconds: float

    @property
    def evaluation_id(self) -> str:
        """The hash of all inputs."""
        return provenance.run_id(self.inputs)

    @property
    def folder(self) -> Path:
        """Where it is written unless another place is asked for."""
        return folder_of(FOLDER, self.workload.name, self.evaluation_id)


@dataclass(frozen=True, eq=False)
class EvaluationRun:
    """A finished evaluation; ``inputs`` is everything that decided it."""

    examination: EvaluationRecord
    inputs: Mapping[str, Any]
    wall: dict[str, float]
    folder: Path | None = None

    @property
    def evaluation_id(self) -> str:
        """The hash of all inputs."""
        return provenance.run_id(self.inputs)

    def summary(self) -> dict[str, Any]:
        """Return everything as one JSON object, as ``eval --json`` prints it."""
        place = str(self.folder) if self.folder else None
        return summary(self.examination, self.wall, evaluation_id=self.evaluation_id, out_dir=place)

    def save(self, folder: str | Path | OutputFolder, watch: Watch = unwatched) -> EvaluationRun:
        """Write the evaluation with its figures into ``folder``, whole or not at all, and return it with its place."""
        from neurosim.report.data.evaluation_tables import write_tables
        from neurosim.report.figures.confusion import write_figures

        start = perf_counter()
        with claimed(folder, EVALUATED) as output, output.writing() as partial:
            saved = dataclasses.replace(self, folder=output.path)
            write_figures(partial / "figures", self.examination, watch("figures", 2 * len(self.examination.parts)))
            write_tables(partial, self.examination)
            self.wall["report_s"] = perf_counter() - start
            self.wall["total_s"] += self.wall["report_s"]
            write_json(partial, EVALUATION, saved.summary())
            write_json(partial, MANIFEST, provenance.manifest(self.inputs, self.wall))
        return saved


def evaluate(
    workload: str | Path,
    set: Any = (),
    seed: int | None = None,
    *,
    images: int | None = None,
    data: str | Path | None = None,
    prove: int = PROVEN,
    with_float: bool = True,
    processes: int = 1,
) -> EvaluationRun:
    """Evaluate every conversion of a workload on the data set that its stimulus is drawn from; nothing is written.

    All test images, or the first ``images`` in the order in which a run draws them. ``data`` is the folder of the data
    set's files; ``set`` overrides values of the workload by their dotted names. ``prove`` images go through the
    event-driven path as well; ``with_float`` asks the float network, too.
    """
    ready = prepare(workload, set, seed, images=images, data=data, with_float=with_float)
    return perform(ready, prove=prove, processes=processes)


def prepare(
    path: str | Path,
    overrides: Any = (),
    seed: int | None = None,
    *,
    images: int | None = None,
    data: str | Path | None = None,
    with_float: bool = True,
) -> PreparedEvaluation:
    """Read a workload, load and convert its network, and find the images; everything wrong is a DocumentError."""
    start = perf_counter()
    choose_folder(None if data is None else Path(data))
    if seed is not None:
        overrides = {**overrides, "seed": seed} if isinstance(overrides, Mapping) else [*overrides, f"seed={seed}"]
    workload = read_workload(path, overrides)
    shown = workload.stimulus
    network, stimulus = network_and_stimulus(workload)
    if stimulus.labels is None:
        raise DocumentError(_unlabelled(path, overrides, workload, network))
    showing = DatasetStream(shown.kind, network.graph.input.shape, workload.seed, shown.options, shown.file, images)
    showing.check_labels(network.graph.shapes[network.graph.nodes[-1].name])
    names = {"evaluated_images": showing.images, "with_float": with_float}
    inputs = {**resolved_inputs(workload), **names}
    cases = tuple(_cases(workload, network, stimulus))
    original = network if with_float else None
    return PreparedEvaluation(workload, cases, original, showing, stimulus.unit, inputs, perf_counter() - start)


def _unlabelled(path: str | Path, overrides: Overrides, workload: Workload, network: Network) -> str:
    """Say why answers cannot be marked, and what to type instead where a known data set suits the network."""
    shown, graph = workload.stimulus, network.graph
    holder = shown.file or shown.options.get("file")
    labels = "labels 'y'" if str(holder).endswith(".npz") else "labels"
    lacking = f"{holder} has no {labels}" if holder else "nobody knows the labels of its images"
    why = f"stimulus {shown.kind}: {lacking}, so answers cannot be marked"
    sets = sets_for(graph.input.shape, graph.shapes[graph.nodes[-1].name][0])
    if not sets:
        return why if holder else f"{why}; take one of {', '.join(plugins.known(PACKAGE))}"
    host = {name: shown.options[name] for name in NORMALISATION if name in shown.options}
    options = f", options: {json.dumps(host)}" if host else ""
    changed = [text for text in as_texts(overrides) if not text.startswith("stimulus")]
    changed.append(f"stimulus={{kind: {sets[0]}{options}}}")
    command = " ".join(["neurosim eval", shlex.quote(str(path)), *(f"--set {shlex.quote(text)}" for text in changed)])
    if sets[0] not in SOURCES:
        return f"{why}; type\n{command}"
    others = f", or {' or '.join(sets[1:])} in its place" if sets[1:] else ""
    return (
        f"{why}; type\n{command} --data DIR\nDIR is the folder with the files of {sets[0]}{others}, which "
        f"'neurosim data get {sets[0]} --data DIR' downloads"
    )


def perform(
    prepared: PreparedEvaluation,
    watch: Watch = unwatched,
    compiling: Callable[[], None] = lambda: None,
    prove: int = PROVEN,
    processes: int = 1,
) -> EvaluationRun:
    """Show all images to all conversions, chunk by chunk, and mark their answers.

    ``watch`` and ``compiling`` are those of ``experiment.perform``.
    """
    start, workload, showing = perf_counter(), prepared.workload, prepared.showing
    examiner = Evaluator([network for _, network in prepared.cases], prepared.original, prepared.unit)
    advance = watch("images", showing.images)

    def advance_by(images: int) -> None:
        for _ in range(images):
            advance()

    marks: EvaluationCounts | None = None
    at_work = 1
    for chunk in showing.chunks():
        assert chunk.labels is not None
        at_work = max(at_work, examiner.processes_for(len(chunk.images), processes))
        found = examiner.examine(chunk.images, chunk.labels, processes, advance_by)
        if marks is None:
            marks = found
        else:
            marks.add(found)
    assert marks is not None
    shown = perf_counter()
    with timed_compilation(compiling) as compilation:
        agreements = _prove(prepared, examiner, prove, watch)
    wall = {
        "compile_s": compilation.seconds,
        "build_s": prepared.build_seconds,
        "evaluate_s": shown - start,
        "float_cpu_s": marks.float_seconds,
        "prove_s": perf_counter() - shown - compilation.seconds,
        "total_s": prepared.build_seconds + perf_counter() - start,
        "peak_rss_mb": peak_bytes(at_work) / 2**20,
    }
    classes = showing.classes or tuple(map(str, range(len(marks.evaluations[0].confusion))))
    examination = EvaluationRecord(
        workload=workload.name,
        seed=workload.seed,
        network=network_facts(prepared.cases[0][1]),
        stimulus=StimulusFacts(workload.stimulus.kind, showing.images, showing.description),
        classes=classes,
        parts=tuple(_parts(prepared, marks, agreements)),
        float_correct=marks.float_correct,
        notices=tuple(dict.fromkeys(_notices(prepared))),
    )
    return EvaluationRun(examination, prepared.inputs, wall)


def _cases(workload: Workload, network: Network, stimulus: Stimulus) -> Iterator[tuple[str, SpikingNetwork]]:
    """Yield the workload's own conversion, then those of its comparisons; a schedule changes no answer."""
    done: list[ConversionConfig] = []
    for name, choice in (("", workload.conversion), *((other.name, other.conversion) for other in workload.compare)):
        if choice not in done:
            done.append(choice)
            yield name or choice.kind, convert_for(network, choice, workload, stimulus)


def _notices(prepared: PreparedEvaluation) -> Iterator[str]:
    """Yield what clip values were measured on, and what is left of the bits of weights."""
    workload = prepared.workload
    yield from measured(workload)
    for name, network in prepared.cases:
        yield from (f"{name}: {remark}" for remark in precision_notes(network, workload.chip.capacity.accumulator_bits))


def _prove(prepared: PreparedEvaluation, examiner: Evaluator, prove: int, watch: Watch) -> list[PathAgreement]:
    """Show the first ``prove`` images to the event-driven path as well."""
    number = min(prove, prepared.showing.images)
    if number == 0:
        return [PathAgreement() for _ in prepared.cases]
    images = islice((image for chunk in prepared.showing.chunks() for image in chunk.images), number)
    return examiner.prove(prepared.workload.chip, list(images), watch("event by event", number * len(prepared.cases)))


def _parts(
    prepared: PreparedEvaluation, marks: EvaluationCounts, agreements: list[PathAgreement]
) -> Iterator[ConversionRecord]:
    """Yield what is kept of each conversion."""
    bits = prepared.workload.chip.capacity.accumulator_bits
    for number, (name, network) in enumerate(prepared.cases):
        yield ConversionRecord(
            name=name,
            conversion=conversion_facts(network, bits),
            layers=layer_facts(network),
            evaluation=marks.evaluations[number],
            agreement=agreements[number],
            same=None if marks.same is None else marks.same[number],
            cpu_seconds=marks.seconds[number],
        )
