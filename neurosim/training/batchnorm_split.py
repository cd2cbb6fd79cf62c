"""Batch normalisation split off a folded network, so that it can be trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.network.graph import Network
from neurosim.training.module import GraphModule


@torch.no_grad()
def split_batchnorm(module: GraphModule, folded: Network, images: Tensor) -> None:
    """Load ``folded`` into a ``module`` with batch normalisation, which then computes the same.

    ``images`` (n, channels, rows, columns) decide the statistics; scale and offset of each normalisation are what
    undoes them: gamma = sqrt(var + eps), beta = mean + the folded bias.
    """
    graph = module.graph
    parameters = dict(folded.parameters)
    own = {node.inputs[0]: node for node in graph.nodes if node.layer.folds}
    hooks = []
    for source, node in own.items():
        bias = torch.from_numpy(np.asarray(parameters.pop(f"{source}.bias"), np.float32))
        if f"{source}.bias" in graph.parameters:
            parameters[f"{source}.bias"] = np.zeros(len(bias), np.float32)
        for name, shape in node.layer.parameters(graph.shapes[source]).items():
            parameters[f"{node.name}.{name}"] = np.ones(shape, np.float32)
        hooks.append(module.normalisation(node.name).register_forward_pre_hook(_undo(bias)))
    module.load(parameters)
    module.eval()
    module(images)
    for hook in hooks:
        hook.remove()


def _undo(bias: Tensor) -> Any:
    """Return a hook that lets a normalisation add ``bias`` to what enters, and do nothing else."""

    def hook(norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        norm.running_mean.copy_(inputs[0].mean(dim=(0, 2, 3)))
        norm.running_var.copy_(inputs[0].var(dim=(0, 2, 3), unbiased=False))
        norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))
        norm.bias.copy_(norm.running_mean + bias.to(norm.bias.device))

    return hook
