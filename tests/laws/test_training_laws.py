"""What is trained: activations, penalties, networks on and off their integers, against independent float64 formulas."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws.conversion_networks import networks
from tests.reference import training_jobs

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch, which the extra 'train' has, is not installed", allow_module_level=True)

import torch

from neurosim.conversion.batchnorm_folding import fold
from neurosim.conversion.convert import convert, lower
from neurosim.conversion.export import export
from neurosim.errors import ConversionError
from neurosim.network.forward import forward
from neurosim.network.graph import Network
from neurosim.network.importers import npz
from neurosim.network.zoo import build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.simulation.functional.golden_model import golden_layers
from neurosim.training.batchnorm_split import split_batchnorm
from neurosim.training.integer_grid import IntegerGrid
from neurosim.training.module import GraphModule
from neurosim.training.qcfs import Qcfs, QcfsActivation

LEVELS = st.sampled_from([1, 3, 7, 15, 255])
SEEDS = st.integers(0, 2**32 - 1)
ZOO = {
    "vgg8": (1, 8, 8),
    "digits_cnn": (1, 8, 8),
    "lenet": (1, 28, 28),
    "resnet20": (3, 8, 8),
    "resnet18": (3, 8, 8),
    "mobilenetv2": (3, 16, 16),
    "vgg16": (3, 32, 32),
}


def textbook(z, lam, levels):
    """QCFS in plain autograd: what is not detached is lam x clip(z / lam, 0, 1)."""
    clipped = torch.clamp(z / lam, 0, 1)
    return lam * (clipped + (torch.floor(clipped * levels + 0.5) / levels - clipped).detach())


def drawn(seed, lam):
    """Inputs on both sides of the clip, float64, and gradients for what comes out."""
    random = np.random.default_rng(seed)
    z = torch.tensor(random.normal(lam / 2, lam, 200), requires_grad=True)
    return z, torch.tensor(lam, dtype=torch.float64, requires_grad=True), torch.tensor(random.normal(size=200))


def gradients(loss, z, lam):
    return [gradient.numpy() for gradient in torch.autograd.grad(loss, (z, lam))]


@given(SEEDS, LEVELS, st.floats(0.1, 10))
def test_the_activation_is_the_published_formula_and_so_are_its_gradients(seed, levels, lam):
    z, clip, given_ = drawn(seed, lam)
    expected, found = textbook(z, clip, levels), Qcfs.apply(z, clip, levels, 0.0)
    np.testing.assert_allclose(found.detach(), expected.detach(), rtol=1e-12, atol=1e-12)
    for one, other in zip(
        gradients((found * given_).sum(), z, clip), gradients((expected * given_).sum(), z, clip), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)  # that of lam is summed in float32


def test_a_saturated_activation_passes_its_gradient_to_the_clip_value_alone():
    z = torch.tensor([-1.0, 0.0, 1.0, 2.0, 3.0], requires_grad=True)
    lam = torch.tensor(2.0, requires_grad=True)
    Qcfs.apply(z, lam, 4, 0.0).sum().backward()
    assert z.grad.tolist() == [0, 0, 1, 0, 0]
    assert lam.grad == 0 + 0 + (1 - 1) / 2 + 1 + 1


@given(SEEDS, LEVELS, st.floats(0.1, 10), st.floats(1e-3, 10))
def test_the_price_of_spikes_is_the_gradient_of_a_penalty_in_the_loss(seed, levels, lam, price):
    z, clip, given_ = drawn(seed, lam)
    y = textbook(z, clip, levels)
    codes = torch.round(y.detach() / lam * levels)
    penalised = (y * given_).sum() + price * (y * ((codes > 0) & (codes < levels))).sum()
    found = (Qcfs.apply(z, clip, levels, price) * given_).sum()
    for one, other in zip(gradients(found, z, clip), gradients(penalised, z, clip), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)


@given(SEEDS, st.sampled_from([3, 15]))
def test_a_module_begins_to_round_as_its_activation_does(seed, levels):
    """Float32 as it trains: no code is further from the real one than half a step and a rounding."""
    z = np.random.default_rng(seed).normal(1, 2, 100).astype(np.float32)
    codes = QcfsActivation(levels)(torch.tensor(z)).detach().numpy() / 2 * levels
    assert (np.abs(codes - np.clip(z / 2, 0, 1) * levels) <= 0.5 + 1e-5).all()


def lively(graph, images):
    """A module with random weights and statistics of ``images``, in float64."""
    torch.manual_seed(1)
    module = GraphModule(graph).double()
    for layer in module.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.uniform_(layer.bias, -0.5, 0.5)
    module.train()
    with torch.no_grad():
        module(images)
    return module.eval()


@pytest.mark.parametrize("name", ZOO)
def test_a_module_computes_what_its_network_does(name):
    images = torch.tensor(np.random.default_rng(1).random((2, *ZOO[name])))
    module = lively(build(name, ZOO[name], 10), images)
    with torch.no_grad():
        found = module(images).numpy()
    assert np.ptp(found, axis=0).min() > 0
    np.testing.assert_allclose(found, forward(module.network(), images.numpy()), rtol=1e-9, atol=1e-9)


def codes_of(module, images):
    """The activations' codes (rows, columns, channels last) as the module has them, by name, and its logits."""
    found, hooks = {}, []
    for name, activation in module.activations.items():

        def keep(own, inputs, y, name=name):
            found[name] = torch.round(y * own.levels / own.lam).long().permute(0, 2, 3, 1).numpy()

        hooks.append(activation.register_forward_hook(keep))
    with torch.no_grad():
        logits = module.eval()(images)
    for hook in hooks:
        hook.remove()
    return found, logits.numpy()


