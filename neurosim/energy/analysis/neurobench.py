"""Synaptic operations as other tools count them, on plain arrays, exactly.

``neurobench``: NeuroBench 2.3.0. A product counts where neither the weight nor the input is zero; a call of a layer is
accumulates (AC) if its inputs are all in {-1, 0, 1}, else multiply-accumulates (MAC). ``spikingjelly``: SpikingJelly
2.0.0. Zero weights count, unless the weights are themselves all in {0, 1}; inputs are spikes if all in {0, 1}.
``neurosim``: our own ``synaptic_event``: zero weights count, and inputs other than {0, 1} are graded events, so MACs.

These are for arrays of any tool; a run counts its own events. Padding is never a product. No product is computed: for
each place of the kernel the non-zero inputs that it meets are counted and multiplied by the non-zero weights there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rule = Literal["neurobench", "spikingjelly", "neurosim"]
SPIKES = {"neurobench": (-1, 0, 1), "spikingjelly": (0, 1), "neurosim": (0, 1)}


@dataclass(frozen=True)
class SynapticOperations:
    """Synaptic operations of some calls of layers.

    Attributes
    ----------
    acs, macs : int
        Effective accumulates and multiply-accumulates.
    dense : int
        All products, zeros included.
    """

    acs: int = 0
    macs: int = 0
    dense: int = 0

    def __add__(self, other: SynapticOperations) -> SynapticOperations:
        return SynapticOperations(self.acs + other.acs, self.macs + other.macs, self.dense + other.dense)

    def per_sample(self, samples: int) -> dict[str, float]:
        """Return NeuroBench's figures: the sums over layers and steps, divided by the samples, not by the steps."""
        return {
            "Effective_MACs": self.macs / samples,
            "Effective_ACs": self.acs / samples,
            "Dense": self.dense / samples,
        }


def count_linear(
    inputs: NDArray[np.generic], weights: NDArray[np.generic], rule: Rule = "neurobench"
) -> SynapticOperations:
    """Count the synaptic operations of one call of a fully connected layer.

    Parameters
    ----------
    inputs : ndarray, (samples, ..., n_in)
        What enters the layer.
    weights : ndarray, (n_out, n_in)
        Its weights.
    rule : {'neurobench', 'spikingjelly', 'neurosim'}
        Whose convention decides what counts.

    Returns
    -------
    SynapticOperations
        Sums over all samples.

    Examples
    --------
    >>> neurosim.count_linear(np.array([[1, 0, 1]]), np.array([[2, 3, 0]]))
    SynapticOperations(acs=1, macs=0, dense=3)
    """
    flat = inputs.reshape(-1, inputs.shape[-1])
    met = np.count_nonzero(flat, axis=0).astype(np.int64)
    effective = int(met @ _counted(weights, rule).sum(axis=0))
    return _classified(inputs, effective, flat.shape[0] * weights.size, rule)


def count_convolution(
    inputs: NDArray[np.generic],
    weights: NDArray[np.generic],
    *,
    stride: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    dilation: int | Sequence[int] = 1,
    groups: int = 1,
    rule: Rule = "neurobench",
) -> SynapticOperations:
    """Count the synaptic operations of one call of a convolution over one, two or three axes.

    Parameters
    ----------
    inputs : ndarray, (samples, c_in, *size)
        What enters the layer.
    weights : ndarray, (c_out, c_in / groups, *kernel)
        Its weights.
    stride, padding, dilation : int or sequence of int
        One value, or one for each axis.
    groups : int
        Groups of channels.
    rule : {'neurobench', 'spikingjelly', 'neurosim'}
        Whose convention decides what counts.

    Returns
    -------
    SynapticOperations
        Sums over all samples.

    Raises
    ------
    ValueError
        For another number of values than axes.
    """
    axes = weights.ndim - 2
    strides, paddings, dilations = (_each(value, axes) for value in (stride, padding, dilation))
    counted = _counted(weights, rule)
    per_group = counted.reshape(groups, -1, *counted.shape[1:]).sum(axis=1)
    behind = per_group.reshape(inputs.shape[1], *weights.shape[2:])
    outputs_per_input = weights.shape[0] // groups
    pads = [(0, 0), (0, 0), *((pad, pad) for pad in paddings)]
    padded = np.pad(inputs != 0, pads)
    outside = np.pad(np.ones(inputs.shape[2:], dtype=bool), pads[2:])
    sizes = [
        (size + 2 * pad - dilate * (kernel - 1) - 1) // step + 1
        for size, pad, dilate, kernel, step in zip(
            inputs.shape[2:], paddings, dilations, weights.shape[2:], strides, strict=True
        )
    ]
    effective = dense = 0
    for place in itertools.product(*(range(kernel) for kernel in weights.shape[2:])):
        window = tuple(
            slice(at * dilate, at * dilate + step * (size - 1) + 1, step)
            for at, dilate, step, size in zip(place, dilations, strides, sizes, strict=True)
        )
        met = np.count_nonzero(padded[(slice(None), slice(None), *window)], axis=(0, *range(2, axes + 2)))
        effective += int(np.asarray(met, dtype=np.int64) @ behind[(slice(None), *place)])
        dense += int(np.count_nonzero(outside[window]))
    everywhere = inputs.shape[0] * inputs.shape[1] * outputs_per_input
    return _classified(inputs, effective, dense * everywhere, rule)


def activation_sparsity(outputs: Iterable[NDArray[np.generic]]) -> float:
    """Return the share of zeros among all elements of layer outputs, as NeuroBench counts it.

    Parameters
    ----------
    outputs : iterable of ndarray
        The outputs of the layers, step by step.

    Returns
    -------
    float
        0 where there are no elements.
    """
    zeros = elements = 0
    for output in outputs:
        zeros += output.size - int(np.count_nonzero(output))
        elements += output.size
    return zeros / elements if elements else 0.0


def memory_footprint(arrays: Iterable[NDArray[np.generic]]) -> int:
    """Return the bytes of all parameters and buffers, as NeuroBench counts them.

    Parameters
    ----------
    arrays : iterable of ndarray
        Parameters and buffers of a model.

    Returns
    -------
    int
        Bytes.
    """
    return sum(array.nbytes for array in arrays)


def _counted(weights: NDArray[np.generic], rule: Rule) -> NDArray[np.int64]:
    """Return 1 where a weight makes a product count."""
    binary = bool(np.isin(weights, (0, 1)).all())
    zeros_count = rule == "neurosim" or (rule == "spikingjelly" and not binary)
    return np.ones(weights.shape, dtype=np.int64) if zeros_count else (weights != 0).astype(np.int64)


def _classified(inputs: NDArray[np.generic], effective: int, dense: int, rule: Rule) -> SynapticOperations:
    """Return the products of one call as accumulates where all inputs are spikes, else as multiply-accumulates."""
    if np.isin(inputs, SPIKES[rule]).all():
        return SynapticOperations(acs=effective, dense=dense)
    return SynapticOperations(macs=effective, dense=dense)


def _each(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    values = (value,) * axes if isinstance(value, int) else tuple(value)
    if len(values) != axes:
        raise ValueError(f"{len(values)} values for {axes} axes")
    return values
