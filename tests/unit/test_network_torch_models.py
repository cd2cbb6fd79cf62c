"""Models of others in PyTorch: what is imported computes what they compute, to the last digits of a double."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from torch import nn  # noqa: E402

from neurosim.errors import ConversionError, DocumentError  # noqa: E402
from neurosim.network.forward import forward  # noqa: E402
from neurosim.network.importers import weights  # noqa: E402
from neurosim.network.zoo import build  # noqa: E402
from tests.reference import torch_models as models  # noqa: E402

RELU = {"activation": "relu", "eps": 1e-5}
AVERAGE, MAX = {**RELU, "pool": "average"}, {**RELU, "pool": "max"}
CLIPPED = {"levels": 8, "eps": 1e-5, "pool": "average"}
PER_LAYER = {"levels": 8, "eps": 1e-5}
SMALL, RGB = (16, 32, 64), (3, 32, 32)


def stored(model, path, prefix=""):
    """Write a model's state dict as the documentation says."""
    np.savez(path, **{prefix + name: value.numpy() for name, value in model.state_dict().items()})


def imported(model, tmp_path, name, options, input=RGB, prefix=""):
    """Return the network of the zoo with the weights of ``model``."""
    stored(model, tmp_path / "w.npz", prefix)
    return weights.read(tmp_path / "w.npz", build(name, input, 10, **options), options)


