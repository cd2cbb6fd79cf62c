"""Weights for a network that has none: random, with clip values set so that it is as active as asked.

Nothing is learned: the network computes nothing of use, but its maps, fan-outs and spike counts are those of a network
of its shape and activity. Its weights are ``synthetic`` in every report.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from neurosim.errors import ConversionError
from neurosim.network.forward import evaluate
from neurosim.network.graph import Graph, Network, Node

ACTIVITY = 0.16  # of the shipped VGG16, trained for CIFAR-10, on the photograph: 0.162 spikes per neuron per step
CLIPS = np.geomspace(0.05, 50.0, 121)  # candidate clip values, in root mean squares of a layer's input
CONSTANT = 1e-6  # of the variance of a layer: channels that vary by less vary by rounding only
SAMPLE = 200_000  # inputs of a layer from which its clip value is chosen


def synthetic_weights(
    graph: Graph,
    images: NDArray[np.integer],
    unit: float | Sequence[float],
    *,
    activity: float = ACTIVITY,
    seed: int = 1,
) -> Network:
    """Return a network with seeded He weights (arXiv 1502.01852), calibrated on images.

    Batch normalisation gets the statistics of the images, a bias centres its layer on them. One thread does the sums:
    several add in another order, and the weights would differ in the last bit.

    Parameters
    ----------
    graph : Graph
        The network without weights.
    images : ndarray of int, (n, rows, columns, channels)
        Codes of the images.
    unit : float or sequence of float
        Real value of one step of a code, for all channels or for each.
    activity : float
        Share of set bits among the codes of a layer to which clip values are chosen, above 0 and below 0.5: the share
        of ``accumulate_fire`` neurons that spike in a step.
    seed : int
        Of the weights.

    Returns
    -------
    Network
        Its weights are of origin ``synthetic``.

    Raises
    ------
    ConversionError
        For an activity out of range.
    """
    if not 0 < activity < 0.5:
        raise ConversionError(f"activity: a share of spiking neurons above 0 and below 0.5, found {activity:g}")
    random = np.random.default_rng(seed)
    x = (np.asarray(images, np.float32) * np.asarray(unit, np.float32)).transpose(0, 3, 1, 2)
    outputs: dict[str, NDArray[np.floating]] = {}
    parameters: dict[str, NDArray[np.floating]] = {}
    last_use = graph.last_use
    for number, node in enumerate(graph.nodes):
        sources = [outputs[name] for name in node.inputs] or [x]
        own = _parameters(graph, node, sources[0], activity, random)
        with threadpool_limits(1):
            outputs[node.name] = evaluate(node, own, *sources)
        if "bias" in own and node.layer.weighted:
            # Without batch normalisation behind it the bias alone decides how many neurons are ever positive: half.
            own["bias"] -= np.median(outputs[node.name])
            outputs[node.name] -= np.median(outputs[node.name])
        parameters |= {f"{node.name}.{name}": value for name, value in own.items()}
        # Maps that no later node reads are freed: those of VGG16 would take gigabytes together.
        for name in {name for name in node.inputs if last_use[name] == number}:
            del outputs[name]
    return Network(graph, parameters, "synthetic")


def _parameters(
    graph: Graph, node: Node, x: NDArray[np.floating], activity: float, random: np.random.Generator
) -> dict[str, NDArray[np.floating]]:
    """Return the parameters of one node, whose input is ``x`` (n, channels, rows, columns)."""
    shapes = node.layer.parameters(graph.shapes[node.inputs[0]]) if node.inputs else {}
    if "running_mean" in shapes:
        return _statistics(x)
    if (levels := node.layer.activation_levels) is not None:
        return {"lam": _clip(x, levels, activity, random)}
    return {name: _he(shape, random) for name, shape in shapes.items()}


def _he(shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float32]:
    """Return weights of variance 2 / fan-in; a bias is 0."""
    if len(shape) == 1:
        return np.zeros(shape, np.float32)
    deviation = np.float32(math.sqrt(2 / math.prod(shape[1:])))
    weights = random.standard_normal(shape, np.float32)
    weights *= deviation
    return weights


def _statistics(x: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
    """Return the batch normalisation that gives every channel of ``x`` mean 0 and variance 1."""
    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    if variance.mean() <= CONSTANT * (spread := x.var()):
        # One position of one image leaves every channel constant: the channels vary among themselves then.
        mean, variance = np.full_like(mean, x.mean()), np.full_like(variance, spread)
    # A channel that these images leave (almost) constant must not be blown up.
    variance = np.maximum(variance, 0.1 * variance.mean() + np.finfo(np.float32).tiny)
    return {
        "weight": np.ones_like(mean),
        "bias": np.zeros_like(mean),
        "running_mean": mean,
        "running_var": variance,
    }


def _clip(x: NDArray[np.floating], levels: int, activity: float, random: np.random.Generator) -> NDArray[np.floating]:
    """Return the clip value, (), at which the codes of ``x`` have a share of set bits nearest to ``activity``."""
    values = x.reshape(-1)
    if values.size > SAMPLE:
        values = values[random.integers(0, values.size, SAMPLE)]
    scale = float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) or 1.0
    bits = levels.bit_length()
    shares = []  # of set bits, for each candidate clip value
    for clip in CLIPS * scale:
        codes = np.clip(np.floor(values * (levels / clip) + 0.5), 0, levels).astype(np.uint16)
        shares.append(np.bitwise_count(codes).mean() / bits)
    nearest = int(np.argmin(np.abs(np.array(shares) - activity)))
    return np.array(CLIPS[nearest] * scale, np.float32)
