"""Conversion of a network with clipped activations into a spiking one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim.conversion.batchnorm_folding import fold
from neurosim.conversion.lowering import Lowering
from neurosim.conversion.precision.quantise import WIDEST_ACCUMULATOR
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.conversion.timestep_policy import CoarseFire, Policy, adapt, refine
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
    """Return the spiking network of a network for one neuron model.

    A model whose spikes are the bits of a code needs as many activation levels as it has codes. A network that was
    trained with other levels takes a ``policy`` or ``levels``.

    Parameters
    ----------
    network : Network
        With clipped activations, and with or without batch normalisation.
    model : NeuronModel
        The neurons of all layers.
    weight_bits : int
        Signed width of weights, 2 to 32.
    accumulator_bits : int
        Largest signed width of accumulators, 2 to 63.
    input_unit : float or sequence of float
        Real value of one step of an input code, for all channels or for each.
    input_max : int
        Largest magnitude of an input code.
    levels : int, optional
        Activation levels in place of the trained ones, with the trained clip values: another, untrained network.
    policy : {"requantise", "truncate", "pad"}, optional
        How the trained integers run in other steps than they were trained for (``timestep_policy.py``).

    Returns
    -------
    SpikingNetwork
        Its layers in integers, each with the largest exponent that its widths allow.

    Raises
    ------
    ConversionError
        Where a layer cannot be converted, naming it and saying what to do.
    """
    _refuse_unclipped(network)
    widths = {"weight_bits": weight_bits, "accumulator_bits": accumulator_bits, "input_max": input_max}
    name, origin = network.graph.name, network.weights_origin
    trained = network.graph.levels if levels is None else levels
    neuron = model if policy is None else adapt(model, trained, policy)
    # More steps are the coarse network first, its integers then refined: the weights stay those of the trained steps.
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
    """Convert without a policy and return the finished lowering, which knows the nodes that its weights came from."""
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
    # Batch normalisation first: its gains belong to the weights that are rounded.
    folded = fold(network)
    lowering = Lowering(
        folded,
        model,
        levels=levels,
        weight_bits=weight_bits,
        accumulator_bits=accumulator_bits,
        input_units=np.broadcast_to(np.asarray(input_unit, np.float64), folded.graph.input.shape[:1]),
        input_max=input_max,
    )
    lowering.assemble()
    return lowering


def _refuse_unclipped(network: Network) -> None:
    if names := network.graph.unclipped:
        raise ConversionError(
            f"{names[0]}: a ReLU has no largest value; measure clip values on images (conversion.calibration), or "
            "train with clipped activations"
        )
