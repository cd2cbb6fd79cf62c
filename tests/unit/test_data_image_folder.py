"""Folders of image files: which file is which class, what is cut out of it, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from neurosim.datasets.dataset import dataset
from neurosim.errors import DocumentError
from tests.reference.data_files import pixels


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path, "PNG")  # without loss, whatever its name


def plain(value, rows=16, columns=16):
    return np.full((rows, columns, 3), value, np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Two classes, three files to train on and two to measure on, each of one brightness."""
    for name, value in (
        ("train/tabby/b.JPEG", 30),
        ("train/tabby/a.png", 20),
        ("train/ant/x.jpg", 10),
        ("val/ant/x.JPEG", 40),
        ("val/tabby/x.JPEG", 50),
    ):
        write(tmp_path / name, plain(value))
    (tmp_path / "train" / "tabby" / "notes.txt").write_text("not an image")
    (tmp_path / "train" / ".cache").mkdir()
    return tmp_path


def read(folder, split="test", **options):
    return dataset("image_folder", {"data": str(folder), "size": 14, **options}).read(split)


def refused(folder, split="test", **options):
    with pytest.raises(DocumentError) as caught:
        read(folder, split, **options)
    return str(caught.value)


def test_classes_are_numbered_by_their_names_and_files_come_in_their_order(folder):
    train, test = read(folder, "train"), read(folder)
    assert train.classes == test.classes == ("ant", "tabby")
    assert train.images.shape == (3, 14, 14, 3)
    assert (train.images[:, 0, 0, 0].tolist(), train.labels.tolist()) == ([10, 20, 30], [0, 1, 1])
    assert (test.images[:, 0, 0, 0].tolist(), test.labels.tolist()) == ([40, 50], [0, 1])
    assert test.description == f"{folder.name}/val"


def test_a_few_of_each_class_are_kept_when_asked(folder):
    assert read(folder, "train", per_class=1).images[:, 0, 0, 0].tolist() == [10, 20]


def test_the_folders_may_lie_in_imagenet_and_the_second_be_called_test(tmp_path):
    write(tmp_path / "imagenet" / "test" / "ant" / "x.JPEG", plain(60))
    assert read(tmp_path).images[0, 0, 0].tolist() == [60, 60, 60]


def test_the_middle_of_an_image_is_shown_at_seven_eighths_of_its_shorter_side(tmp_path):
    image = np.zeros((16, 32, 3), np.uint8)
    image[1:15, 9:23] = pixels(14, 14, 3)
    write(tmp_path / "val" / "ant" / "x.png", image)
    assert np.array_equal(read(tmp_path).images[0], image[1:15, 9:23])


def test_every_image_becomes_three_channels_of_the_size_asked_for(tmp_path):
    sizes = [(5, 90), (90, 5), (7, 7), (224, 224)]
    for number, size in enumerate(sizes):
        write(tmp_path / "val" / "grey" / f"{number}.png", np.full(size, 77, np.uint8))
    found = read(tmp_path, size=9)
    assert found.images.shape == (4, 9, 9, 3)
    assert np.unique(found.images).tolist() == [77]


def test_files_that_cannot_be_decoded_are_all_named(folder):
    write(folder / "val" / "ant" / "b.JPEG", pixels(16, 16, 3))
    cut_off = (folder / "val" / "ant" / "b.JPEG").read_bytes()[:-200]
    (folder / "val" / "ant" / "b.JPEG").write_bytes(cut_off)
    (folder / "val" / "tabby" / "a.JPEG").write_bytes(b"text")
    (folder / "val" / "tabby" / "c.JPEG").touch()
    lines = refused(folder).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{folder}/val/ant/b.JPEG: cannot be decoded: ")
    unknown = "cannot be decoded: it is none of PNG, JPEG, BMP, WEBP, PPM, GIF, TIFF"
    assert lines[1] == f"{folder}/val/tabby/a.JPEG: {unknown}"
    assert lines[2] == f"{folder}/val/tabby/c.JPEG: {unknown}"


def test_classes_without_an_image_are_named(folder):
    (folder / "val" / "ant" / "x.JPEG").unlink()
    (folder / "val" / "tabby" / "x.JPEG").rename(folder / "val" / "tabby" / "x.gif")
    assert refused(folder) == f"{folder}/val: no images of ant, tabby; wanted .jpeg .jpg .png .bmp .webp .ppm"


def test_parts_of_different_classes_are_refused(folder):
    (folder / "val" / "bee").mkdir()
    (folder / "train" / "wasp").mkdir()
    assert refused(folder) == f"{folder}/train: lacks the classes bee\n{folder}/val: lacks the classes wasp"


def test_a_folder_without_parts_or_without_classes_is_refused(tmp_path):
    advice = "'data' names the folder that holds its files"
    assert refused(tmp_path) == (
        f"data image_folder: wanted val/CLASS/*.JPEG or test/CLASS/*.JPEG; {tmp_path} holds nothing; {advice}"
    )
    (tmp_path / "val").mkdir()
    assert refused(tmp_path) == f"{tmp_path}/val: no folders of classes in it"
    assert refused(tmp_path, "train") == (
        f"data image_folder: wanted train/CLASS/*.JPEG; {tmp_path} holds val; {advice}"
    )


def test_more_images_than_the_machine_can_hold_are_refused_before_one_is_decoded(folder, monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: 10_000)
    (folder / "train" / "ant" / "x.jpg").write_bytes(b"nobody looks")
    assert refused(folder, "train", size=4096) == (
        "data image_folder: 3 images of 4096 x 4096 pixels take 0.2 GB, this machine has 0.1; keep fewer with "
        "'per_class'"
    )
