"""The inputs of a simulation: a network, the stimulus it is shown, and the spiking network of each conversion."""

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
    """Load or build the network and encode its stimulus; synthetic weights are calibrated on the stimulus."""
    config, shown = workload.network, workload.stimulus
    network: Network | None = None
    if config.file is not None:
        network = importer_of(config.file).read(config.file)
        graph = network.graph
    else:
        # the workload was validated: a network without a file is one of the zoo, with its shape and classes
        assert config.zoo is not None
        assert config.input is not None
        assert config.classes is not None
        graph = build(config.zoo, config.input, config.classes, **_graph_options(config.options))
        network = weights.read(config.weights, graph, config.options) if config.weights is not None else None
    stimulus = encode(shown.kind, shown.images, graph.input.shape, workload.seed, shown.options, shown.file)
    if stimulus.labels is not None:
        _check_labels(workload, stimulus, graph)
    if network is None:
        activity = float(config.options.get("activity", ACTIVITY))
        graph = _with_levels(graph, workload)
        network = synthetic_weights(graph, stimulus.images, stimulus.unit, activity=activity, seed=workload.seed)
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
    """Return the options that shape the graph: all but the activity of synthetic weights."""
    return {name: value for name, value in options.items() if name != "activity"}


def _with_levels(graph: Graph, workload: Workload) -> Graph:
    """Return a graph without weights with the activation levels that the workload's conversion resolves."""
    config = workload.conversion
    if config.policy is not None:
        return graph  # a policy runs a network that was made for other steps
    return graph.with_levels(_levels(config, neuron_model(config)))


def _levels(config: ConversionConfig, model: NeuronModel) -> int:
    """Return the activation levels of a conversion: its own, else what the neuron model resolves in its steps."""
    return config.levels or model.levels or model.steps


def neuron_model(config: ConversionConfig) -> NeuronModel:
    """Return the neuron model of a conversion."""
    model: NeuronModel = resolve("neurosim.neurons", config.kind)(config.steps, **config.options)
    return model


def convert_for(network: Network, config: ConversionConfig, workload: Workload, stimulus: Stimulus) -> SpikingNetwork:
    """Return the spiking network of one conversion; ConversionError where the chip or the stimulus does not suit it."""
    capacity = workload.chip.capacity
    if config.weight_bits > capacity.weight_bits:
        raise ConversionError(
            f"conversion.weight_bits: {config.weight_bits} bits, {workload.chip.id} stores {capacity.weight_bits}"
        )
    model = neuron_model(config)
    if "multiply" in model.operations and not workload.chip.neuron_unit.multiplies:
        growth = getattr(model, "base", None)
        raise ConversionError(
            f"{config.kind}{f' of base {growth}' if growth else ''}: multiplies every potential in every step, and "
            f"the neuron unit of {workload.chip.id} has no multiplier; bases of 2, 3/2 and 5/4 grow by shifts and "
            "additions"
        )
    if not model.reads_pixels and stimulus.images.min() < 0:
        raise ConversionError(
            f"{config.kind}: a single spike encodes no pixel below 0, the smallest here is {stimulus.images.min()}; "
            "leave out the stimulus's zero_point, or take input: multi_bit"
        )
    return convert(
        _calibrated(network, config, model, workload),
        model,
        weight_bits=config.weight_bits,
        accumulator_bits=capacity.accumulator_bits,
        input_unit=stimulus.unit,
        input_max=stimulus.max_code,
        levels=config.levels,
        policy=config.policy,
    )


def calibration_notes(workload: Workload) -> Iterator[str]:
    """Yield, of each conversion that measures its clip values, on which images."""
    for config in (workload.conversion, *(other.conversion for other in workload.compare)):
        if config.calibration is not None:
            yield str(config.calibration)


def _calibrated(network: Network, config: ConversionConfig, model: NeuronModel, workload: Workload) -> Network:
    """Return the network with measured clip values, where the conversion has a ``calibration``."""
    calibration = config.calibration
    if calibration is None:
        return network
    stimulus = calibration_set(
        calibration.kind,
        calibration.images,
        network.graph.input.shape,
        workload.seed,
        calibration.options,
        workload.stimulus.options,
    )
    return calibrate_clips(
        network,
        stimulus.images,
        stimulus.unit,
        by=calibration.by,
        percentile=calibration.percentile,
        levels=_levels(config, model),
        weight_bits=config.weight_bits,
    )
