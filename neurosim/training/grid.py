"""The integers that a network's weights will be: the converter asked beforehand, so that training sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurosim.conversion.compact import compact
from neurosim.conversion.convert import assemble
from neurosim.network.graph import Network
from neurosim.network.layers import BatchNorm2d
from neurosim.neurons.accumulate_fire import AccumulateFire


class StraightThrough(torch.autograd.Function):
    """Rounding to whole steps within +-``largest``, its gradient passed straight through."""

    @staticmethod
    def forward(context: Any, weight: Tensor, step: float, largest: int) -> Tensor:
        """Return the multiple of ``step`` nearest to each weight."""
        return (weight / step).round_().clamp_(-largest, largest).mul_(step)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Return the gradient as it is."""
        return gradient, None, None


@dataclass(frozen=True)
class Grid:
    """The real value of one integer step of each layer's folded weights, and the largest integer."""

    steps: Mapping[str, float]
    largest: int

    @staticmethod
    def of(network: Network, steps: int, weight_bits: int, input_unit: float, input_max: int) -> Grid:
        """Return the grid that the converter chooses for ``network`` as it stands."""
        model = AccumulateFire(steps)
        assembly = assemble(network, model, weight_bits=weight_bits, input_unit=input_unit, input_max=input_max)
        units = {name: float(array) for name, array in compact(assembly).items() if name.endswith(".weight_unit")}
        return Grid(
            {name.removesuffix(".weight_unit"): unit for name, unit in units.items()}, 2 ** (weight_bits - 1) - 1
        )

    def straight_through(self, name: str, weight: Tensor) -> Tensor:
        """Return the rounded weights of the layer ``name``, differentiable as if they were not."""
        rounded: Tensor = StraightThrough.apply(weight, self.steps[name], self.largest)
        return rounded

    def rounded(self, network: Network) -> Network:
        """Return ``network`` with weights that fold to whole steps."""
        parameters = dict(network.parameters)
        after = {node.inputs[0]: node for node in network.graph.nodes if isinstance(node.layer, BatchNorm2d)}
        for name, step in self.steps.items():
            weight = parameters[f"{name}.weight"].astype(np.float64)
            gain = np.ones(len(weight))
            if (node := after.get(name)) is not None:
                assert isinstance(node.layer, BatchNorm2d)
                norm = network.of(node.name)
                gain = norm["weight"].astype(np.float64) / np.sqrt(norm["running_var"] + node.layer.eps)
            gain = gain.reshape(-1, *[1] * (weight.ndim - 1))
            whole = np.clip(np.rint(weight * gain / step), -self.largest, self.largest)
            # A channel of gain 0 has no weights behind its normalisation, whatever they are before it.
            parameters[f"{name}.weight"] = np.divide(whole * step, gain, out=np.zeros_like(weight), where=gain != 0)
        return Network(network.graph, parameters, network.weights_origin)
