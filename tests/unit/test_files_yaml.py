"""YAML in: values, positions, and every way in which a file can be no document."""

import os

import pytest

from neurosim.errors import DocumentError
from neurosim.files.documents.yaml import parse, read


def refusal(text):
    with pytest.raises(DocumentError) as error:
        parse(text, "F")
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-12", 1e-12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-3", -3),
        ("0123", 123),
        ("0x1f", 31),
        ("0o17", 15),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("True", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("null", None),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("'1'", "1"),
        ("0.03 pJ", "0.03 pJ"),
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("{1: a, yes: b}", {1: "a", "yes": "b"}),
        ("{a: &x [1], b: *x}", {"a": [1], "b": [1]}),
    ],
)
def test_a_scalar_means_what_it_looks_like(text, value):
    found = parse(text, "F").value
    assert found == value
    assert type(found) is type(value)


def test_every_value_and_every_key_has_its_line_and_column():
    document = parse("chip:\n  mesh: {width: 8}\nentries:\n  - value: 3\n", "F")
    assert document.where(("chip",)) == (2, 3)
    assert document.where(("chip",), key=True) == (1, 1)
    assert document.where(("chip", "mesh", "width")) == (2, 17)
    assert document.where(("chip", "mesh", "width"), key=True) == (2, 10)
    assert document.where(("entries", 0)) == (4, 5)
    assert document.where(("entries", 0, "value")) == (4, 12)


def test_what_is_missing_is_shown_at_the_key_of_its_nearest_ancestor():
    document = parse("chip:\n  mesh: {width: 8}\nentries:\n  - value: 3\n", "F")
    assert document.where(("chip", "mesh", "height")) == (2, 3)
    assert document.where(("entries", 0, "source")) == (4, 5)
    assert document.where(("energy", "tables")) == (1, 1)


