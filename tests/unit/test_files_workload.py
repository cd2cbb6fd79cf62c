"""Workload files: defaults, overrides, inheritance, and every problem at once."""

import numpy as np
import pytest

from neurosim.errors import DocumentError
from neurosim.files.workload import ConversionConfig, read_workload, referenced_files

SMALLEST = """\
network: {zoo: vgg16, input: [3, 32, 32], classes: 10}
chip: loihi_like
energy: {tables: [mine]}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "energy_tables").mkdir()
    (tmp_path / "energy_tables" / "mine.yaml").write_text("id: mine\n")
    (tmp_path / "energy_tables" / "other.yaml").write_text("id: other\n")
    return tmp_path


def workload(folder, text, overrides=()):
    (folder / "w.yaml").write_text(text)
    return read_workload("w.yaml", overrides)


def refusal(folder, text, overrides=()):
    with pytest.raises(DocumentError) as error:
        workload(folder, text, overrides)
    return str(error.value)


def test_only_the_network_the_chip_and_the_energy_have_no_default(folder):
    assert refusal(folder, "seed: 2\n") == (
        "w.yaml:1:1: chip: missing\nw.yaml:1:1: energy: missing\nw.yaml:1:1: network: missing"
    )
    found = workload(folder, SMALLEST)
    assert (found.name, found.seed, found.noc, found.schedules) == ("w", 1, "cycle_accurate", ("layer_by_layer",))
    assert found.conversion == ConversionConfig("accumulate_fire", 4, None, 8, None, {})
    assert (found.stimulus.kind, found.stimulus.images) == ("photo", 1)
    assert (found.mapping.kind, found.mapping.residency) == ("spatial", "resident")
    assert (found.energy.scope, found.energy.widths, found.energy.allow_partial) == ("compute", None, False)
    assert found.network.input == (3, 32, 32)
    assert found.chip.mesh.cores == 400


def test_an_override_changes_the_named_chip_and_its_id_says_so(folder):
    found = workload(folder, SMALLEST, ["chip.mesh.width=8", "chip.mesh.height=12"])
    assert (found.chip.mesh.width, found.chip.mesh.height, found.chip.mesh.cores_per_tile) == (8, 12, 4)
    assert found.chip.id == "loihi_like with mesh.width=8, mesh.height=12"


def test_a_mapping_changes_single_fields_of_its_base(folder):
    found = workload(folder, SMALLEST.replace("loihi_like", "{base: loihi_like, io: {tile: 9}, weight_sharing: false}"))
    assert (found.chip.io.tile, found.chip.io.word_bits, found.chip.weight_sharing) == (9, 32, False)


def test_overrides_are_yaml_or_plain_python_values(folder):
    overrides = [
        "schedules=[pipelined, step_by_step]",
        "conversion.kind=if_soft",
        "energy.scale=stillmaker2017:14nm@0.75V",
    ]
    found = workload(folder, SMALLEST, overrides)
    assert found.schedules == ("pipelined", "step_by_step")
    assert (found.conversion.kind, found.energy.scale) == ("if_soft", "stillmaker2017:14nm@0.75V")
    found = workload(folder, SMALLEST, {"chip.barrier.global_ticks": {1: 2, 100: 3, 4096: 4}})
    assert found.chip.barrier.global_ticks == {1: 2, 100: 3, 4096: 4}
    found = workload(folder, SMALLEST, {"conversion.steps": np.int64(6), "schedules": ("pipelined",)})
    assert (found.conversion.steps, found.schedules) == (6, ("pipelined",))


@pytest.mark.parametrize(
    ("override", "rest"),
    [
        ("chip.mesh.widht=8", ": unknown key; did you mean 'width'?"),
        ("chip.mesh.width=abc", ": 'abc' is not a whole number"),
        ("chip.mesh.width=0", ": 0 is out of range; wanted at least 1"),
        ("chip=lohi_like", ": unknown chip 'lohi_like'; did you mean 'loihi_like'?"),
        ("chip.barrier.global_ticks={1: 3}", ": ends at 1 tiles; the mesh has 100"),
        ("chip=3", ": 3 is not a chip's name, a path or a mapping"),
        ("chip.base=nope.yaml", ": no file 'nope.yaml'"),
        ("noc=lower_bond", ": unknown NoC model 'lower_bond'; did you mean 'lower_bound'?"),
        ("stimulus.images=0", ": 0 is out of range; wanted at least 1"),
        ("conversion.steps=33", ": 33 is out of range; wanted at most 32"),
        ("schedules=[]", ": has 0 entries; wanted at least 1"),
        ("schedules=[pipelnd]", "[0]: unknown schedule 'pipelnd'; did you mean 'pipelined'?"),
        ("network.input=[3, 32]", "[2]: missing"),
        ("network.input=[3, 32, 32, 1]", ": has 4 entries; wanted at most 3"),
        ("network.zoo=vgg61", ": unknown network 'vgg61'; did you mean 'vgg16'?"),
        ("network.options={level: 3}", ".level: unknown option of vgg16; did you mean 'levels'?"),
        ("network.weights=x.npz", ": no file 'x.npz'"),
        ("network.weights=.", ": '.' is a folder; wanted a file"),
        ("network.classes=null", ": missing; a network of the zoo needs 'classes'"),
        ("conversion.kind=acumulate_fire", ": unknown neuron model 'acumulate_fire'; did you mean 'accumulate_fire'?"),
        ("mapping.kind=spacial", ": unknown mapper 'spacial'; did you mean 'spatial'?"),
        ("energy.tables=[mine+minne]", "[0]: unknown energy table 'minne'; did you mean 'mine'?"),
        ("energy.tables=[mine, mine]", "[1]: 'mine' is named twice"),
        ("name=" + "x" * 201, f": '{'x' * 37}...' has 201 characters; wanted at most 200"),
        ("schema=workload", ": 'workload' is not neurosim/workload/1"),
    ],
)  # fmt: skip
def test_a_wrong_override_is_answered_with_itself_and_its_place(folder, override, rest):
    place = override.partition("=")[0]
    assert refusal(folder, SMALLEST, [override]) == f"--set {override}: {place}{rest}"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("chip.mesh.width", "--set chip.mesh.width: wanted NAME=VALUE, such as chip.mesh.width=8"),
        ("=3", "--set =3: wanted NAME=VALUE, such as chip.mesh.width=8"),
        (
            "schedules[9]=pipelined",
            "--set schedules[9]=pipelined: there is no schedules in the file; give the whole list, schedules=[...]",
        ),
        (
            "energy.tables[1]=mine",
            "--set energy.tables[1]=mine: energy.tables has one entry, energy.tables[0]; give the "
            "whole list, energy.tables=[...], to make it longer",
        ),
        (
            "network.input[3]=1",
            "--set network.input[3]=1: network.input has 3 entries, network.input[0] to "
            "network.input[2]; give the whole list, network.input=[...], to make it longer",
        ),
        (
            "network.input.rows=1",
            "--set network.input.rows=1: network.input is a list; wanted network.input[0] or so, "
            "or network.input=[...]",
        ),
        ("a[=3", "--set a[: wanted a place such as chip.mesh.width or compare[0].name"),
        ("seed=a: b: c", "--set seed=a: b: c:1:5: not valid YAML: mapping values are not allowed here"),
        ("network.file=w.yaml", "w.yaml:1:10: network: wanted either 'zoo' or 'file', found both"),
    ],
)
def test_an_override_that_is_none_is_refused(folder, override, message):
    assert refusal(folder, SMALLEST, [override]) == message


def test_an_override_of_nothing_that_exists_is_answered_with_what_does(folder):
    assert refusal(folder, SMALLEST, ["foo.bar=1"]) == (
        "--set foo.bar=1: foo: unknown key; there are: network, chip, energy, schema, name, stimulus, "
        "conversion, mapping, schedules, noc, compare, seed"
    )


def test_all_problems_of_a_file_come_at_once_in_its_order(folder):
    text = """\
