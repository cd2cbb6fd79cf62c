"""Arrays of a file that somebody else made: read as they are in any byte order, or refused before they fill memory."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile

import numpy as np
import pytest

from neurosim.errors import DocumentError
from neurosim.filesystem import array_file
from neurosim.filesystem.array_file import array_names, array_shape, read_all, read_arrays
from neurosim.filesystem.ordinary_file import read_bytes, read_decompressed


def member(array) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def headed(header: bytes, data: bytes = b"", version: int = 1) -> bytes:
    """A member with a header of one's own."""
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes((version, 0)) + length + header + data


def describe(shape, descr="'|u1'") -> bytes:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()


def archive(path, method=zipfile.ZIP_DEFLATED, **members):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return path


def refused(path, *names):
    with pytest.raises(DocumentError) as caught:
        read_arrays(path, names) if names else read_all(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    return said.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", ">i2", ">u4", "<i8", ">i8", ">u8", ">f4", "f2", ">f8", "?", "U3", ">U3", "S2"]
)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_type_of_numbers_and_text_is_read_in_native_order(tmp_path, dtype, order):
    array = np.array([[0, 1, 2], [100, 7, 0]]).astype(dtype, order=order)
    np.savez(tmp_path / "a.npz", array=array)
    (found,) = read_arrays(tmp_path / "a.npz", ["array"])
    assert np.array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.zeros((3, 0), ">i4"), np.array(7), np.array("name")])
def test_empty_arrays_and_single_values_are_read(tmp_path, array):
    np.savez_compressed(tmp_path / "a.npz", array=array)
    (found,) = read_arrays(tmp_path / "a.npz", ["array"])
    assert found.shape == array.shape
    assert np.array_equal(found, array)
    assert array_shape(tmp_path / "a.npz", "array") == array.shape


def test_a_header_of_python_2_is_read(tmp_path):
    path = archive(tmp_path / "a.npz", a=headed(describe("(2L, 3L)"), bytes(6)))
    assert read_all(path)["a"].shape == (2, 3)


@pytest.mark.parametrize("place", [10, 60, 72, 75, 128])
def test_any_byte_of_a_header_that_is_0_is_a_damaged_array(tmp_path, place):
    content = bytearray(member(np.arange(6, dtype=np.uint16)))
    content[place] = 0
    path = archive(tmp_path / "a.npz", x=bytes(content))
    try:
        found = read_all(path)["x"].tolist()
    except DocumentError as error:
        found = str(error)
    # Behind the header stands the first number, whose bytes are 0.
    assert found == [0, 1, 2, 3, 4, 5] if place == 128 else found.startswith(f"{path}: array 'x' ")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (describe("(2**63,)"), "is damaged; copy the file or save it again"),
        (describe(f"({2**63},)"), "more than the 768 MiB that are read of one file"),
        (describe(f"({2**40}, {2**40}, 0)"), "is longer than its header says"),
        (describe("(-1,)"), "has no shape"),
        (describe("(True,)"), "has no shape"),
        (describe("(3,)", "'|O'"), "holds pickled objects, which could run any code; save plain arrays"),
        (describe("(3,)", "'|V2'"), "as NumPy stores bfloat16 numbers; save them as float32"),
        (describe("(3,)", "[('a', '<f4')]"), "holds [('a', '<f4')], wanted plain numbers"),
        (describe("(3,)", "'<U0'"), "wanted plain numbers"),
        (describe("(3,)", "'<f3'"), "is damaged; copy the file or save it again"),
        (b"(" * 9000, "is damaged; copy the file or save it again"),
        (b"-" * 9000 + b"1", "is damaged; copy the file or save it again"),
        (b"9" * 9000, "is damaged; copy the file or save it again"),
        (b"'", "is damaged; copy the file or save it again"),
        (b"[1]", "is damaged; copy the file or save it again"),
        (describe("(3,)") + b" " * 20_000, "has no header of an array"),
    ],
)
def test_a_header_that_says_nothing_sensible_is_refused(tmp_path, header, said):
    assert said in refused(archive(tmp_path / "a.npz", x=headed(header, b"abc")))


def test_a_header_that_claims_to_be_endless_is_not_read(tmp_path):
    content = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + bytes(100)
    assert refused(archive(tmp_path / "a.npz", x=content)) == "array 'x' has no header of an array"


def test_more_or_less_than_the_header_says_is_refused(tmp_path):
    assert refused(archive(tmp_path / "a.npz", x=headed(describe("(3,)"), b"ab"))) == "array 'x' is cut off"
    longer = archive(tmp_path / "a.npz", x=headed(describe("(3,)"), b"abcd"))
    assert refused(longer) == "array 'x' is longer than its header says"