def test_every_key_given_twice_is_reported_with_its_first_line():
    text = "id: a\nchip: {x: 1, x: 2}\nid: b\nid: c\n"
    assert refusal(text) == (
        "F:2:14: chip.x: key given twice (first at line 2)\n"
        "F:3:1: id: key given twice (first at line 1)\n"
        "F:4:1: id: key given twice (first at line 1)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n\tb: 1\n", "F:2:1: a tab cannot indent YAML; use spaces"),
        ("a: b: c", "F:1:5: not valid YAML: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", "F:2:1: a second document starts here; a file holds one"),
        ("", "F:1:1: the file is empty"),
        ("# only this\n", "F:1:1: the file is empty"),
        ("a: !include x", "F:1:4: a: tag '!include' has no meaning here; leave it out"),
        ("a: [.nan, 1e999]", "F:1:5: a[0]: .nan is not a finite number\nF:1:11: a[1]: 1e999 is not a finite number"),
        ("{[1]: 2}", "F:1:2: a key is a name or a whole number, nothing larger"),
        ("a: *b", "F:1:4: a: '*b' names no value before it"),
        ("a: &x [*x]", "F:1:8: a[0]: '*x' names no value before it"),
        ("a: b\x01c", "F:1:5: character 0x1 is not allowed in a text file"),
        ('a: "\\ud800"', "F:1:4: a: half of a surrogate pair is not a character"),
        ("[" * 60, "F:1:42: nested more than 40 deep"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused_at_its_place(text, message):
    assert refusal(text) == message


def test_aliases_of_aliases_cannot_fill_the_memory():
    lines = ["a0: &a0 [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert refusal("\n".join(lines)).endswith("more than 100,000 values")


def test_a_file_is_read_with_the_path_that_the_user_gave(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.yaml").write_bytes(b"\xef\xbb\xbfa: \xc2\xb5\n")
    document = read("w.yaml")
    assert (document.path, document.value) == ("w.yaml", {"a": "µ"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- 1\n", "w.yaml:1:1: holds a list; wanted a mapping of keys to values"),
        (b"hello\n", "w.yaml:1:1: holds a value; wanted a mapping of keys to values"),
        (b"---\n", "w.yaml:1:1: holds nothing; wanted a mapping of keys to values"),
        (b"a: 1\nb: \xe4\n", "w.yaml:2:4: byte 0xe4 is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_file_that_is_not_a_mapping_of_text_is_refused(tmp_path, monkeypatch, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "w.yaml").write_bytes(content)
    with pytest.raises(DocumentError) as error:
        read("w.yaml")
    assert str(error.value) == message


def test_a_missing_file_is_answered_with_the_nearest_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vgg16.yaml").write_text("a: 1")
    (tmp_path / "folder.yaml").mkdir()
    messages = []
    for name in ("vgg61.yaml", "elsewhere/vgg16.yaml", "folder.yaml"):
        with pytest.raises(DocumentError) as error:
            read(name)
        messages.append(str(error.value))
    assert messages == [
        "no file 'vgg61.yaml'; did you mean 'vgg16.yaml'?",
        "no file 'elsewhere/vgg16.yaml'; there is no folder 'elsewhere'",
        "'folder.yaml' is a folder; wanted a file",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_refused(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    with pytest.raises(DocumentError, match="cannot be read: Permission denied"):
        read(path)


def test_a_huge_file_and_a_device_are_refused_unread(tmp_path):
    path = tmp_path / "w.yaml"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DocumentError, match=r"is larger than 4 MiB; is this the right file\?"):
        read(path)
    with pytest.raises(DocumentError, match="/dev/zero: is not an ordinary file"):
        read("/dev/zero")


def test_a_graft_brings_its_spots_and_an_overlay_keeps_those_of_what_it_leaves():
    base = parse("mesh: {width: 8, height: 4}\nid: x\n", "base")
    changes = parse("mesh:\n  width: 9\n", "changes")
    whole = base.overlaid(changes)
    assert whole.value == {"mesh": {"width": 9, "height": 4}, "id": "x"}
    assert whole.spot(("mesh", "width")) == ("changes", 2, 10)
    assert whole.spot(("mesh", "height")) == ("base", 1, 26)
    assert base.value["mesh"]["width"] == 8
    assert base.overlaid(changes, {("mesh",)}).value == {"mesh": {"width": 9}, "id": "x"}


def test_a_text_counts_as_often_as_an_alias_uses_it():
    text = "a: &a " + "x" * 100_000 + "\nb: [" + ", ".join(["*a"] * 60) + "]\n"
    assert refusal(text).endswith(": more than 4,194,304 characters, aliases written out")
    assert refusal(text).startswith("F:2:")


@pytest.mark.parametrize("written", ["\\e[31m", "\\x7f", "\\u202e", "\\0", "\\b"])
def test_a_control_character_has_no_place_in_a_text_nor_in_a_key(written):
    assert "has no place in a text" in refusal(f'a: "{written}"')
    assert "has no place in a text" in refusal(f'"{written}": 1')
    assert parse('a: "\\t and \\n"', "F").value == {"a": "\t and \n"}


def test_a_pipe_is_refused_unread(tmp_path):
    os.mkfifo(tmp_path / "w.yaml")
    with pytest.raises(DocumentError, match=r"w\.yaml: is not an ordinary file$"):
        read(tmp_path / "w.yaml")


def test_of_very_many_problems_the_first_are_told_and_how_many_more():
    said = refusal("\n".join(f"a{number}: *b" for number in range(300))).splitlines()
    assert (len(said), said[-1]) == (51, "... and 250 more problems")
    assert said[0] == "F:1:5: a0: '*b' names no value before it"


def test_a_tag_without_end_is_refused_before_it_is_read():
    assert refusal("a: 1\nb: !<" + "a" * 3_000_000 + "> x") == (
        "F:2:4: a tag of more than 1,000 characters; tags have no meaning here"
    )
    assert parse("a: wow" + "!" * 2000, "F").value == {"a": "wow" + "!" * 2000}
