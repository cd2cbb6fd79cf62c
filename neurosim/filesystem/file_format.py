"""The format of a file that is no ``.npz``, recognised by its first bytes, and how to convert it.

Users give what their tool wrote: a PyTorch checkpoint, an HDF5 file, a web page in place of a download. The suffix is
ignored, because it is often wrong.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from neurosim.filesystem.ordinary_file import file_size, read_start

START = 2**20  # bytes that are examined: strings in an HDF5 file may be anywhere (our choice)
TORCH_LEGACY = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"  # the number with which torch.save began until 2020
PICKLES = tuple(bytes((0x80, protocol)) for protocol in range(2, 6))
SAVE = "save plain arrays with numpy.savez(FILE, **arrays)"
TORCH = (
    "with PyTorch: state = torch.load(FILE, weights_only=True), then numpy.savez('weights.npz', **{name: "
    "value.float().numpy() for name, value in state.items()}), and give weights.npz"
)
H5PY = f"read its arrays with h5py and {SAVE}"
PHOTO = "a stimulus of kind photo shows it"
UNPACK = "decompress it and give the file within"

KNOWN: Sequence[tuple[int, bytes, str, str]] = (
    (0, b"\x93NUMPY", "one array", "wanted an .npz of several"),
    (0, TORCH_LEGACY, "a PyTorch checkpoint (.pth, .pt) in its old form", TORCH),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file (.mat)", f"read it with scipy.io.loadmat and {SAVE}"),
    (0, b"MATLAB 7.3 MAT-file", "a MATLAB file (.mat, version 7.3)", H5PY),
    (4, b"TFL3", "a TensorFlow Lite model (.tflite)", SAVE),
    (0, b"GGUF", "a GGUF model", SAVE),
    (0, b"\x89PNG\r\n", "a PNG picture", PHOTO),
    (0, b"\xff\xd8\xff", "a JPEG picture", PHOTO),
    (0, b"GIF87a", "a GIF picture", PHOTO),
    (0, b"GIF89a", "a GIF picture", PHOTO),
    (0, b"II*\0", "a TIFF picture", PHOTO),
    (0, b"MM\0*", "a TIFF picture", PHOTO),
    (8, b"WEBP", "a WebP picture", PHOTO),
    (0, b"P5\n", "a PGM picture", PHOTO),
    (0, b"P6\n", "a PPM picture", PHOTO),
    (0, b"\x1f\x8b", "compressed with gzip", UNPACK),
    (0, b"BZh", "compressed with bzip2", UNPACK),
    (0, b"\xfd7zXZ", "compressed with xz", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "compressed with zstd", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (0, b"Rar!", "a RAR archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"PAR1", "a Parquet table", SAVE),
    (0, b"ARROW1", "an Arrow table", SAVE),
    (0, b"SQLite format 3", "an SQLite database", SAVE),
    (0, b"%PDF", "a PDF document", "give the file with the arrays"),
    (0, b"#!AER-DAT", "a recording of events (AEDAT)", "sum its events into frames and save them with numpy.savez"),
    (0, b"\0\0\x08\x01", "an IDX file, as of MNIST", "the data sets mnist and fashion_mnist read such files"),
    (0, b"\0\0\x08\x03", "an IDX file, as of MNIST", "the data sets mnist and fashion_mnist read such files"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch it with 'git lfs pull'"),
)
ARCHIVES: Sequence[tuple[str, str, str]] = (
    ("constants.pkl", "a TorchScript model (.pt)", "save the state dict of the module it was made of, " + TORCH),
    ("data.pkl", "a PyTorch checkpoint (.pth, .pt)", TORCH),
    ("model.weights.h5", "a Keras model (.keras)", f"load it with keras.models.load_model and {SAVE}"),
    ("[Content_Types].xml", "an Office document", "give the file with the arrays"),
    ("META-INF/MANIFEST.MF", "a Java archive", "give the file with the arrays"),
)
HDF5 = b"\x89HDF\r\n\x1a\n"
HDF5_KINDS: Sequence[tuple[bytes, str, str]] = (
    (b"NIRGraph", "a NIR graph (.nir), which is HDF5", f"a network of the zoo may take its weights: {H5PY}"),
    (b"keras_version", "a Keras model (.h5), which is HDF5", f"load it with keras.models.load_model and {SAVE}"),
    (b"model_weights", "a Keras model (.h5), which is HDF5", f"load it with keras.models.load_model and {SAVE}"),
    (b"layer_names", "Keras weights (.h5), which are HDF5", H5PY),
    (b"neuron", "an HDF5 file, perhaps a Lava network (.net)", H5PY),
)


def recognise(path: Path) -> str:
    """Return the format of a file and how to convert it, as ``is a PNG picture; ...``; nothing where it is unknown."""
    start = read_start(path, START)
    if not start:
        return "is empty"
    for offset, magic, what, remedy in KNOWN:
        if start.startswith(magic, offset):
            return f"is {what}; {remedy}"
    if start.startswith(HDF5) or any(start.startswith(HDF5, 512 << power) for power in range(8)):
        what, remedy = next(((what, do) for mark, what, do in HDF5_KINDS if mark in start), ("an HDF5 file", H5PY))
        return f"is {what}; {remedy}"
    if start.startswith(PICKLES):
        return "holds pickled objects, which could run any code; save plain arrays"
    if _is_safetensors(path, start):
        return (
            "is a safetensors file; with numpy.savez('weights.npz', **safetensors.numpy.load_file(FILE)) it becomes "
            "plain arrays"
        )
    if _is_onnx(start, file_size(path)):
        return (
            "is an ONNX model; a network of the zoo may take its weights, saved under the names of its layers with "
            "numpy.savez('weights.npz', **{one.name: onnx.numpy_helper.to_array(one) for one in "
            "onnx.load(FILE).graph.initializer})"
        )
    return _text(start)


def recognise_archive(names: Sequence[str]) -> str:
    """Return what an archive with members of these names is, or nothing where it may hold arrays."""
    for member, what, remedy in ARCHIVES:
        if any(name == member or name.endswith(f"/{member}") for name in names):
            return f"is {what}; {remedy}"
    if names and not any(name.endswith(".npy") for name in names):
        return f"is an archive that holds no arrays; {SAVE}"
    return ""


def _is_safetensors(path: Path, start: bytes) -> bool:
    """Whether the file begins with the length of a JSON object and that object."""
    length = int.from_bytes(start[:8], "little")
    if not 2 <= length <= file_size(path) - 8 or start[8:9] != b"{":
        return False
    if 8 + length > len(start):
        return True
    try:
        return isinstance(json.loads(start[8 : 8 + length]), dict)
    except (ValueError, RecursionError):
        return False


def _is_onnx(start: bytes, size: int) -> bool:
    """Whether the file is an ONNX ModelProto: fields by number, a version (1) and a graph (7) among them.

    Protocol Buffers have no mark at their start; every field is a number and a type, and then a value or a length.
    """
    place = 0
    seen: set[tuple[int, int]] = set()
    while place < min(size, len(start)) and len(seen) < 25:
        key, place = _varint(start, place)
        field, kind = key >> 3, key & 7
        if field not in range(1, 26) or kind not in (0, 2):
            return False
        value, place = _varint(start, place)
        place += value if kind == 2 else 0
        seen.add((field, kind))
        if field == 7:  # the graph may be longer than what was read
            return (1, 0) in seen and kind == 2 and place <= size
    return False


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte and the place behind it."""
    value = shift = 0
    while place < len(content) and shift < 64:
        byte = content[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            break
    return value, place


def _text(start: bytes) -> str:
    """Return what a file of text is, or nothing."""
    beginning = start[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if beginning[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "is a web page; a download answered with it in place of the file"
    if b"\0" in beginning:
        return ""
    try:
        beginning[:1024].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < 1020:
            return ""
    return f"is a file of text; {SAVE}"
