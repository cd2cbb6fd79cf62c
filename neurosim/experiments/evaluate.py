"""A workload becomes an evaluation: accuracy, confusion and activity of its conversions over the full test set.

No chip takes part; a few images are also computed event by event, as a run does, and compared.
"""

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
from neurosim.experiments.inputs import calibration_notes, convert_for, network_and_stimulus
from neurosim.experiments.run import Watch, unwatched
from neurosim.files.documents.override import Overrides, as_texts, named_once, with_seed
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

EVENT_DRIVEN_IMAGES = 2
"""Images that are also computed event by event, unless another number is asked for (our choice)."""

FOLDER = Path("reports") / "evaluation"


@dataclass(frozen=True, eq=False)
class PreparedEvaluation:
    """A workload that has been read and converted, with its test images, ready to be evaluated.

    ``cases`` are the conversions by name, ``original`` is the float network where it is evaluated too, ``unit`` the
    value of one step of a pixel.
    """

    workload: Workload
    cases: tuple[tuple[str, SpikingNetwork], ...]
    original: Network | None
    stream: DatasetStream
    unit: float | tuple[float, ...]
    inputs: Mapping[str, Any]
    build_seconds: float

    @property
    def evaluation_id(self) -> str:
        """Eight hexadecimal digits of the hash of all inputs."""
        return provenance.run_id(self.inputs)

    @property
    def folder(self) -> Path:
        """The folder it is written to unless another is named."""
        return folder_of(FOLDER, self.workload.name, self.evaluation_id)


@dataclass(frozen=True, eq=False)
class EvaluationRun:
    """A finished evaluation.

    Attributes
    ----------
    record : EvaluationRecord
        Accuracy, confusion and activity of every conversion.
    inputs : mapping
        All that decided the results, files by the hash of their contents.
    wall : dict
        How long each part took, in seconds of the host's clock.
    folder : Path or None
        Where the evaluation is stored, once it is.
    """

    record: EvaluationRecord
    inputs: Mapping[str, Any]
    wall: dict[str, float]
    folder: Path | None = None

    @property
    def evaluation_id(self) -> str:
        """Eight hexadecimal digits of the hash of all inputs."""
        return provenance.run_id(self.inputs)

    def summary(self) -> dict[str, Any]:
        """Return everything as one JSON object, as ``eval --json`` prints it."""
        place = str(self.folder) if self.folder else None
        return summary(self.record, self.wall, evaluation_id=self.evaluation_id, out_dir=place)

    def save(self, folder: str | Path | OutputFolder, watch: Watch = unwatched) -> EvaluationRun:
        """Write the evaluation and its figures into a folder, whole or not at all.

        Parameters
        ----------
        folder : str, Path or OutputFolder
            Where to; an ``OutputFolder`` was claimed before the evaluation.
        watch : callable, optional
            Shows progress while figures are drawn.

        Returns
        -------
        EvaluationRun
            The same evaluation with its ``folder``.

        Raises
        ------
        DocumentError
            Where the folder holds anything but an evaluation, or cannot be written.
        """
        from neurosim.report.data.evaluation_tables import write_tables
        from neurosim.report.figures.confusion import write_figures

        start = perf_counter()
        with claimed(folder, EVALUATED) as output, output.writing() as partial:
            saved = dataclasses.replace(self, folder=output.path)
            write_figures(partial / "figures", self.record, watch("figures", 2 * len(self.record.parts)))
            write_tables(partial, self.record)
            self.wall["report_s"] = perf_counter() - start
            self.wall["total_s"] += self.wall["report_s"]
            write_json(partial, EVALUATION, saved.summary())
            write_json(partial, MANIFEST, provenance.manifest(self.inputs, self.wall))
        return saved


