"""Chip files: the shipped ones, and what no chip can be."""

from dataclasses import replace

import pytest

from neurosim.errors import DocumentError
from neurosim.experiments.simulate import prepare
from neurosim.files.chip import read_chip
from neurosim.mapping.partitioning.axons import axons
from neurosim.mapping.partitioning.core_demand import stored_bits
from neurosim.plugins import data_file, data_names


@pytest.mark.parametrize("name", data_names("chips"))
def test_every_shipped_chip_is_sound_and_named_as_its_file(name):
    assert read_chip(name).id == name


def test_the_loihi_files_hold_the_published_times_in_nanoseconds():
    chip = read_chip("loihi1_davies2018")
    times = {
        "synapse": chip.synapse_unit.accumulate_ticks,
        "active": chip.neuron_unit.visit_active_ticks,
        "inactive": chip.neuron_unit.visit_inactive_ticks,
        "within tile": chip.mesh.local_ticks,
        "E-W": chip.mesh.hop_ew_ticks,
        "N-S": chip.mesh.hop_ns_ticks,
        "barrier of 1": chip.barrier.global_ticks[1],
        "barrier of 32": chip.barrier.global_ticks[32],
    }
    assert {part: round(ticks * chip.tick_ns, 1) for part, ticks in times.items()} == {
        "synapse": 3.5,
        "active": 8.4,
        "inactive": 5.3,
        "within tile": 2.1,
        "E-W": 4.1,
        "N-S": 6.5,
        "barrier of 1": 113.0,
        "barrier of 32": 465.0,
    }
    assert (chip.mesh.width, chip.mesh.height, chip.mesh.cores) == (8, 4, 128)
    assert chip.capacity.synapse_memory_bits == 16_384 * 64
    assert not chip.synchronous


def test_the_two_loihi_files_differ_in_times_and_words_only():
    published, fitted = read_chip("loihi1_davies2018"), read_chip("loihi1_silicon_fit")
    assert published.capacity == fitted.capacity
    assert (published.mesh.width, published.mesh.height) == (fitted.mesh.width, fitted.mesh.height)
    assert (published.io, published.offchip, published.tick_ns) == (fitted.io, fitted.offchip, fitted.tick_ns)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mesh": {"width": 0}}, "mesh.width: 0 is out of range; wanted at least 1"),
        ({"mesh": {"cores_per_tile": 59}}, "mesh.cores_per_tile: 59 is out of range; wanted at most 58"),
        ({"mesh": {"hop_ew_ticks": 0}}, "mesh.hop_ew_ticks: 0 is out of range; wanted at least 1"),
        ({"mesh": {"local_ticks": -1}}, "mesh.local_ticks: -1 is out of range; wanted at least 0"),
        ({"neuron_unit": {"shift": {"lanes": 0}}},
         "neuron_unit.shift.lanes: 0 is out of range; wanted at least 1"),
        ({"io": {"tile": 100}}, "io.tile: 100 is not on the mesh of 10 x 10 tiles, 0..99"),
        ({"tick_ns": 0}, "tick_ns: 0 is out of range; wanted more than 0.0"),
        ({"synapse_unit": {"word_bits": 4}},
         "capacity.weight_bits: 8 bits do not fit the synapse memory's words of 4 bits"),
        ({"capacity": {"accumulator_bits": 7}}, "capacity.weight_bits: 8 bits do not fit an accumulator of 7 bits"),
        ({"capacity": {"accumulator_bits": 64}}, "capacity.accumulator_bits: 64 is out of range; wanted at most 63"),
        ({"capacity": {"synapse_memory_bits": 63}},
         "capacity.synapse_memory_bits: 63 bits do not hold one word of 64 bits"),
        ({"neuron_unit": {"visit_inactive_ticks": 2, "visit_active_ticks": 1}},
         "neuron_unit.visit_active_ticks: 1 is less than visit_inactive_ticks, 2"),
        ({"barrier": {"global_ticks": {1: 1, 256: 128, 1024: 81}}},
         "barrier.global_ticks[1024]: 81 ticks for 1024 tiles are fewer than 128 for 256"),
        ({"barrier": {"global_ticks": {2: 1, 256: 2}}}, "barrier.global_ticks: begins at 2 tiles; wanted 1"),
        ({"barrier": {"global_ticks": {}}}, "barrier.global_ticks: is empty; wanted ticks for 1 tile at least"),
        ({"mesh": {"height": 500}}, "barrier.global_ticks: ends at 4096 tiles; the mesh has 5,000"),
        ({"zero_weights": "skp"}, "zero_weights: 'skp' is not one of add, skip; did you mean 'skip'?"),
    ],
)  # fmt: skip
def test_a_chip_without_sense_is_refused_at_the_field(changes, message):
    with pytest.raises(DocumentError) as error:
        read_chip({"base": "loihi_like", **changes})
    assert message in [f"{problem.place}: {problem.message}" for problem in error.value.problems]


