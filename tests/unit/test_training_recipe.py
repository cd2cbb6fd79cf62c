"""A training run's parts: who decays, how fast it learns, what spikes cost, and images varied as said."""

import dataclasses
import importlib.util
import math

import numpy as np
import pytest

from neurosim.training.augmentation import crop, vary
from neurosim.training.recipe import Augmentation, Sparsity
from tests.reference import training_jobs as tiny

IMAGES = np.random.default_rng(1).integers(1, 256, (200, 7, 6, 3)).astype(np.uint8)  # none is 0, so what is 0 was made


def varied(seed=1, **how):
    return vary(IMAGES, Augmentation(**how), np.random.default_rng(seed))


def test_images_that_are_not_to_be_varied_are_not():
    assert np.array_equal(varied(), IMAGES)


def test_a_mirrored_image_is_whole_and_about_half_of_them_are():
    same = (varied(mirror=True) == IMAGES).all(axis=(1, 2, 3))
    mirrored = (varied(mirror=True) == IMAGES[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same | mirrored).all()
    assert 70 < mirrored.sum() < 130


def test_a_shifted_image_is_the_same_elsewhere_and_empty_where_it_left():
    padded = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)))
    seen = set()
    for number, image in enumerate(varied(shift=2)):
        windows = {
            (down, right): padded[number, down : down + 7, right : right + 6] for down in range(5) for right in range(5)
        }
        (place,) = [place for place, window in windows.items() if np.array_equal(window, image)]
        seen.add(place)
    assert len(seen) == 25


def test_a_cutout_blanks_one_square_of_all_channels_that_may_hang_over_the_edge():
    whole = 0
    for before, after in zip(IMAGES, varied(cutout=3), strict=True):
        blank = (after == 0).all(axis=2)
        rows, columns = np.flatnonzero(blank.any(axis=1)), np.flatnonzero(blank.any(axis=0))
        assert 0 < len(rows) <= 3
        assert 0 < len(columns) <= 3
        assert blank.sum() == len(rows) * len(columns)
        assert np.array_equal(after[~blank], before[~blank])
        whole += len(rows) == len(columns) == 3
    assert whole > 50


def test_a_crop_is_a_square_of_the_image_from_anywhere_in_it():
    cropped, seen = crop(IMAGES, 4, np.random.default_rng(1)), set()
    for image, part in zip(IMAGES, cropped, strict=True):
        windows = {(row, column): image[row : row + 4, column : column + 4] for row in range(4) for column in range(3)}
        (place,) = [place for place, window in windows.items() if np.array_equal(window, part)]
        seen.add(place)
    assert len(seen) == 12


def test_images_given_are_never_written_to():
    before = IMAGES.copy()
    varied(shift=1, mirror=True, cutout=4)
    assert np.array_equal(IMAGES, before)


needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch, which the extra 'train' has, is not installed"
)


@pytest.fixture
def trainer(tmp_path):
    from neurosim.training.trainer import Trainer

    def make(graph=None, images=40, **changes):
        recipe = tiny.recipe(**changes)
        return Trainer(recipe, graph or tiny.job().graph, tiny.examples(images), tiny.examples(12), tmp_path)

    return make


@needs_torch
def test_weights_of_layers_decay_and_nothing_else_does(trainer):
    made = trainer(weight_decay=0.25)
    names = {id(tensor): name for name, tensor in made.module.parameters_by_name().items()}
    by_decay = {
        group["weight_decay"]: {names[id(tensor)] for tensor in group["params"]}
        for group in made.optimiser.param_groups
    }
    decayed = {"conv1.weight", "conv2.weight", "conv3.weight", "classifier.weight"}
    assert by_decay == {0.25: decayed, 0.0: set(names.values()) - decayed}
    assert {"conv1.bn.weight", "conv1.act.lam", "classifier.bias"} < by_decay[0.0]


@needs_torch
def test_the_rate_rises_along_a_line_and_falls_along_half_a_cosine_to_zero(trainer):
    made = trainer(epochs=5, warmup=0.2, rate=0.5)
    rates = []
    for epoch in range(5):
        for batch in range(4):
            made.position = dataclasses.replace(made.position, epoch=epoch, batch=batch)
            rates.append(made._rate())
    rise = [0.5 * (batch + 1) / 5 for batch in range(4)]
    fall = [0.25 * (1 + math.cos(math.pi * batch / 16)) for batch in range(16)]
    assert rates == pytest.approx(rise + fall, rel=1e-12)


