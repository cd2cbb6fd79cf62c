"""Models as the repositories that people take them from write them, in plain PyTorch, with names as there.

Widths and depths are those of the published networks unless an argument says otherwise. ``Clip`` is the activation of
QCFS (Bu et al. 2022), whose repositories call its parameter ``thresh`` or ``up``.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

CONFIGURATIONS = {
    "vgg11": ((64,), (128,), (256, 256), (512, 512), (512, 512)),
    "vgg13": ((64, 64), (128, 128), (256, 256), (512, 512), (512, 512)),
    "vgg16": ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3),
    "vgg19": ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4),
}


class Clip(nn.Module):
    """floor(x L / clip + 1/2) clip / L, between 0 and the clip value."""

    def __init__(self, name, levels, shape=(1,)):
        super().__init__()
        self.name, self.levels = name, levels
        setattr(self, name, nn.Parameter(torch.full(shape, 1.0) + torch.rand(()).item()))

    def forward(self, x):
        clip = getattr(self, self.name).reshape(())
        return torch.floor(torch.clamp(x / clip, 0, 1) * self.levels + 0.5) / self.levels * clip


def features(name, *, norm=True, affine=True, bias=True, pool=nn.AvgPool2d, act=nn.ReLU, eps=1e-5, dropout=False):
    """The stages of a VGG as lists of layers."""
    stages, channels = [], 3
    for widths in CONFIGURATIONS[name]:
        stage = []
        for width in widths:
            stage.append(nn.Conv2d(channels, width, 3, padding=1, bias=bias))
            stage += [nn.BatchNorm2d(width, eps, affine=affine)] if norm else []
            stage.append(act())
            stage += [nn.Dropout(0.1)] if dropout else []
            channels = width
        stages.append([*stage, pool(2)])
    return stages


class Vgg(nn.Module):
    """``features.N`` and one ``classifier``: kuangliu/pytorch-cifar, yhhhli/SNN_Calibration."""

    def __init__(self, name, classifier=None, **how):
        super().__init__()
        self.features = nn.Sequential(*(layer for stage in features(name, **how) for layer in stage))
        self.classifier = nn.Linear(512, 10) if classifier is None else classifier

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class StagedVgg(nn.Module):
    """``layer1.N`` ... ``layer5.N`` with dropout, a head that begins with Flatten: putshua/ANN_SNN_QCFS."""

    def __init__(self, name, hidden, act, **how):
        super().__init__()
        for number, stage in enumerate(features(name, act=act, dropout=True, **how), start=1):
            setattr(self, f"layer{number}", nn.Sequential(*stage))
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(512, hidden), act(), nn.Dropout(0.1),
            nn.Linear(hidden, hidden), act(), nn.Dropout(0.1), nn.Linear(hidden, 10),
        )  # fmt: skip

    def forward(self, x):
        for number in range(1, 6):
            x = getattr(self, f"layer{number}")(x)
        return self.classifier(x)


class PlainBlock(nn.Module):
    """kuangliu/pytorch-cifar and akamaster/pytorch_resnet_cifar10: ``conv1``, ``bn1``, ``shortcut``."""

    def __init__(self, before, width, stride, option):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.pad = (width - before) // 2 if option == "A" else 0
        self.stride, self.shortcut = stride, nn.Sequential()
        if option == "B" and (stride > 1 or before != width):
            self.shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        out = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if self.pad:
            return functional.relu(out + functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad)))
        return functional.relu(out + self.shortcut(x))


class PlainResnet(nn.Module):
    """``layer1.0.conv1`` ..., and ``linear``."""

    def __init__(self, blocks, widths, option="A"):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0])
        before = widths[0]
        for stage, (count, width) in enumerate(zip(blocks, widths, strict=True), start=1):
            layers = []
            for number in range(count):
                layers.append(PlainBlock(before, width, 2 if stage > 1 and number == 0 else 1, option))
                before = width
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        self.stages, self.linear = len(blocks), nn.Linear(before, 10)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.linear(x.mean((2, 3)))


class ResidualBlock(nn.Module):
    """weiaicunzai/pytorch-cifar100 and putshua/ANN_SNN_QCFS: ``residual_function``, ``shortcut``, ``act``."""

    def __init__(self, before, width, stride, act):
        super().__init__()
        self.residual_function = nn.Sequential(
            nn.Conv2d(before, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), act(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip
        self.shortcut, self.act = nn.Sequential(), act()
        if stride > 1 or before != width:
            self.shortcut = nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return self.act(self.residual_function(x) + self.shortcut(x))


class ResidualResnet(nn.Module):
    """``conv1.0``, ``conv2_x.0.residual_function.0`` ..., and ``fc``."""

    def __init__(self, blocks, widths, act):
        super().__init__()
        self.conv1 = nn.Sequential(nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), act())
        before = widths[0]
        for stage, (count, width) in enumerate(zip(blocks, widths, strict=True), start=2):
            layers = []
            for number in range(count):
                layers.append(ResidualBlock(before, width, 2 if stage > 2 and number == 0 else 1, act))
                before = width
            setattr(self, f"conv{stage}_x", nn.Sequential(*layers))
        self.stages, self.fc = len(blocks), nn.Linear(before, 10)

    def forward(self, x):
        x = self.conv1(x)
        for stage in range(2, self.stages + 2):
            x = getattr(self, f"conv{stage}_x")(x)
        return self.fc(x.mean((2, 3)))


class Lenet(nn.Module):
    """``conv1``, ``conv2``, ``fc1``, ``fc2``, ``fc3``: the tutorial's."""

    def __init__(self, pool):
        super().__init__()
        self.conv1, self.conv2, self.pool = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5), pool(2)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = self.pool(functional.relu(self.conv1(x)))
        x = self.pool(functional.relu(self.conv2(x))).flatten(1)
        return self.fc3(functional.relu(self.fc2(functional.relu(self.fc1(x)))))


def settled(model, seed=1):
    """``model`` in double precision, with statistics and weights that are no defaults, as for inference."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3, generator=generator)
            module.running_var.uniform_(0.2, 2, generator=generator)
            if module.affine:
                module.weight.data.uniform_(0.5, 1.5, generator=generator)
                module.bias.data.normal_(0, 0.3, generator=generator)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            deviation = (2 / module.weight[0].numel()) ** 0.5
            module.weight.data.normal_(0, deviation, generator=generator)
            if module.bias is not None:
                module.bias.data.normal_(0, 0.3, generator=generator)
    return model.double().eval()