def test_a_problem_of_the_base_is_shown_in_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = data_file("chips", "loihi_like").read_text().replace("id: loihi_like", "id: mine")
    (tmp_path / "mine.yaml").write_text(text.replace("width: 10 ", "width: ten "))
    with pytest.raises(DocumentError) as error:
        read_chip("mine.yaml")
    assert str(error.value) == "mine.yaml:8:10: mesh.width: 'ten' is not a whole number"


def test_a_chip_file_is_named_after_its_id(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(data_file("chips", "loihi_like").read_text())
    with pytest.raises(DocumentError) as error:
        read_chip("mine.yaml")
    assert str(error.value) == "mine.yaml:3:5: id: 'loihi_like' is not the file's name, 'mine'"


def test_an_empty_barrier_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = data_file("chips", "loihi_like").read_text().replace("id: loihi_like", "id: mine").splitlines()
    emptied = ["  global_ticks: {}" if "global_ticks" in line else line for line in lines]
    (tmp_path / "mine.yaml").write_text("\n".join(emptied))
    with pytest.raises(DocumentError, match=r"barrier.global_ticks: is empty; wanted ticks for 1 tile at least$"):
        read_chip("mine.yaml")


def test_a_note_about_a_field_is_not_said_of_a_chip_that_has_it_otherwise():
    """What a chip file says of its clock holds only for that clock."""
    said = {name: read_chip(name).notes for name in data_names("chips")}
    assert said["loihi_like"] == ("a modelled chip: no silicon of it exists, and 1 GHz is a choice",)
    for name, notes in said.items():
        same = read_chip({"base": name, "tick_ns": read_chip(name).tick_ns, "title": "other"})
        slower = read_chip({"base": name, "tick_ns": 7.0})
        assert same.notes == notes
        assert slower.notes
        assert not any(word in note for note in slower.notes for word in ("1 GHz", "0.1 ns", "30.0 ns"))
    assert read_chip({"base": "loihi1_davies2018", "mesh": {"width": 4}}).notes == tuple(
        note for note in said["loihi1_davies2018"] if "8 x 4" not in note
    )


def test_a_chip_of_ones_own_has_its_own_notes():
    assert read_chip({"base": "loihi_like", "tick_ns": 7.0, "notes": ["1 GHz no more"]}).notes == ("1 GHz no more",)


def test_what_the_default_chip_says_of_vgg16_is_what_the_mapper_makes_of_it():
    """The figures in the comments of ``chips/loihi_like.yaml``, computed again."""
    prepared = prepare("vgg16", {"compare": []})
    spec, network, placement = prepared.workload.chip, prepared.cases[0].network, prepared.cases[0].placement
    unrolled = replace(spec, weight_sharing=False)
    bits = sum(
        int(stored_bits(layer, placement[number], network.weight_bits, unrolled).sum())
        for number, layer in enumerate(network.layers[1:], start=1)
    )
    counted = axons(network, placement, spec)[1:]
    text = data_file("chips", "loihi_like").read_text()
    assert (
        f"unrolled, VGG16's weights would take {bits / 8 / 2**20:.0f} MiB, "
        f"{bits / (network.weights * network.weight_bits):.0f} times as much"
    ) in text
    assert f"4 steps needs {max(layer.accumulator_bits for layer in network.layers)} " in text
    assert f"VGG16 takes {placement.cores_used}," in text
    assert f"VGG16 needs {max(inputs.max() for inputs, _ in counted):,} at most" in text
    assert f"VGG16 needs {max(outputs.max() for _, outputs in counted):,} at most" in text