def evaluate(
    workload: str | Path,
    overrides: Overrides = (),
    seed: int | None = None,
    *,
    images: int | None = None,
    data: str | Path | None = None,
    prove: int = EVENT_DRIVEN_IMAGES,
    with_float: bool = True,
    processes: int = 1,
    set: Overrides | None = None,
) -> EvaluationRun:
    """Evaluate every conversion of a workload on the test set that its stimulus is drawn from; nothing is written.

    Parameters
    ----------
    workload : str or Path
        A workload file, or the name of a shipped workload.
    overrides : mapping or iterable of str
        Values put in place of the file's, by their dotted names, as :func:`neurosim.simulate` takes them.
    seed : int, optional
        In place of the workload's.
    images : int, optional
        Only the first so many, in the order in which a run draws them; all test images unless given.
    data : str or Path, optional
        The folder of the data set's files.
    prove : int
        Images that are also computed event by event, and compared.
    with_float : bool
        Whether the float network is evaluated too.
    processes : int
        How many processes share the images; the results are the same for any number.
    set : mapping or iterable of str, optional
        Another name of ``overrides``, after the command's ``--set``.

    Returns
    -------
    EvaluationRun
        Accuracy, confusion and activity of every conversion.

    Raises
    ------
    DocumentError
        With every problem of the workload, or where the data set is missing or has no labels.
    ConversionError
        Where the network cannot be made spiking as asked.

    Examples
    --------
    >>> evaluation = neurosim.evaluate("digits", images=100)
    >>> evaluation.record.parts[0].evaluation.accuracy
    """
    prepared = prepare(workload, named_once(overrides, set), seed, images=images, data=data, with_float=with_float)
    return perform(prepared, prove=prove, processes=processes)


def prepare(
    path: str | Path,
    overrides: Overrides = (),
    seed: int | None = None,
    *,
    images: int | None = None,
    data: str | Path | None = None,
    with_float: bool = True,
) -> PreparedEvaluation:
    """Read a workload, load and convert its network, and locate the test images; every problem is a DocumentError."""
    start = perf_counter()
    choose_folder(None if data is None else Path(data))
    overrides = with_seed(overrides, seed)
    workload = read_workload(path, overrides)
    shown = workload.stimulus
    network, stimulus = network_and_stimulus(workload)
    if stimulus.labels is None:
        raise DocumentError(_unlabelled(path, overrides, workload, network))
    stream = DatasetStream(shown.kind, network.graph.input.shape, workload.seed, shown.options, shown.file, images)
    stream.check_labels(network.graph.shapes[network.graph.nodes[-1].name])
    names = {"evaluated_images": stream.images, "with_float": with_float}
    inputs = {**resolved_inputs(workload), **names}
    cases = tuple(_cases(workload, network, stimulus))
    original = network if with_float else None
    return PreparedEvaluation(workload, cases, original, stream, stimulus.unit, inputs, perf_counter() - start)


def _unlabelled(path: str | Path, overrides: Overrides, workload: Workload, network: Network) -> str:
    """Return why accuracy cannot be measured, and the command that can where a known data set suits the network."""
    shown, graph = workload.stimulus, network.graph
    holder = shown.file or shown.options.get("file")
    labels = "labels 'y'" if str(holder).endswith(".npz") else "labels"
    lacking = f"{holder} has no {labels}" if holder else "its images have no labels"
    why = f"stimulus {shown.kind}: {lacking}, so accuracy cannot be measured"
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
    prove: int = EVENT_DRIVEN_IMAGES,
    processes: int = 1,
) -> EvaluationRun:
    """Evaluate all conversions on all images, chunk by chunk.

    ``watch`` and ``compiling`` are those of :func:`neurosim.experiments.simulate.perform`.
    """
    start = perf_counter()
    evaluator = Evaluator([network for _, network in prepared.cases], prepared.original, prepared.unit)
    counts, workers = _count(prepared, evaluator, processes, watch)
    counted = perf_counter()
    with timed_compilation(compiling) as compilation:
        agreements = _agreements(prepared, evaluator, prove, watch)
    wall = {
        "compile_s": compilation.seconds,
        "build_s": prepared.build_seconds,
        "evaluate_s": counted - start,
        "float_cpu_s": counts.float_seconds,
        "prove_s": perf_counter() - counted - compilation.seconds,
        "total_s": prepared.build_seconds + perf_counter() - start,
        "peak_rss_mb": peak_bytes(workers) / 2**20,
    }
    record = _record(prepared, counts, agreements)
    return EvaluationRun(record, prepared.inputs, wall)


