"""Cards of the shipped weights: each is of the file beside it, and says what the file does."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from neurosim.conversion.convert import convert
from neurosim.files.recipe import read_recipe
from neurosim.kinds import data_folder
from neurosim.network.importers.npz import read
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.report import card as text_of
from neurosim.training.recipe import Augmentation

WEIGHTS = data_folder("workloads") / "weights"
CARDS = sorted(WEIGHTS.glob("*.json"))


@pytest.fixture(params=CARDS, ids=[path.stem for path in CARDS])
def path(request) -> Path:
    return request.param


@pytest.fixture
def card(path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


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


def test_the_integers_are_those_of_the_card(path, card):
    weight_bits = card["integers"]["weight_bits"]
    unit, top = {"digits": (1 / 16, 16)}.get(card["recipe"]["data"]["kind"], (1 / 255, 255))
    made = convert(
        read(path.with_suffix(".npz")),
        AccumulateFire(card["activity"]["steps"]),
        weight_bits=weight_bits,
        input_unit=unit,
        input_max=top,
    )
    assert made.neurons == card["network"]["neurons"]
    assert made.weights == card["network"]["weights"]
    assert made.macs == card["network"]["macs"]
    assert sorted({layer.exponent for layer in made.layers[1:]}) == card["integers"]["exponents"]
    assert max(layer.accumulator_bits for layer in made.layers[1:]) == card["integers"]["accumulator_bits"]
    assert card["proof"]["mismatches"] == 0 < card["proof"]["checked"]