CASES = {
    "convolutions with a bias": (partial(models.Vgg, "vgg16"), "vgg16", AVERAGE),
    "max pools": (partial(models.Vgg, "vgg11", pool=nn.MaxPool2d), "vgg11", MAX),
    "eps of Keras": (partial(models.Vgg, "vgg11", eps=1e-3), "vgg11", {**AVERAGE, "eps": 1e-3}),
    "normalisation without affine": (partial(models.Vgg, "vgg13", affine=False, bias=False), "vgg13", AVERAGE),
    "without normalisation": (
        partial(models.Vgg, "vgg11", norm=False), "vgg11",
        {"activation": "relu", "pool": "average", "batch_norm": False},
    ),
    "neither bias nor normalisation": (
        partial(models.Vgg, "vgg11", norm=False, bias=False), "vgg11",
        {"activation": "relu", "pool": "average", "batch_norm": False},
    ),
    "classifier without a bias": (
        lambda: models.Vgg("vgg11", classifier=nn.Linear(512, 10, bias=False)), "vgg11", AVERAGE,
    ),
    "vgg19": (partial(models.Vgg, "vgg19"), "vgg19", AVERAGE),
    "hidden layers behind ReLU and dropout": (
        lambda: models.Vgg("vgg11", classifier=nn.Sequential(
            nn.Linear(512, 24), nn.ReLU(), nn.Dropout(), nn.Linear(24, 24), nn.ReLU(), nn.Dropout(), nn.Linear(24, 10),
        )), "vgg11", {**AVERAGE, "hidden": 24},
    ),
    "QCFS, thresh": (
        lambda: models.StagedVgg("vgg11", 24, partial(models.Clip, "thresh", 8)), "vgg11", {**CLIPPED, "hidden": 24},
    ),
    "QCFS, up": (lambda: models.Vgg("vgg11", act=partial(models.Clip, "up", 8)), "vgg11", CLIPPED),
    "QCFS, lam, one number": (lambda: models.Vgg("vgg11", act=partial(models.Clip, "lam", 8, ())), "vgg11", CLIPPED),
    "QCFS residual": (
        lambda: models.ResidualResnet((3, 3, 3), SMALL, partial(models.Clip, "thresh", 8)), "resnet20",
        {**PER_LAYER, "shortcut": "conv"},
    ),
    "residual_function": (lambda: models.ResidualResnet((2, 2, 2, 2), (64, 128, 256, 512), nn.ReLU), "resnet18", RELU),
    "option A": (partial(models.PlainResnet, (3, 3, 3), SMALL), "resnet20", RELU),
    "resnet32": (partial(models.PlainResnet, (5, 5, 5), SMALL), "resnet32", RELU),
    "resnet56": (partial(models.PlainResnet, (9, 9, 9), SMALL), "resnet56", RELU),
    "option B": (
        partial(models.PlainResnet, (3, 3, 3), SMALL, "B"), "resnet20", {**RELU, "shortcut": "conv"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_imported_computes_the_same(case, tmp_path):
    torch.manual_seed(3)
    make, name, options = CASES[case]
    model = models.settled(make())
    images = np.random.default_rng(5).normal(0.4, 0.6, (1, *RGB))
    with torch.no_grad():
        wanted = model(torch.from_numpy(images)).numpy()
    network = imported(model, tmp_path, name, options)
    assert np.abs(forward(network, images) - wanted).max() < 1e-9 * np.abs(wanted).max()
    assert np.ptp(wanted) > 0.01


@pytest.mark.parametrize(("kind", "pool"), [("average", nn.AvgPool2d), ("max", nn.MaxPool2d)])
def test_a_lenet_is_read_with_the_pools_that_are_said(kind, pool, tmp_path):
    model = models.settled(models.Lenet(pool))
    images = np.random.default_rng(5).normal(0.4, 0.6, (3, 1, 28, 28))
    with torch.no_grad():
        wanted = model(torch.from_numpy(images)).numpy()
    network = imported(model, tmp_path, "lenet", {"activation": "relu", "pool": kind}, (1, 28, 28))
    assert np.abs(forward(network, images) - wanted).max() < 1e-12
    other = "max" if kind == "average" else "average"
    network = imported(model, tmp_path, "lenet", {"activation": "relu", "pool": other}, (1, 28, 28))
    assert np.abs(forward(network, images) - wanted).max() > 0.01


def test_prefixes_of_wrappers_are_taken_off(tmp_path):
    model = models.settled(models.Lenet(nn.AvgPool2d))
    options = {"activation": "relu", "pool": "average"}
    plain = imported(model, tmp_path, "lenet", options, (1, 28, 28))
    wrapped = imported(model, tmp_path, "lenet", options, (1, 28, 28), prefix="_orig_mod.module.model.")
    assert all(np.array_equal(plain.parameters[name], wrapped.parameters[name]) for name in plain.parameters)


DIFFERENT = {
    "more convolutions": (
        partial(models.Vgg, "vgg19"), "vgg16", AVERAGE, "has 16 convolutions, vgg16 has 13; vgg19 has as many",
    ),
    "no normalisation": (
        partial(models.Vgg, "vgg16", norm=False), "vgg16", AVERAGE,
        "has no batch normalisation (running_mean, running_var), vgg16 has 13: set network.options.batch_norm: false",
    ),
    "a normalisation": (
        partial(models.Vgg, "vgg16"), "vgg16", {"activation": "relu", "pool": "average", "batch_norm": False},
        "has batch normalisation (features.1 ...), vgg16 has none: leave out network.options.batch_norm: false",
    ),
    "hidden layers": (
        lambda: models.StagedVgg("vgg16", 24, nn.ReLU), "vgg16", AVERAGE,
        "has 3 linear layers, vgg16 has 1: set network.options.hidden to the width of the first two",
    ),
    "clip values": (
        lambda: models.Vgg("vgg11", act=partial(models.Clip, "thresh", 8)), "vgg11", AVERAGE,
        "has 8 clip values ('features.2.thresh' is one): leave out network.options.activation: relu",
    ),
    "clip values of another name": (
        lambda: models.Vgg("vgg11", act=partial(models.Clip, "alpha", 8)), "vgg11", CLIPPED,
        "no clip value (lam) for any of the 8 activations of vgg11; a clip value is called lam, thresh or up: if "
        "'features.2.alpha' is one, rename it",
    ),
    "shortcuts": (
        partial(models.PlainResnet, (3, 3, 3), SMALL, "B"), "resnet20", RELU,
        "has convolutions in its shortcuts (layer2.0.shortcut.0): set network.options.shortcut: conv",
    ),
    "no shortcuts": (
        partial(models.PlainResnet, (3, 3, 3), SMALL), "resnet20", {**RELU, "shortcut": "conv"},
        "has no convolutions in its shortcuts: set network.options.shortcut: identity",
    ),
    "more blocks": (
        partial(models.PlainResnet, (5, 5, 5), SMALL), "resnet20", RELU,
        "has 31 convolutions, resnet20 has 19; resnet32 has as many",
    ),
    "another network": (
        lambda: nn.Sequential(nn.Linear(4, 3)), "resnet20", RELU,
        "none of its arrays (0.bias, 0.weight) is called like one of resnet20",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_the_network_of_the_zoo_lacks_is_said_with_the_option_that_mends_it(case, tmp_path):
    make, name, options, said = DIFFERENT[case]
    with pytest.raises(DocumentError) as caught:
        imported(make(), tmp_path, name, options)
    lines = str(caught.value).replace(f"{tmp_path / 'w.npz'}: ", "").splitlines()
    assert said in lines
    assert len(lines) <= 3


def test_a_network_with_max_pools_cannot_become_spikes_yet(tmp_path):
    from neurosim.conversion.convert import convert
    from neurosim.neurons.accumulate_fire import AccumulateFire

    model = models.settled(models.Vgg("vgg11", act=partial(models.Clip, "thresh", 15), pool=nn.MaxPool2d))
    network = imported(model, tmp_path, "vgg11", {"levels": 15, "eps": 1e-5, "pool": "max"})
    with pytest.raises(ConversionError, match=r"^pool1: a maximum of spikes is not a sum; train with average pools$"):
        convert(network, AccumulateFire(4))
