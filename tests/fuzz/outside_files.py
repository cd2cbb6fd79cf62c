"""Files of other people, spoilt: each form is written whole, changed by a seed, and read as a command reads it.

A mutation is of bytes (changed, cut off, repeated, put in), of the header of one array, or of what the file holds: an
array of another type or shape, one that is none, a name twice, a checksum that fits.
"""

import gzip
import io
import struct
import zipfile

import numpy as np
from PIL import Image

from neurosim.datasets.dataset import dataset
from neurosim.network.importers import edges, npz, weights
from neurosim.network.zoo import build
from neurosim.stimuli.encode import encode
from tests.reference import data_files

SHAPE, CLASSES = (1, 8, 8), 3
PIXELS = data_files.pixels(6, 8, 8)
LABELS = np.array([0, 1, 2, 0, 1, 2])
GRAPH = build("lenet", (1, 16, 16), CLASSES)


def arrays_of_weights():
    random = np.random.default_rng(1)
    arrays = {name: np.abs(random.normal(1, 0.1, shape)).astype("f4") for name, shape in GRAPH.parameters.items()}
    options = '{"activation": "clipped"}'
    return {"network": "lenet", "input": (1, 16, 16), "classes": CLASSES, "levels": 3, "options": options, **arrays}


def arrays_of_graph():
    return {"x": np.eye(5, 4, dtype=np.uint8), "y": [0, 1, 2, 0, 1], "edges": [[0, 1], [1, 2], [3, 4]], "test": [1, 2]}


def arrays_of_copy():
    images = data_files.pixels(3, 32, 32, 3)
    files = [data_files.png(image) for image in images]
    joined = np.frombuffer(b"".join(files), np.uint8)
    offset = np.cumsum([0, *map(len, files)])
    return {"jpeg": joined, "offset": offset, "label": LABELS[:3], "is_train": np.zeros(3, bool)}