network: {zoo: vgg, input: [3, 32, 32], classes: 10}
chip: {base: loihi_like, mesh: {width: two}, io: {tile: -1}}
schedules: [pipelined, pipelined]
energy: {tables: [nine], scope: compute}
compare:
  - {name: a, conversion: {kind: if_sofd}}
  - {name: a, conversion: {kind: if_soft, step: 3}}
"""
    assert refusal(folder, text) == (
        "w.yaml:1:16: network.zoo: unknown network 'vgg'; did you mean 'vgg8'?\n"
        "w.yaml:2:40: chip.mesh.width: 'two' is not a whole number\n"
        "w.yaml:2:57: chip.io.tile: -1 is out of range; wanted at least 0\n"
        "w.yaml:3:24: schedules[1]: 'pipelined' is named twice\n"
        "w.yaml:4:19: energy.tables[0]: unknown energy table 'nine'; did you mean 'mine'?\n"
        "w.yaml:6:34: compare[0].conversion.kind: unknown neuron model 'if_sofd'; did you mean 'if_soft'?\n"
        "w.yaml:7:43: compare[1].conversion.step: unknown key; did you mean 'steps'?"
    )


def test_a_comparison_inherits_steps_widths_and_schedules_but_options_only_of_its_own_kind(folder):
    text = SMALLEST + (
        "conversion: {kind: lif, steps: 6, weight_bits: 4, options: {leak: 1}}\nschedules: [pipelined]\n"
        "compare:\n  - {name: a}\n  - {name: b, conversion: {steps: 2}}\n"
        "  - {name: c, conversion: {kind: if_soft}, schedules: [step_by_step]}\n"
    )
    a, b, c = workload(folder, text).compare
    assert a.conversion == ConversionConfig("lif", 6, None, 4, None, {"leak": 1})
    assert b.conversion == ConversionConfig("lif", 2, None, 4, None, {"leak": 1})
    assert c.conversion == ConversionConfig("if_soft", 6, None, 4, None, {})
    assert (a.schedules, b.schedules, c.schedules) == (("pipelined",), ("pipelined",), ("step_by_step",))


def test_paths_in_a_file_are_relative_to_it_and_those_of_an_override_to_the_user(folder):
    inner = folder / "inner"
    inner.mkdir()
    for name in ("net.npz", "own.yaml", "images.npz", "fire.py"):
        (inner / name).write_text("")
    (inner / "fire.py").write_text('class Fire:\n    kind = "fire"\n\n    def __init__(self, steps):\n        pass\n')
    (folder / "here.npz").write_text("")
    chip = (read_chip_text()).replace("id: loihi_like", "id: chip")
    (inner / "chip.yaml").write_text(chip)
    (inner / "w.yaml").write_text(
        "network: {file: net.npz}\nchip: chip.yaml\nstimulus: {kind: npz, file: images.npz}\n"
        "conversion: {kind: fire.py}\nenergy: {tables: [mine+own.yaml, other]}\n"
    )
    found = read_workload("inner/w.yaml", ["network.weights=here.npz"])
    assert (found.network.file, found.network.weights) == ("inner/net.npz", "here.npz")
    assert (found.chip.id, found.conversion.kind) == ("chip", "inner/fire.py")
    names = {place: [str(path) for path in paths] for place, paths in referenced_files(found).items()}
    assert names == {
        ("network", "file"): ["inner/net.npz"],
        ("network", "weights"): ["here.npz"],
        ("stimulus", "file"): ["inner/images.npz"],
        ("conversion", "kind"): ["inner/fire.py"],
        ("energy", "tables", 0): ["energy_tables/mine.yaml", "inner/own.yaml"],
        ("energy", "tables", 1): ["energy_tables/other.yaml"],
    }


def test_paths_among_the_options_of_data_are_relative_to_the_file_too(folder):
    (folder / "inner").mkdir()
    (folder / "inner" / "w.yaml").write_text(
        f"{SMALLEST}stimulus: {{kind: npz, options: {{file: images.npz}}}}\n"
        "conversion: {calibration: {kind: npz, options: {file: set.npz}}}\n"
        "compare:\n  - {name: a, conversion: {kind: if_soft}}\n"
        "  - {name: b, conversion: {kind: if_soft, calibration: {options: {file: other.npz}}}}\n"
        "  - {name: c, conversion: {calibration: {kind: cifar10, options: {data: ../sets}}}}\n"
    )
    for name in ("inner/images.npz", "inner/set.npz", "inner/other.npz", "here.npz"):
        (folder / name).touch()
    found = read_workload("inner/w.yaml")
    assert found.stimulus.options == {"file": "inner/images.npz"}
    conversions = [found.conversion, *(other.conversion for other in found.compare)]
    assert [conversion.calibration.options for conversion in conversions] == [
        {"file": "inner/set.npz"},
        {"file": "inner/set.npz"},
        {"file": "inner/other.npz"},
        {"data": "inner/../sets"},
    ]
    overridden = read_workload("inner/w.yaml", ["stimulus.options.file=here.npz"])
    assert overridden.stimulus.options == {"file": "here.npz"}


def test_files_among_the_options_of_data_are_files_of_the_workload(folder):
    text = SMALLEST + (
        "stimulus: {kind: npz, options: {file: images.npz}}\n"
        "conversion: {calibration: {kind: npz, options: {file: set.npz}}}\ncompare: [{name: a}]\n"
    )
    for name in ("images.npz", "set.npz"):
        (folder / name).touch()
    names = {place: [str(path) for path in paths] for place, paths in referenced_files(workload(folder, text)).items()}
    assert names == {
        ("stimulus", "options", "file"): ["images.npz"],
        ("conversion", "calibration", "options", "file"): ["set.npz"],
        ("compare", 0, "conversion", "calibration", "options", "file"): ["set.npz"],
        ("energy", "tables", 0): ["energy_tables/mine.yaml"],
    }


def test_files_among_the_options_of_data_that_are_not_there_are_named_with_the_nearest(folder):
    (folder / "images.npz").touch()
    text = SMALLEST + (
        "stimulus: {kind: npz, options: {file: image.npz}}\n"
        "conversion: {calibration: {kind: npz, options: {file: set}}}\n"
    )
    with pytest.raises(DocumentError) as refused:
        workload(folder, text)
    assert str(refused.value).splitlines() == [
        "w.yaml:4:39: stimulus.options.file: no file 'image.npz'; did you mean 'images.npz'?",
        "w.yaml:5:55: conversion.calibration.options.file: no file 'set'",
    ]


def test_a_path_may_begin_at_home(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder / "home"))
    (folder / "home").mkdir()
    (folder / "home" / "images.npz").touch()
    text = SMALLEST + "stimulus: {kind: npz, file: ~/images.npz}\n"
    assert workload(folder, text).stimulus.file == str(folder / "home" / "images.npz")


def test_images_are_shown_from_the_files_to_measure_on_and_calibration_is_from_those_to_train_on(folder):
    (folder / "sets").mkdir()
    batches = [f"sets/data_batch_{number}.bin" for number in range(1, 6)]
    for name in (*batches, "sets/test_batch.bin"):
        (folder / name).touch()
    shown = "{kind: cifar10, options: {data: sets}}"
    text = f"{SMALLEST}stimulus: {shown}\nconversion: {{calibration: {shown}}}\ncompare: [{{name: a}}]\n"
    names = {place: [str(path) for path in paths] for place, paths in referenced_files(workload(folder, text)).items()}
    assert names == {
        ("stimulus", "options", "data"): ["sets/test_batch.bin"],
        ("conversion", "calibration", "options", "data"): batches,
        ("compare", 0, "conversion", "calibration", "options", "data"): batches,
        ("energy", "tables", 0): ["energy_tables/mine.yaml"],
    }


def read_chip_text():
    from neurosim.plugins import data_file

    return data_file("chips", "loihi_like").read_text()


def test_a_bare_name_is_a_workload_of_the_current_folder(folder):
    (folder / "workloads").mkdir()
    (folder / "workloads" / "small.yaml").write_text(SMALLEST)
    assert read_workload("small").name == "small"
    with pytest.raises(DocumentError, match=r"^unknown workload 'smal'; did you mean 'small'\?$"):
        read_workload("smal")
