"""A network of clipped activations turned into a spiking one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim.conversion.batchnorm_folding import fold
from neurosim.conversion.lowering import Lowering
from neurosim.conversion.precision.quantise import WIDEST_ACCUMULATOR
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.conversion.timestep_policy import CoarseFire, Policy, adapt
from neurosim.conversion.timestep_refinement import refine
from neurosim.errors import ConversionError
from neurosim.network.graph import Network
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.model import NeuronModel


def convert(
    network: Network,
    model: NeuronModel,
    *,
    weight_bits: int = 8,
    accumulator_bits: int = 24,
    input_unit: float | Sequence[float] = 1 / 255,
    input_max: int = 255,
    levels: int | None = None,
    policy: Policy | None = None,
) -> SpikingNetwork:
    """Convert a network into a spiking one for a neuron model.

    Parameters
    ----------
    network : Network
        The graph with its weights.
    model : NeuronModel
        The neuron model, with its time steps.
    weight_bits, accumulator_bits : int
        Width of a weight, and the most that a membrane potential may take, both signed.
    input_unit : float or sequence of float
        The real value of one input step; one for each channel where they differ.
    input_max : int
        The largest magnitude of an input code.
    levels : int, optional
        Activation levels to fold the weights for: keeps the trained clip values, but is an untrained network.
    policy : {'requantise', 'truncate', 'pad'}, optional
        How a network that was trained for other steps runs in those of ``model`` (conversion.md, section 10.2).

    Returns
    -------
    SpikingNetwork
        Layers of integer neurons joined by integer projections.

    Raises
    ------
    ConversionError
        For what cannot be converted; names the layer and what to do. A model whose spikes are the bits of a code needs
        as many activation levels as it has codes.
    """
    _refuse_unclipped(network)
    widths = {"weight_bits": weight_bits, "accumulator_bits": accumulator_bits, "input_max": input_max}
    name, origin = network.graph.name, network.weights_origin
    trained = network.graph.levels if levels is None else levels
    neuron = model if policy is None else adapt(model, trained, policy)
    finer = policy == "requantise" and neuron.steps > trained.bit_length()
    start = AccumulateFire(trained.bit_length()) if finer else neuron
    layers = lower(network, start, input_unit=input_unit, levels=levels, **widths).layers
    if finer:
        layers = refine(layers, start.steps, AccumulateFire(neuron.steps), input_max, accumulator_bits)
    return SpikingNetwork(name, tuple(layers), neuron, trained, weight_bits, origin)


def lower(
    network: Network,
    model: NeuronModel,
    *,
    weight_bits: int = 8,
    accumulator_bits: int = 24,
    input_unit: float | Sequence[float] = 1 / 255,
    input_max: int = 255,
    levels: int | None = None,
) -> Lowering:
    """Do what ``convert`` does and return the assembly, which knows the nodes that its weights came from."""
    if not 2 <= weight_bits <= 32 or not 2 <= accumulator_bits <= WIDEST_ACCUMULATOR:
        raise ConversionError(
            f"weights of {weight_bits} bits and accumulators of {accumulator_bits}: "
            f"weights take 2 to 32 bits, accumulators 2 to {WIDEST_ACCUMULATOR}"
        )
    _refuse_unclipped(network)
    trained, codes = network.graph.levels, model.levels
    levels = trained if levels is None else levels
    if codes not in (None, levels) and not isinstance(model, CoarseFire):
        by_bits = f"steps with 2^steps - 1 = {trained}, " + ("a 'policy', " if type(model) is AccumulateFire else "")
        raise ConversionError(
            f"{network.graph.name}: {levels} activation levels, but {model.kind} of {model.steps} steps has codes 0 to "
            f"{codes}; take {by_bits if codes == 2**model.steps - 1 else f'options that make it {trained}, '}"
            f"or 'levels: {codes}' to fold it untrained"
        )
    folded = fold(network)
    assembly = Lowering(
        folded,
        model,
        levels=levels,
        weight_bits=weight_bits,
        accumulator_bits=accumulator_bits,
        input_units=np.broadcast_to(np.asarray(input_unit, np.float64), folded.graph.input.shape[:1]),
        input_max=input_max,
    )
    assembly.assemble()
    return assembly


def _refuse_unclipped(network: Network) -> None:
    if names := network.graph.unclipped:
        raise ConversionError(
            f"{names[0]}: a ReLU has no largest value; measure clip values on images (conversion.calibration), or "
            "train with clipped activations"
        )