def pack(arrays, method=zipfile.ZIP_DEFLATED):
    """The bytes of an .npz, each array as its bytes, which need be those of no array."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, member in arrays:
            archive.writestr(f"{name}.npy", member)
    return content.getvalue()


def member(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def picture(kind):
    content = io.BytesIO()
    Image.fromarray(data_files.pixels(12, 12, 3)).save(content, kind)
    return content.getvalue()


def records():
    return b"".join(bytes([label]) + bytes(3 * 32 * 32) for label in range(3))


def of_folder(folder, kind):
    return lambda: dataset(kind, {"data": str(folder)}).read("test")


# Each form: where the file lies, its arrays or its bytes, and the ways in which it is read.
ARRAYS = {
    "w.npz": (arrays_of_weights, lambda path: [lambda: npz.read(path), lambda: weights.read(path, GRAPH)]),
    "shown.npz": (
        lambda: {"x": PIXELS, "y": LABELS},
        lambda path: [
            lambda: encode("npz", 4, SHAPE, file=str(path)),
            lambda: dataset("npz", {"file": str(path)}).read("train"),
        ],
    ),
    "counts.npz": (
        lambda: {"x_train": PIXELS.astype("i2"), "y_train": LABELS, "x_test": PIXELS.astype("i2"), "y_test": LABELS},
        lambda path: [
            lambda: dataset("npz", {"file": str(path)}).read("train"),
            lambda: dataset("npz", {"file": str(path)}).read("test"),
        ],
    ),
    "graph.npz": (
        arrays_of_graph,
        lambda path: [lambda: edges.read(path, 5), lambda: encode("graph", 1, (4, 5, 1), file=str(path))],
    ),
    "mnist.npz": (
        lambda: {"x_test": data_files.pixels(6, 28, 28), "y_test": LABELS},
        lambda path: [of_folder(path.parent, "mnist")],
    ),
    "cifar10_jpeg.npz": (arrays_of_copy, lambda path: [of_folder(path.parent, "cifar10")]),
}
BYTES = {
    "one.npy": (lambda: member(PIXELS), lambda path: [lambda: npz.read(path)]),
    "t10k-images-idx3-ubyte": (
        lambda: data_files.idx(data_files.pixels(6, 28, 28)),
        lambda path: [of_folder(path.parent, "mnist")],
    ),
    "t10k-images-idx3-ubyte.gz": (
        lambda: gzip.compress(data_files.idx(data_files.pixels(6, 28, 28))),
        lambda path: [of_folder(path.parent, "mnist")],
    ),
    "test_batch.bin.gz": (lambda: gzip.compress(records()), lambda path: [of_folder(path.parent, "cifar10")]),
    **{
        f"photo.{kind}": (
            lambda kind=kind: picture(kind),
            lambda path: [lambda: encode("photo", 2, (3, 8, 8), file=str(path))],
        )
        for kind in ("PNG", "JPEG", "PPM", "GIF", "BMP")
    },
    "val/ant/x.ppm": (
        lambda: picture("PPM"),
        lambda path: [lambda: dataset("image_folder", {"data": str(path.parents[2]), "size": 8}).read("test")],
    ),
}
DTYPES = ("|b1", "<f2", "<f4", ">f8", "<c8", "|V2", "|V7", "<U3", "|S2", ">u2", "<u8", ">i8", "<M8[s]", "|i1", "<f16")
TEXTS = (
    b"'(' ", b"\0", b"((((((((", b"9" * 5000, b"-1", b"1e9", b"True", b"None", b"2**63", b"9223372036854775808",
    b"4611686018427387904", b"'O'", b"'|V2'", b"'<U99999999'", b"[('a', '<f4')]", b"()", b"{}", b"3L", b"\xff", b"not ",
)  # fmt: skip
VALUES = (np.nan, np.inf, -np.inf, -1, 0, 2**31, 2**62, 2**63, -(2**63), 0.5, 1e308, 1e-320)


def changed(content, random):
    """Return bytes with a few of them changed, cut off, repeated or put in."""
    content = bytearray(content)
    for _ in range(random.integers(1, 5)):
        place = int(random.integers(0, max(len(content), 1)))
        match random.integers(0, 6):
            case 0 | 1:
                content[place : place + 1] = bytes([random.choice([0, 1, 0x7F, 0x80, 0xFF, random.integers(0, 256)])])
            case 2:
                del content[place:]
            case 3:
                content[place:place] = content[place : place + int(random.integers(1, 99))]
            case 4:
                content[place:place] = random.bytes(int(random.integers(1, 9)))
            case _:
                content[place : place + 4] = struct.pack("<I", int(random.integers(0, 2**32)))
    return bytes(content)


def with_header(array, random):
    """Return a member whose header is spoilt, its length as it should be or not."""
    content = member(array)
    end = 10 + int.from_bytes(content[8:10], "little")
    header = bytearray(content[10:end])
    start = int(random.integers(0, len(header)))
    text = TEXTS[random.integers(0, len(TEXTS))]
    match random.integers(0, 3):
        case 0:
            header[start : start + len(text)] = text
        case 1:
            header[start] = int(random.integers(0, 256))
        case _:
            shape = bytes(header).find(b"'shape': ") + 9
            header[shape : bytes(header).find(b")", shape) + 1] = b"(" + text + b", )"
    size = len(header) if random.random() < 0.7 else int(random.integers(0, 2**16))
    return content[:8] + struct.pack("<H", size & 0xFFFF) + bytes(header) + content[end:]


def other(array, random):
    """Return the member of an array of another type, shape or with another value; sometimes of no array."""
    array = np.asarray(array)
    match random.integers(0, 6):
        case 0:
            dtype = np.dtype(DTYPES[random.integers(0, len(DTYPES))])
            count = min(array.size, 4000)
            return member(np.frombuffer(random.bytes(count * dtype.itemsize), dtype))
        case 1:
            return member(np.zeros(tuple(random.integers(0, 4, int(random.integers(0, 6)))), array.dtype))
        case 2:
            return member(array.astype(array.dtype.newbyteorder(">")).T)
        case 3:
            value = VALUES[random.integers(0, len(VALUES))]
            return member(np.full(array.shape, value))
        case 4:
            return member(np.array([{"a": 1}], object))
        case _:
            return random.bytes(int(random.integers(0, 200)))


def spoilt_arrays(arrays, random):
    """Return the bytes of an .npz of which one or two members are spoilt, and sometimes the file itself."""
    members = [(name, member(array)) for name, array in arrays.items()]
    for _ in range(random.integers(1, 3)):
        number = int(random.integers(0, len(members)))
        name, content = members[number]
        array = arrays.get(name, np.zeros(1))
        match random.integers(0, 8):
            case 0 | 1 | 2:
                members[number] = name, with_header(array, random)
            case 3 | 4:
                members[number] = name, other(array, random)
            case 5:
                members[number] = name, changed(content, random)
            case 6:
                del members[number]
                members.append((f"{name}.{random.integers(9)}", content))
            case _:
                members.append((f"{number}/" if random.random() < 0.5 else f"{name} {len(members)}", content))
    packed = pack(members, zipfile.ZIP_STORED if random.random() < 0.3 else zipfile.ZIP_DEFLATED)
    match random.integers(0, 8):
        case 0:
            return changed(packed, random)
        case 1:  # another method, or encrypted: in the list at the end and before each member
            place = packed.rfind(b"PK\x01\x02")
            field, value = (10, int(random.choice([1, 6, 12, 14, 93, 99]))) if random.random() < 0.5 else (8, 1)
            return packed[: place + field] + struct.pack("<H", value) + packed[place + field + 2 :]
        case _:
            return packed


def spoil(seed):
    """Return the name of a form, the bytes of a spoilt file of it, and what reads it at a path."""
    random = np.random.default_rng(seed)
    forms = [*ARRAYS, *ARRAYS, *BYTES]
    name = forms[random.integers(0, len(forms))]
    if name in ARRAYS:
        make, readers = ARRAYS[name]
        content = (
            spoilt_arrays(make(), random)
            if random.random() < 0.8
            else changed(pack([(key, member(array)) for key, array in make().items()]), random)
        )
        return name, content, readers
    make, readers = BYTES[name]
    if name.endswith(".gz") and random.random() < 0.5:
        return name, gzip.compress(changed(gzip.decompress(make()), random)), readers
    return name, changed(make(), random), readers


def read(seed, folder):
    """Read the spoilt file of a seed in every way: what was found, or the refusal of each."""
    name, content, readers = spoil(seed)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if name.startswith("t10k"):
        suffix = ".gz" if name.endswith(".gz") else ""
        labels = data_files.idx(LABELS.astype(np.uint8))
        (folder / f"t10k-labels-idx1-ubyte{suffix}").write_bytes(gzip.compress(labels) if suffix else labels)
    return readers(path)