def test_text_of_characters_that_there_are_not_is_refused(tmp_path):
    for code in (0x110000, 0xD800):
        path = archive(tmp_path / "a.npz", x=headed(describe("()", "'<U1'"), struct.pack("<I", code)))
        assert refused(path) == "array 'x' holds numbers that are no characters"


def test_a_truth_value_is_0_or_1(tmp_path):
    path = archive(tmp_path / "a.npz", x=headed(describe("(3,)", "'|b1'"), bytes((0, 2, 255))))
    assert read_all(path)["x"].view(np.uint8).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (8, 1, "array 'x' is encrypted; save it without a password"),
        (10, 14, "array 'x' is compressed in a way that NumPy does not read; save it with numpy.savez"),
        (10, 99, "array 'x' is compressed in a way that NumPy does not read; save it with numpy.savez"),
    ],
)
def test_a_member_that_cannot_be_opened_is_refused(tmp_path, field, value, said):
    path = archive(tmp_path / "a.npz", x=member(np.zeros(3)))
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x01\x02") + field
    content[place : place + 2] = struct.pack("<H", value)
    path.write_bytes(content)
    assert refused(path) == said


def test_damage_within_compressed_bytes_is_refused(tmp_path):
    path = archive(tmp_path / "a.npz", x=member(np.random.default_rng(1).integers(0, 256, 5000)))
    content = bytearray(path.read_bytes())
    content[200:260] = bytes(60)
    path.write_bytes(content)
    assert refused(path) == "array 'x' is damaged; copy the file or save it again"


def test_a_member_that_is_no_array_is_refused_where_it_is_asked_for(tmp_path):
    path = archive(tmp_path / "a.npz", x=member(np.arange(3)), notes=b"by hand")
    assert refused(path) == "array 'notes' is no array"
    assert read_arrays(path, ["x"])[0].tolist() == [0, 1, 2]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path):
    path = archive(tmp_path / "a.npz", x=member(np.arange(3)))
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("x.npy", member(np.arange(4)))
    assert refused(path) == "has 2 arrays of the name x"


def test_what_is_not_asked_for_is_not_read(tmp_path):
    endless = headed(describe(f"({2**50},)"), bytes(100))
    path = archive(tmp_path / "a.npz", x=member(np.arange(3)), zeros=endless)
    assert array_names(path) == ["x", "zeros"]
    assert read_arrays(path, ["x"])[0].tolist() == [0, 1, 2]
    assert "(zeros is 1,125,899,906,842,624 of uint8), more than the 768 MiB that are read of one file" in refused(path)


def test_the_sizes_of_all_that_is_asked_for_count_together(tmp_path, monkeypatch):
    monkeypatch.setattr(array_file, "LARGEST_BYTES", 2**20)
    np.savez(tmp_path / "a.npz", a=np.zeros(2**19, np.uint8), b=np.zeros(2**19, np.uint8))
    assert len(read_all(tmp_path / "a.npz")) == 2
    np.savez(tmp_path / "a.npz", a=np.zeros(2**19, np.uint8), b=np.zeros(2**19 + 1, np.uint8))
    assert "its arrays take 1 MiB (b is 524,289 of uint8)" in refused(tmp_path / "a.npz")


def test_an_array_that_is_not_there_is_named_beside_those_that_are(tmp_path):
    np.savez(tmp_path / "a.npz", **{f"a{number}": 1 for number in range(10)})
    assert refused(tmp_path / "a.npz", "x") == "no array 'x'; it has a0, a1, a2, a3, a4, a5, a6, a7 and 2 more"


def test_only_an_ordinary_file_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    for reader in (read_all, read_bytes, read_decompressed):
        for path, said in [
            (tmp_path / "pipe.npz", "is not an ordinary file"),
            (tmp_path, "is a folder; wanted a file"),
            (tmp_path / "none.npz", "no such file"),
        ]:
            with pytest.raises(DocumentError) as caught:
                reader(path)
            assert str(caught.value) == f"{path}: {said}"


def test_a_compressed_file_is_read_no_further_than_its_limit(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(2**22)))
    assert len(read_decompressed(tmp_path / "a.gz", 2**22)) == 2**22
    with pytest.raises(DocumentError, match=r"a\.gz: holds more than 3 MiB; is this the right file\?$"):
        read_decompressed(tmp_path / "a.gz", 3 * 2**20)
    with pytest.raises(DocumentError, match="holds more than 0 MiB"):
        read_bytes(tmp_path / "a.gz", 100)