def _count(
    prepared: PreparedEvaluation, evaluator: Evaluator, processes: int, watch: Watch
) -> tuple[EvaluationCounts, int]:
    """Return the counts over all images, and the most processes that were at work on a chunk of them."""
    advance = watch("images", prepared.stream.images)

    def advance_by(images: int) -> None:
        for _ in range(images):
            advance()

    total: EvaluationCounts | None = None
    workers = 1
    for chunk in prepared.stream.chunks():
        assert chunk.labels is not None  # the stream was checked for them
        workers = max(workers, evaluator.processes_for(len(chunk.images), processes))
        counts = evaluator.evaluate(chunk.images, chunk.labels, processes, advance_by)
        if total is None:
            total = counts
        else:
            total.add(counts)
    assert total is not None  # a data set has at least one image
    return total, workers


def _record(
    prepared: PreparedEvaluation, counts: EvaluationCounts, agreements: list[PathAgreement]
) -> EvaluationRecord:
    """Return what the evaluation found, with the facts of what was evaluated."""
    workload, stream = prepared.workload, prepared.stream
    return EvaluationRecord(
        workload=workload.name,
        seed=workload.seed,
        network=network_facts(prepared.cases[0][1]),
        stimulus=StimulusFacts(workload.stimulus.kind, stream.images, stream.description),
        classes=stream.classes or tuple(map(str, range(len(counts.evaluations[0].confusion)))),
        parts=tuple(_parts(prepared, counts, agreements)),
        float_correct=counts.float_correct,
        notices=tuple(dict.fromkeys(_notices(prepared))),
    )


def _cases(workload: Workload, network: Network, stimulus: Stimulus) -> Iterator[tuple[str, SpikingNetwork]]:
    """Yield the workload's own conversion, then those of its comparisons; schedules change no answer."""
    done: list[ConversionConfig] = []
    for name, config in (("", workload.conversion), *((other.name, other.conversion) for other in workload.compare)):
        if config not in done:
            done.append(config)
            yield name or config.kind, convert_for(network, config, workload, stimulus)


def _notices(prepared: PreparedEvaluation) -> Iterator[str]:
    """Yield notes on where clip values were measured, and on the precision of weights."""
    workload = prepared.workload
    yield from calibration_notes(workload)
    for name, network in prepared.cases:
        yield from (f"{name}: {note}" for note in precision_notes(network, workload.chip.capacity.accumulator_bits))


def _agreements(prepared: PreparedEvaluation, evaluator: Evaluator, prove: int, watch: Watch) -> list[PathAgreement]:
    """Compare batched with event-driven inference on the first ``prove`` images."""
    number = min(prove, prepared.stream.images)
    if number == 0:
        return [PathAgreement() for _ in prepared.cases]
    images = islice((image for chunk in prepared.stream.chunks() for image in chunk.images), number)
    return evaluator.prove(prepared.workload.chip, list(images), watch("event by event", number * len(prepared.cases)))


def _parts(
    prepared: PreparedEvaluation, counts: EvaluationCounts, agreements: list[PathAgreement]
) -> Iterator[ConversionRecord]:
    """Yield the record of each conversion."""
    bits = prepared.workload.chip.capacity.accumulator_bits
    for number, (name, network) in enumerate(prepared.cases):
        yield ConversionRecord(
            name=name,
            conversion=conversion_facts(network, bits),
            layers=layer_facts(network),
            evaluation=counts.evaluations[number],
            agreement=agreements[number],
            same=None if counts.same is None else counts.same[number],
            cpu_seconds=counts.seconds[number],
        )
