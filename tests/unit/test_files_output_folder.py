"""Folders that a verb writes: claimed, made beside their place, put there at once; nothing else is lost."""

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neurosim.errors import DocumentError
from neurosim.files.runs.output_folder import EVALUATED, RUN, SWEEP, claimed, clean
from neurosim.filesystem import atomic_write
from neurosim.filesystem.atomic_write import filling, replace_text, replacing
from neurosim.filesystem.partial_folder import HIDDEN, leftovers

SCHEMAS = {RUN: "neurosim/manifest/1", EVALUATED: "neurosim/manifest/1", SWEEP: "neurosim/sweep/1"}


def write(folder, note="first", kind=RUN):
    with claimed(folder, kind) as output, output.writing() as partial:
        (partial / "manifest.json").write_text(json.dumps({"schema": SCHEMAS[kind], "note": note}))
        if kind is EVALUATED:
            (partial / "evaluation.json").write_text("{}")
        (partial / "figures").mkdir()
        (partial / "figures" / "activity.pdf").write_text(note)


def refusal(folder, kind=RUN):
    with pytest.raises(DocumentError) as refused, claimed(folder, kind):
        pass
    return str(refused.value)


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", [RUN, EVALUATED, SWEEP])
def test_a_folder_is_replaced_by_its_own_kind_only(tmp_path, kind):
    write(tmp_path / "a", kind=kind)
    for other in {RUN, EVALUATED, SWEEP} - {kind}:
        assert refusal(tmp_path / "a", other) == (
            f"{tmp_path / 'a'}: holds {kind.noun}, not {other.noun}; choose another"
        )
    write(tmp_path / "a", "second", kind)
    assert json.loads((tmp_path / "a/manifest.json").read_text())["note"] == "second"
    assert names(tmp_path)[0] == "a"


@pytest.mark.parametrize("text", ["{}", "[]", "", '{"schema": 3}', '{"schema": "other/manifest/1"}', "[" * 100_000])
def test_a_manifest_of_somebody_else_makes_no_run_folder(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "thesis.tex").write_text("x")
    assert refusal(tmp_path) == f"{tmp_path}: is not empty and not a run folder; choose another"
    assert names(tmp_path) == ["manifest.json", "thesis.tex"]


def test_what_a_user_keeps_in_a_run_folder_is_in_the_next_one(tmp_path):
    folder = tmp_path / "a"
    write(folder)
    (folder / "note.txt").write_text("mine")
    (folder / "figures" / "mine.pdf").write_text("mine")
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "note").write_text("mine")
    (folder / "link").symlink_to("note.txt")
    (folder / "report.html").write_text("of the first")
    (folder / "layers.csv").write_text("of the first")
    (folder / "t.json").write_text('{"metadata":{"schema":"neurosim/timeline/1"}}')
    write(folder, "second")
    assert names(folder) == [
        "deep", "deep/er", "deep/er/note", "figures", "figures/activity.pdf", "figures/mine.pdf", "link",
        "manifest.json", "note.txt",
    ]  # fmt: skip
    assert (folder / "figures/activity.pdf").read_text() == "second"
    assert {(folder / name).read_text() for name in ("note.txt", "deep/er/note", "figures/mine.pdf", "link")} == {
        "mine"
    }


def test_they_are_copied_where_there_are_no_links(tmp_path, monkeypatch):
    def unable(*arguments, **named):
        raise OSError(errno.EPERM, "Operation not permitted")

    write(tmp_path / "a")
    (tmp_path / "a" / "note.txt").write_text("mine")
    monkeypatch.setattr(os, "link", unable)
    write(tmp_path / "a", "second")
    assert (tmp_path / "a" / "note.txt").read_text() == "mine"


def test_ways_round_to_a_folder_lead_to_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("a")
    write("a/../a", "second")
    (tmp_path / "link").symlink_to("a")
    write("link", "third")
    assert (tmp_path / "link").is_symlink()
    assert json.loads((tmp_path / "a/manifest.json").read_text())["note"] == "third"
    assert [entry.name for entry in sorted(tmp_path.iterdir())] == ["a", "link"]


