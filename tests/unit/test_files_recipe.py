"""Paths in a training recipe: whose they are relative to."""

from pathlib import Path

import pytest

from neurosim.errors import DocumentError
from neurosim.files.recipe import read_recipe
from tests.reference.training_jobs import write_data, write_recipe


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A recipe, its data and a weight file in ``lessons``, below the current directory."""
    monkeypatch.chdir(tmp_path)
    folder = Path("lessons")
    folder.mkdir()
    write_data(folder / "tiny.npz")
    (folder / "first.npz").touch()
    write_recipe(folder / "tiny.yaml", start="first.npz")
    return folder


def test_the_paths_in_a_recipe_are_relative_to_it(lessons):
    recipe = read_recipe(lessons / "tiny.yaml")
    assert (recipe.start, recipe.data.options["file"]) == ("lessons/first.npz", "lessons/tiny.npz")
    write_recipe(lessons / "folder.yaml", data="{kind: cifar10, options: {data: ../sets}}")
    assert read_recipe(lessons / "folder.yaml").data.options == {"data": "lessons/../sets"}


def test_a_path_that_is_whole_stays_as_it_is_and_one_that_begins_at_home_becomes_so(lessons, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for written, meant in ((tmp_path / "sets", tmp_path / "sets"), ("~/sets", tmp_path / "home" / "sets")):
        write_recipe(lessons / "folder.yaml", data=f"{{kind: cifar10, options: {{data: {written}}}}}")
        assert read_recipe(lessons / "folder.yaml").data.options == {"data": str(meant)}


def test_the_paths_of_an_override_are_relative_to_the_current_directory(lessons):
    write_data(Path("own.npz"))
    recipe = read_recipe(lessons / "tiny.yaml", ["data.options.file=own.npz"])
    assert recipe.data.options["file"] == "own.npz"


def test_a_file_that_is_not_there_is_named_from_the_current_directory_with_the_nearest(lessons):
    write_recipe(lessons / "tiny.yaml", data="{kind: npz, options: {file: tini.npz}}")
    with pytest.raises(DocumentError) as refused:
        read_recipe(lessons / "tiny.yaml")
    assert str(refused.value) == (
        "lessons/tiny.yaml:3:35: data.options.file: no file 'lessons/tini.npz'; did you mean 'tiny.npz'?"
    )
