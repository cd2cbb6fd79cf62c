"""A file of another tool is named as what it is, with what to do; nothing is said of how archives are made."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from neurosim.errors import DocumentError
from neurosim.filesystem.array_file import read_all
from tests.reference import data_files

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(100)


def zipped(*names) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")
    return content.getvalue()


def gif() -> bytes:
    content = io.BytesIO()
    Image.fromarray(data_files.pixels(4, 4)).save(content, "GIF")
    return content.getvalue()


def safetensors() -> bytes:
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


def onnx(*, producer: bytes = b"pytorch") -> bytes:
    graph = b"\x0a\x02ab" + b"\x12\x01g"
    return b"\x08\x08" + b"\x12" + bytes([len(producer)]) + producer + b"\x3a" + bytes([len(graph)]) + graph


KINDS = {
    "a PyTorch checkpoint": (zipped("m/data.pkl", "m/version", "m/data/0"), "a PyTorch checkpoint (.pth, .pt)"),
    "a TorchScript model": (zipped("m/data.pkl", "m/constants.pkl", "m/code/a.py"), "a TorchScript model (.pt)"),
    "an old checkpoint": (
        pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + pickle.dumps(1001, protocol=2),
        "a PyTorch checkpoint (.pth, .pt) in its old form",
    ),
    "a Keras model": (zipped("config.json", "metadata.json", "model.weights.h5"), "a Keras model (.keras)"),
    "another archive": (zipped("a.txt"), "an archive that holds no arrays"),
    "HDF5": (HDF5, "an HDF5 file"),
    "HDF5 behind a block": (bytes(512) + HDF5, "an HDF5 file"),
    "a NIR graph": (HDF5 + b"NIRGraph", "a NIR graph (.nir), which is HDF5"),
    "Keras weights": (HDF5 + b"layer_names", "Keras weights (.h5), which are HDF5"),
    "MATLAB": (b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(200), "a MATLAB file (.mat)"),
    "MATLAB 7.3": (b"MATLAB 7.3 MAT-file".ljust(512) + HDF5, "a MATLAB file (.mat, version 7.3)"),
    "safetensors": (safetensors(), "a safetensors file"),
    "ONNX": (onnx(), "an ONNX model"),
    "GIF": (gif(), "a GIF picture"),
    "PNG": (data_files.png(data_files.pixels(4, 4)), "a PNG picture"),
    "gzip": (b"\x1f\x8b\x08", "compressed with gzip"),
    "IDX": (data_files.idx(data_files.pixels(2, 3, 3)), "an IDX file, as of MNIST"),
    "a page": (b"\n<!DOCTYPE html><html>404</html>", "a web page"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer, not the file itself"),
    "text": ("Gewichte: 1, 2, 3 µ".encode(), "a file of text"),
    "one array": (b"\x93NUMPY\x01\x00", "one array"),
}


def refused(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read_all(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", ["npz", "other"])
def test_a_file_is_named_as_what_it_is_whatever_its_suffix(tmp_path, kind, suffix):
    content, wanted = KINDS[kind]
    path = tmp_path / f"weights.{suffix}"
    path.write_bytes(content)
    said = refused(path)
    assert said.startswith(f"is {wanted}; ")
    assert "zip " not in said
    assert "magic" not in said


def test_what_nobody_knows_is_no_file_of_arrays(tmp_path):
    for content, said in [(b"", "is empty"), (bytes(range(1, 256)), "is not an .npz file of arrays")]:
        (tmp_path / "w.npz").write_bytes(content)
        assert refused(tmp_path / "w.npz") == said
    whole = zipped("x.npy")
    (tmp_path / "w.npz").write_bytes(whole[:-10])
    assert refused(tmp_path / "w.npz") == "an .npz that is cut off or damaged; copy it or save it again"


def test_the_advice_for_a_checkpoint_of_pytorch_works(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    state = torch.nn.Linear(3, 2).bfloat16().state_dict()
    torch.save(state, tmp_path / "w.pth")
    said = refused(tmp_path / "w.pth")
    assert said.startswith("is a PyTorch checkpoint (.pth, .pt); with PyTorch: ")
    first, second = said.partition("with PyTorch: ")[2].partition(", and give")[0].split(", then ")
    monkeypatch.chdir(tmp_path)
    exec(f"{first}\n{second}", {"torch": torch, "numpy": np, "FILE": "w.pth"})
    assert read_all(tmp_path / "weights.npz")["weight"].shape == (2, 3)
    torch.save(state, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert refused(tmp_path / "old.pth").startswith("is a PyTorch checkpoint (.pth, .pt) in its old form; ")