def test_places_that_nothing_can_be_put_into_are_refused(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    said = "is the current folder, or holds it; choose a folder in it"
    assert refusal(".") == f".: {said}"
    assert refusal("/").startswith("/: is the root of the file system")
    assert refusal("../here") == f"../here: {said}"
    (tmp_path / "circle").symlink_to("circle")
    assert refusal(tmp_path / "circle").startswith(f"{tmp_path / 'circle'}: cannot be written: ")
    assert refusal("a\0b") == "a\0b: cannot be written: embedded null byte"
    assert refusal(".a.partial-01234567").endswith(
        "is a name that neurosim gives to what is half-written; choose another"
    )
    os.mkfifo("pipe")
    assert refusal("pipe") == "pipe: is a file; choose a folder"
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    (tmp_path / "mounted").mkdir()
    assert "is a mount point" in refusal(tmp_path / "mounted")


def test_the_longest_name_that_a_file_system_takes_can_be_written(tmp_path):
    write(tmp_path / ("x" * 255))
    write(tmp_path / ("x" * 255), "second")
    assert [len(entry.name) for entry in tmp_path.iterdir()] == [255]


CHILD = """
import sys, time
from pathlib import Path
from neurosim.files.runs.output_folder import claimed
with claimed(Path(sys.argv[1])) as output, output.writing() as partial:
    (partial / "manifest.json").write_text('{"schema": "neurosim/manifest/1"}')
    print("in it", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that is writing the folder ``a``."""
    process = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path / "a")], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "in it\n"
    yield process
    process.kill()
    process.communicate()


def test_who_comes_second_is_turned_away_at_once_and_disturbs_nothing(tmp_path, holder):
    folder = tmp_path / "a"
    before = names(tmp_path)
    assert refusal(folder).startswith(f"{folder}: process {holder.pid} on ")
    assert clean(tmp_path) == []
    assert names(tmp_path) == before
    assert len(leftovers(folder)) == 1


def test_what_a_kill_leaves_is_gone_with_the_next_claim_or_with_a_cleaning(tmp_path, holder):
    (tmp_path / ".mine.lock").write_text("the user's own\n")
    (tmp_path / ".note.partial-mine").write_text("the user's own\n")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert len(leftovers(tmp_path / "a")) == 1
    assert (tmp_path / ".a.lock").is_file()
    with claimed(tmp_path / "b"):
        assert len(leftovers(tmp_path / "a")) == 1
    with claimed(tmp_path / "a"):
        assert leftovers(tmp_path / "a") == []
    assert names(tmp_path) == [".mine.lock", ".note.partial-mine"]
    (tmp_path / ".b.partial-0123456789ab").mkdir()
    (tmp_path / ".c.lock").write_text("process 1 on machine\n")
    assert [path.name for path in clean(tmp_path)] == [".b.partial-0123456789ab", ".c.lock"]
    assert names(tmp_path) == [".mine.lock", ".note.partial-mine"]


def test_who_may_wait_comes_after(tmp_path):
    def wait(ready):
        with claimed(tmp_path / "a"):
            ready.set()
            time.sleep(0.3)
            (tmp_path / "done").touch()

    context = multiprocessing.get_context("fork")
    ready = context.Event()
    process = context.Process(target=wait, args=(ready,))
    process.start()
    ready.wait()
    with claimed(tmp_path / "a", wait=True):
        assert (tmp_path / "done").exists()
    process.join()


def test_a_kill_at_any_step_of_a_replacement_leaves_the_older_or_the_newer_one_whole(tmp_path):
    """Each change of the disk in turn is the last: a whole folder is there at any moment, with the user's note."""
    folder = tmp_path / "a"
    write(folder)
    (folder / "note").write_text("mine")
    killed_at = 0
    while True:
        process = multiprocessing.get_context("fork").Process(target=replace_until, args=(folder, killed_at))
        process.start()
        process.join()
        assert json.loads((folder / "manifest.json").read_text())["note"] in ("first", f"at {killed_at}")
        assert (folder / "note").read_text() == "mine"
        if process.exitcode == 0:
            break
        killed_at += 1
        write(folder)
        assert [entry.name for entry in tmp_path.iterdir()] == ["a"]
    assert killed_at > 5


