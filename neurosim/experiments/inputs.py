"""What is simulated: a network, what it is shown, and the spiking network that a conversion makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neurosim.conversion.convert import convert
from neurosim.conversion.precision.clip_calibration import calibrate_clips
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.conversion.synthetic_weights import ACTIVITY, synthetic_weights
from neurosim.datasets.labels import checked_labels
from neurosim.errors import ConversionError, DocumentError
from neurosim.files.workload_schema import ConversionConfig, Workload
from neurosim.network.graph import Graph, Network
from neurosim.network.importers import importer_of, weights
from neurosim.network.zoo import build
from neurosim.neurons.model import NeuronModel
from neurosim.plugins import resolve
from neurosim.stimuli.calibration_set import calibration_set
from neurosim.stimuli.encode import encode
from neurosim.stimuli.stimulus import Stimulus


def network_and_stimulus(workload: Workload) -> tuple[Network, Stimulus]:
    """Load or make the network; one without weights is calibrated on the stimulus."""
    choice, shown = workload.network, workload.stimulus
    network: Network | None = None
    if choice.file is not None:
        network = importer_of(choice.file).read(choice.file)
        graph = network.graph
    else:
        assert choice.zoo is not None
        assert choice.input is not None
        assert choice.classes is not None
        channels, rows, columns = choice.input
        graph = build(choice.zoo, (channels, rows, columns), choice.classes, **_graph_options(choice.options))
        network = weights.read(choice.weights, graph, choice.options) if choice.weights is not None else None
    stimulus = encode(shown.kind, shown.images, graph.input.shape, workload.seed, shown.options, shown.file)
    if stimulus.labels is not None:
        _check_labels(workload, stimulus, graph)
    if network is None:
        activity = float(choice.options.get("activity", ACTIVITY))
        made = _graph_for(graph, workload)
        network = synthetic_weights(made, stimulus.images, stimulus.unit, activity=activity, seed=workload.seed)
    return network, stimulus


def _check_labels(workload: Workload, stimulus: Stimulus, graph: Graph) -> None:
    """DocumentError, naming the stimulus, where its labels are not those of the network."""
    shown = workload.stimulus
    try:
        for labels in (stimulus.every_label, stimulus.labels):
            if labels is not None:
                checked_labels(labels, len(labels), graph.shapes[graph.nodes[-1].name])
    except DocumentError as error:
        raise DocumentError(f"{shown.file or shown.options.get('file') or shown.kind}: {error}") from None


def _graph_options(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "activity"}


def _graph_for(graph: Graph, workload: Workload) -> Graph:
    """Return a graph without weights with the levels that the workload's conversion resolves."""
    choice = workload.conversion
    model = _model(choice)
    if choice.policy is not None:
        return graph  # a policy runs a network that was made for other steps
    return graph.with_levels(choice.levels or model.levels or model.steps)


def _model(choice: ConversionConfig) -> NeuronModel:
    model = resolve("neurosim.neurons", choice.kind)
    built: NeuronModel = model(choice.steps, **choice.options)
    return built


def convert_for(network: Network, choice: ConversionConfig, workload: Workload, stimulus: Stimulus) -> SpikingNetwork:
    """Return the spiking network of one conversion; ConversionError where the chip's words are too narrow for it."""
    capacity = workload.chip.capacity
    if choice.weight_bits > capacity.weight_bits:
        raise ConversionError(
            f"conversion.weight_bits: {choice.weight_bits} bits, {workload.chip.id} stores {capacity.weight_bits}"
        )
    model = _model(choice)
    if "multiply" in model.operations and not workload.chip.neuron_unit.multiplies:
        growth = getattr(model, "base", None)
        raise ConversionError(
            f"{choice.kind}{f' of base {growth}' if growth else ''}: multiplies every potential in every step, and "
            f"the neuron unit of {workload.chip.id} has no multiplier; bases of 2, 3/2 and 5/4 grow by shifts and "
            "additions"
        )
    if not model.reads_pixels and stimulus.images.min() < 0:
        raise ConversionError(
            f"{choice.kind}: a single spike says no pixel below 0, the smallest here is {stimulus.images.min()}; "
            "leave out the stimulus's zero_point, or take input: multi_bit"
        )
    return convert(
        _calibrated(network, choice, model, workload),
        model,
        weight_bits=choice.weight_bits,
        accumulator_bits=capacity.accumulator_bits,
        input_unit=stimulus.unit,
        input_max=stimulus.max_code,
        levels=choice.levels,
        policy=choice.policy,
    )


def measured(workload: Workload) -> Iterator[str]:
    """Yield what the clip values of its conversions are measured on, where they are."""
    for choice in (workload.conversion, *(other.conversion for other in workload.compare)):
        if choice.calibration is not None:
            yield str(choice.calibration)


def _calibrated(network: Network, choice: ConversionConfig, model: NeuronModel, workload: Workload) -> Network:
    """Return the network with the clip values that a conversion has measured, if it has."""
    asked = choice.calibration
    if asked is None:
        return network
    found = calibration_set(
        asked.kind,
        asked.images,
        network.graph.input.shape,
        workload.seed,
        asked.options,
        workload.stimulus.options,
    )
    levels = choice.levels or model.levels or model.steps
    return calibrate_clips(
        network,
        found.images,
        found.unit,
        by=asked.by,
        percentile=asked.percentile,
        levels=levels,
        weight_bits=choice.weight_bits,
    )