def assert_integers(module, images, steps, unit, top, folder):
    """Assert that a module on its grid has, code for code, the activity of the integers that are exported."""
    widths = {"input_unit": unit, "input_max": top}
    network, model = module.network(), AccumulateFire(steps)
    written = export(lower(network, model, **widths))
    npz.write(folder / "w.npz", written, folded=True)
    spiking = convert(npz.read(folder / "w.npz", network.graph), model, **widths)
    direct = convert(network, model, **widths)
    for one, other in zip(direct.layers, spiking.layers, strict=True):
        assert one.bias.tolist() == other.bias.tolist()
        assert int(one.threshold) == int(other.threshold)
        for own, its in zip(one.sources, other.sources, strict=True):
            assert np.array_equal(own.weights, its.weights)
    answers = golden_layers(spiking, images)
    codes, logits = codes_of(module, torch.tensor(images.astype(np.float32)).permute(0, 3, 1, 2) * unit)
    assert len(codes) == len(spiking.spiking)
    for number, found in zip(spiking.spiking, codes.values(), strict=True):
        assert np.array_equal(found, answers[number].codes), spiking.layers[number].name
    last = answers[-1].accumulated.reshape(len(images), -1)
    np.testing.assert_allclose(logits, last / int(spiking.layers[-1].threshold), rtol=1e-4, atol=1e-4)


@settings(max_examples=20)
@given(networks(levels=7), SEEDS)
def test_on_its_grid_a_module_has_the_codes_of_the_integers_that_are_exported(tmp_path_factory, network, seed):
    module = GraphModule(network.graph)
    module.load(network.parameters)
    module.settle(IntegerGrid.of(module.network(), 3, 8, 1 / 255, 255))
    shape = (8, *network.graph.input.shape[1:], network.graph.input.shape[0])
    images = np.random.default_rng(seed).integers(0, 256, shape)
    assert_integers(module, images, 3, 1 / 255, 255, tmp_path_factory.mktemp("weights"))


@settings(max_examples=20)
@given(networks(levels=7), SEEDS)
def test_a_folded_network_is_given_its_normalisation_back(network, seed):
    folded = fold(network)
    random = np.random.default_rng(seed)
    images = random.random((6, *network.graph.input.shape))
    module = GraphModule(network.graph).double()
    split_batchnorm(module, rounded := _float32(folded), torch.tensor(images))
    with torch.no_grad():
        found = module.eval()(torch.tensor(images)).numpy()
    np.testing.assert_allclose(found, forward(rounded, images), rtol=1e-9, atol=1e-9)


def _float32(network):
    parameters = {name: np.asarray(array, np.float32) for name, array in network.parameters.items()}
    return Network(network.graph, parameters, network.weights_origin)


def test_a_channel_that_a_normalisation_silences_stays_silent_on_the_grid(tmp_path):
    data = training_jobs.examples()
    images = torch.tensor(data.images.astype(np.float32)).permute(0, 3, 1, 2) / 16
    module = lively(training_jobs.residual(), images.double()).float()
    with torch.no_grad():
        module.normalisation("two.bn").weight[2] = 0
    module.settle(IntegerGrid.of(module.network(), 4, 8, data.unit, data.max_code))
    assert (module.network().parameters["two.weight"][2] == 0).all()
    assert_integers(module, data.images, 4, data.unit, data.max_code, tmp_path)


def test_a_channel_behind_one_that_never_fires_leaves_the_layer_its_integers(tmp_path):
    data = training_jobs.examples()
    codes = np.repeat(data.images, 3, axis=3).repeat(2, axis=1).repeat(2, axis=2)
    images = torch.tensor(codes.astype(np.float32)).permute(0, 3, 1, 2) * data.unit
    module = GraphModule(build("mobilenetv2", (3, 16, 16), 10))
    for normalisation in (layer for layer in module.modules() if isinstance(layer, torch.nn.BatchNorm2d)):
        normalisation.momentum = 1.0  # its statistics are those of the last batch
    with torch.no_grad():
        module.normalisation("stem.bn").bias[5] = -100
        module.normalisation("stage1.block1.depthwise.bn").weight[5] = 9
        module.normalisation("stage1.block1.depthwise.bn").bias[5] = 1
        module.train()(images)
        before = module.eval()(images)
        with pytest.raises(ConversionError, match=r"^stage1.block1.depthwise: its largest weight is .* at exponent 0"):
            IntegerGrid.of(module.network(), 4, 8, data.unit, data.max_code)
        module.rest_constant_channels()
        assert module.network().parameters["stage1.block1.depthwise.weight"].any(axis=(1, 2, 3)).sum() == 31
        assert torch.equal(module(images), before)
    module.settle(IntegerGrid.of(module.network(), 4, 8, data.unit, data.max_code))
    assert_integers(module, codes, 4, data.unit, data.max_code, tmp_path)