def replace_until(folder, calls):
    """Replace a folder, and end like a killed process before call number ``calls`` that changes the disk."""
    done = 0

    def counted(event, arguments):
        nonlocal done
        if event in ("os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "shutil.rmtree", "ctypes.dlopen"):
            if done == calls:
                os._exit(9)
            done += 1

    sys.addaudithook(counted)
    write(folder, f"at {calls}")


@pytest.fixture
def unexchangeable(monkeypatch):
    """A file system that cannot exchange two names."""
    monkeypatch.setattr(atomic_write, "exchange", lambda one, other: False)


def test_without_an_exchange_a_folder_is_replaced_all_the_same(tmp_path, unexchangeable):
    write(tmp_path / "a")
    (tmp_path / "a" / "note").write_text("mine")
    write(tmp_path / "a", "second")
    assert json.loads((tmp_path / "a/manifest.json").read_text())["note"] == "second"
    assert (tmp_path / "a" / "note").read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_without_an_exchange_a_kill_between_two_names_is_mended_by_the_next_command(tmp_path):
    write(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / ".a.replaced-0123456789ab")
    with claimed(tmp_path / "a"):
        assert json.loads((tmp_path / "a/manifest.json").read_text())["note"] == "first"
    (tmp_path / "a").rename(tmp_path / ".a.replaced-0123456789ab")
    assert clean(tmp_path) == [tmp_path / ".a.replaced-0123456789ab"]
    assert (tmp_path / "a/manifest.json").is_file()


def test_an_exchange_is_one_where_the_system_has_it(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not atomic_write.exchange(tmp_path / "a", tmp_path / "b"):
        pytest.skip("this file system cannot exchange two names")
    assert names(tmp_path) == ["a", "a/b", "b", "b/a"]
    with pytest.raises(FileNotFoundError):
        atomic_write.exchange(tmp_path / "a", tmp_path / "c")


def fail_within(context, error):
    with context as new:
        if isinstance(new, Path):
            (new / "one.pdf").write_text("half")
        else:
            new.write(b"half")
        raise error


def test_a_file_is_replaced_whole_and_what_kills_left_of_it_goes(tmp_path):
    path = tmp_path / "t.json"
    (tmp_path / ".t.json.partial-0123456789ab").write_text("half")
    replace_text(path, "first")
    with pytest.raises(ValueError, match="no"):
        fail_within(replacing(path), ValueError("no"))
    assert (path.read_text(), names(tmp_path)) == ("first", ["t.json"])
    (tmp_path / "link.json").symlink_to("t.json")
    replace_text(tmp_path / "link.json", "second")
    assert (path.read_text(), (tmp_path / "link.json").is_symlink()) == ("second", True)
    with pytest.raises(DocumentError, match="is a folder; wanted a file"):
        replace_text(tmp_path, "x")
    with pytest.raises(DocumentError, match="is no ordinary file"):
        replace_text(Path("/dev/null"), "x")


def test_figures_are_put_into_their_folder_when_all_are_drawn(tmp_path):
    folder = tmp_path / "figures"
    with filling(folder) as partial:
        (partial / "one.pdf").write_text("first")
        (partial / "two.pdf").write_text("first")
    with pytest.raises(KeyboardInterrupt):
        fail_within(filling(folder), KeyboardInterrupt())
    assert names(folder) == ["one.pdf", "two.pdf"]
    assert (folder / "one.pdf").read_text() == "first"


def test_a_users_own_hidden_files_are_no_leftovers():
    assert all(HIDDEN.fullmatch(name) for name in (".a.partial-0123456789ab", ".a b.replaced-0123456789ab", ".a.lock"))
    assert not any(HIDDEN.fullmatch(name) for name in (".a", ".a.partial-", ".partial-0123456789ab", "a.lock", ".git"))