def entering_stem(trainer):
    """Return a list that gets what enters the layer ``stem`` at each evaluation of a trainer's network."""
    entered, evaluate = [], trainer.module._evaluate

    def watched(node, sources):
        if node.name == "stem":
            entered.append(sources[0].numpy())
        return evaluate(node, sources)

    trainer.module._evaluate = watched
    return entered


@needs_torch
def test_crops_are_learnt_from_over_the_first_epochs_alone(trainer):
    made = trainer(tiny.residual(), epochs=3, augmentation=Augmentation(1, crop=6, crop_epochs=2))
    entered = entering_stem(made)
    for epoch in range(3):
        made.position = dataclasses.replace(made.position, epoch=epoch)
        made._step(np.arange(10))
    assert [images.shape[2:] for images in entered] == [(6, 6), (6, 6), (8, 8)]


@needs_torch
def test_crops_are_of_the_images_as_they_were_varied(trainer):
    made = trainer(tiny.residual(), augmentation=Augmentation(1, True, 3, crop=6, crop_epochs=2))
    made.position = dataclasses.replace(made.position, epoch=1, batch=3)
    seen = entering_stem(made)
    made._step(np.arange(10))
    random = np.random.default_rng((made.recipe.seed, 1, 3))  # seed, epoch and batch
    varied = vary(made.train.images[:10], made.recipe.augmentation, random)
    assert np.array_equal(16 * seen[0].transpose(0, 2, 3, 1), crop(varied, 6, random))


@needs_torch
def test_one_coefficient_in_three_normalisations_has_the_same_gradients(trainer):
    made = trainer()
    batch, neurons, found = 10, made.module.graph.neurons, {}
    coefficients = {"neuron": 0.5, "sample": 0.5 / neurons, "sum": 0.5 / neurons / batch}
    for normalisation, coefficient in coefficients.items():
        own = trainer(sparsity=Sparsity(coefficient, normalisation))
        own._step(np.arange(10))
        found[normalisation] = {name: tensor.grad for name, tensor in own.module.parameters_by_name().items()}
        (penalty,) = {activation.penalty for activation in own.module.activations.values()}
        assert penalty == pytest.approx(4 * 0.5 / batch / neurons, rel=1e-12)  # T x coefficient
    free = trainer()
    free._step(np.arange(10))
    for name, tensor in free.module.parameters_by_name().items():
        assert np.allclose(found["sample"][name], found["neuron"][name], rtol=1e-4, atol=1e-7)
        assert np.allclose(found["sum"][name], found["neuron"][name], rtol=1e-4, atol=1e-7)
        if not name.startswith("classifier"):  # the penalty is on activations, the last layer has none
            assert not np.allclose(tensor.grad, found["neuron"][name], rtol=1e-4, atol=1e-7)


@needs_torch
def test_a_set_smaller_than_a_batch_is_one_batch_and_spikes_cost_by_its_own_size(trainer):
    made = trainer(images=4, sparsity=Sparsity(1.0, "sample"))
    assert made.batches == 1
    assert {activation.penalty for activation in made.module.activations.values()} == {4 * 1.0 / 4}


@needs_torch
def test_training_on_integers_with_residual_branches_is_what_the_integers_do(trainer):
    import torch

    from neurosim.conversion.convert import convert
    from neurosim.evaluation.counters import evaluate_codes
    from neurosim.neurons.accumulate_fire import AccumulateFire

    made = trainer(tiny.residual(), epochs=3, integer_epochs=2)
    list(made.epochs(lambda name, total: lambda: None))
    shown = tiny.examples(100, seed=3)
    spiking = convert(made.network(), AccumulateFire(4), input_unit=shown.unit, input_max=shown.max_code)
    found = evaluate_codes(spiking, shown.images, shown.labels)
    right, spikes = made._evaluate(shown)
    assert (right, spikes) == (found.correct, int(found.spikes.sum()))
    assert torch.is_grad_enabled()
