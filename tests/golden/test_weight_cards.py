"""Cards of the shipped weights: each is of the file beside it, and says what the file does."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from neurosim.conversion.convert import convert
from neurosim.conversion.spiking import SpikingNetwork
from neurosim.datasets.digits import DigitsDataset
from neurosim.evaluation.counters import evaluate_codes
from neurosim.files.recipe import read_recipe
from neurosim.network.forward import forward
from neurosim.network.importers.npz import read
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.plugins import data_folder
from neurosim.report.terminal import model_card as text_of
from neurosim.training.recipe import Augmentation

WEIGHTS = data_folder("workloads") / "weights"
CARDS = sorted(WEIGHTS.glob("*.json"))
assert CARDS, "no cards, so nothing is looked at"


@pytest.fixture(scope="module", params=CARDS, ids=[path.stem for path in CARDS])
def path(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def card(path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(path, card) -> SpikingNetwork:
    """The integers of the card."""
    unit, top = {"digits": (1 / 16, 16)}.get(card["recipe"]["data"]["kind"], (1 / 255, 255))
    return convert(
        read(path.with_suffix(".npz")),
        AccumulateFire(card["activity"]["steps"]),
        weight_bits=card["integers"]["weight_bits"],
        input_unit=unit,
        input_max=top,
    )


def test_a_card_is_of_the_weights_beside_it(path, card):
    weights = path.with_suffix(".npz")
    assert card["weights"] == {"file": weights.name, "sha256": sha256(weights.read_bytes()).hexdigest()}


def test_a_card_says_how_the_weights_were_made(path, card):
    recipe = read_recipe_without_start(path.with_suffix(".yaml"))
    augmentation = {**asdict(Augmentation()), **card["recipe"]["augmentation"]}  # crops came after the first cards
    stated = {**card["recipe"], "start": None, "augmentation": augmentation}
    assert stated == json.loads(json.dumps(recipe))
    assert [epoch["number"] for epoch in card["epochs"]] == list(range(1, recipe["epochs"] + 1))


def read_recipe_without_start(path: Path) -> dict:
    """The recipe as the card has it; what it began with need not be here."""
    return asdict(read_recipe(path, ["start=null"]))


def test_a_card_as_a_person_reads_it_is_the_card(path, card):
    assert path.with_suffix(".md").read_text(encoding="utf-8") == text_of.text(card)


def test_the_integers_are_those_of_the_card(made, card):
    assert made.neurons == card["network"]["neurons"]
    assert made.weights == card["network"]["weights"]
    assert made.macs == card["network"]["macs"]
    assert sorted({layer.exponent for layer in made.layers[1:]}) == card["integers"]["exponents"]
    assert max(layer.accumulator_bits for layer in made.layers[1:]) == card["integers"]["accumulator_bits"]
    assert card["proof"]["mismatches"] == 0 < card["proof"]["checked"]


def test_the_spikes_of_a_card_are_the_sum_of_those_of_its_layers(made, card):
    activity, images = card["activity"], card["accuracy"]["images"]
    layers = [made.layers[number] for number in made.spiking]
    assert [layer["layer"] for layer in activity["by_layer"]] == [layer.name for layer in layers]
    spikes = [
        told["spikes_per_neuron"] * layer.neurons * images
        for told, layer in zip(activity["by_layer"], layers, strict=True)
    ]
    assert round(activity["spikes_per_neuron"] * made.neurons * images) == sum(map(round, spikes))


def test_the_digits_are_answered_as_their_card_says():
    card = json.loads((WEIGHTS / "digits_cnn.json").read_text(encoding="utf-8"))
    network, digits = read(WEIGHTS / "digits_cnn.npz"), DigitsDataset().read("test")
    spiking = convert(network, AccumulateFire(4), input_unit=digits.unit, input_max=digits.max_code)
    found = evaluate_codes(spiking, digits.images, digits.labels)
    answers = forward(network, digits.images.transpose(0, 3, 1, 2) * digits.unit).argmax(axis=1)
    right = int((answers == digits.labels).sum())
    assert card["accuracy"] == {"images": 400, "float_correct": right, "integer_correct": found.correct}
    by_layer = found.spikes[list(spiking.spiking)].sum(axis=1) / 400
    assert card["activity"] == {
        "steps": 4,
        "spikes_per_neuron": found.spikes_per_neuron,
        "additions_per_image": found.additions_per_image,
        "by_layer": [
            {"layer": spiking.layers[number].name, "spikes_per_neuron": spikes / spiking.layers[number].neurons}
            for number, spikes in zip(spiking.spiking, by_layer, strict=True)
        ],
    }
    assert (found.correct, round(found.spikes_per_neuron, 3)) == (396, 0.721)
