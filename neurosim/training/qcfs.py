"""The trained activation QCFS: clip, quantise, straight-through gradient (conversion.md section 12).

T. Bu et al., "Optimal ANN-SNN conversion for high-accuracy and ultra-low-latency spiking neural networks", ICLR 2022.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

SMALLEST_CLIP = 1e-3  # a clip value of 0 would divide by 0 and never grow again


class Qcfs(torch.autograd.Function):
    """y = lam / L * floor(clip(z / lam, 0, 1) L + 1/2), with gradients dy/dz = 1[0 < z < lam], dy/dlam = (y - z) / lam.

    Where z is outside, dy/dlam = y / lam: 0 below, 1 above. ``penalty`` is the gradient of an L1 penalty, added to that
    of y wherever 0 < y < lam; spikes never enter it (conversion.md section 12). ``rounding`` stands for the 1/2.
    """

    @staticmethod
    def forward(context: Any, z: Tensor, lam: Tensor, levels: int, penalty: float, rounding: float = 0.5) -> Tensor:
        """Return y, of the shape and type of ``z``; ``lam`` is a float32 scalar."""
        unit = float(lam) / levels
        y = (z * (1 / unit)).clamp_(0, levels).add_(rounding).floor_().mul_(unit)
        context.save_for_backward(z, y)
        context.lam, context.levels, context.penalty = float(lam), levels, penalty
        return y

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None, None, None]:
        """Return the gradients of ``z`` and ``lam``."""
        z, y = context.saved_tensors
        lam = context.lam
        if context.penalty:
            half = lam / context.levels / 2  # y is a multiple of lam / levels: within half a step it is 0 or lam
            penalty = torch.full((), context.penalty, dtype=gradient.dtype).expand_as(gradient)
            gradient = gradient + torch.ops.aten.hardtanh_backward(penalty.contiguous(), y, half, lam - half)
        inside = torch.ops.aten.hardtanh_backward(gradient, z, 0, lam)
        if not context.needs_input_grad[1]:
            return inside, None, None, None, None
        slope = torch.mul(gradient, y).addcmul_(inside, z, value=-1).sum().float() / lam
        return inside, slope, None, None, None


qcfs: Callable[[Tensor, Tensor, int, float, float], Tensor] = Qcfs.apply


class QcfsActivation(nn.Module):
    """A QCFS activation with its own trained clip value ``lam``; ``penalty`` is the gradient of the L1 penalty."""

    def __init__(self, levels: int) -> None:
        super().__init__()
        self.levels, self.penalty, self.rounding = levels, 0.0, 0.5
        self.lam = nn.Parameter(torch.tensor(2.0))

    def forward(self, z: Tensor) -> Tensor:
        """Quantise ``z``."""
        return qcfs(z, self.lam, self.levels, self.penalty, self.rounding)
