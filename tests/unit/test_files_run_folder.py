"""Run folders: whole or not there, and found with good reasons when they are not."""

import errno
import json
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

from neurosim.errors import DocumentError
from neurosim.files.runs.output_folder import claimed
from neurosim.files.runs.run_folder import find_run, folder_of, read_manifest, read_summary, write_json

MANIFEST = {"schema": "neurosim/manifest/1", "run_id": "12345678"}
SUMMARY = {"schema": "neurosim/run/1", "results": []}


@contextmanager
def writing(folder):
    with claimed(folder) as output, output.writing() as partial:
        yield partial


def check_writable(folder):
    with claimed(folder):
        pass


def write_run(folder, note="first"):
    with writing(folder) as partial:
        write_json(partial, "manifest.json", {**MANIFEST, "note": note})
        write_json(partial, "summary.json", SUMMARY)
        (partial / "figures").mkdir()


def interrupt(folder, interruption):
    with writing(folder) as partial:
        write_json(partial, "manifest.json", MANIFEST)
        raise interruption


def refusal(call, *arguments):
    with pytest.raises(DocumentError) as error:
        call(*arguments)
    return str(error.value)


def test_a_written_run_is_found_by_its_folder_and_by_its_files(tmp_path):
    folder = folder_of(tmp_path / "reports", "vgg16", "12345678")
    write_run(folder)
    assert folder.name == "vgg16-12345678"
    assert find_run(folder) == find_run(folder / "summary.json") == folder
    assert read_manifest(folder) == {**MANIFEST, "note": "first"}
    assert read_summary(folder) == SUMMARY
    assert [entry.name for entry in folder.parent.iterdir()] == ["vgg16-12345678"]


def test_a_run_is_as_open_to_others_as_any_new_folder(tmp_path):
    write_run(tmp_path / "run")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "run").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_workload_name_makes_a_safe_folder_name(tmp_path):
    assert folder_of(tmp_path, "../my net/1", "12345678").name == "my_net_1-12345678"
    assert folder_of(tmp_path, "///", "12345678").name == "run-12345678"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError])
def test_an_interrupted_run_leaves_nothing(tmp_path, interruption):
    with pytest.raises(interruption):
        interrupt(tmp_path / "run", interruption)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_run_leaves_the_older_one_as_it_was(tmp_path):
    write_run(tmp_path / "run", "older")
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path / "run", KeyboardInterrupt)
    assert read_manifest(tmp_path / "run")["note"] == "older"


def test_a_run_replaces_the_older_one_and_nothing_of_that_is_left(tmp_path):
    write_run(tmp_path / "run", "older")
    (tmp_path / "run" / "layers.csv").write_text("")
    write_run(tmp_path / "run", "newer")
    assert read_manifest(tmp_path / "run")["note"] == "newer"
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
    assert not (tmp_path / "run" / "layers.csv").exists()


def test_a_killed_run_is_called_half_written(tmp_path):
    context = writing(tmp_path / "run")
    partial = context.__enter__()  # and never left, as when the process is killed
    write_json(partial, "manifest.json", MANIFEST)
    write_json(partial, "summary.json", SUMMARY)
    assert not (tmp_path / "run").exists()
    assert refusal(find_run, partial) == f"{partial}: is half-written, its run was interrupted; run it again"
    context.__exit__(None, None, None)
    assert find_run(tmp_path / "run")


def test_a_folder_of_the_users_own_is_never_replaced(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    assert refusal(check_writable, tmp_path) == f"{tmp_path}: is not empty and not a run folder; choose another"
    own = tmp_path / "thesis.tex"
    assert refusal(check_writable, own) == f"{own}: is a file; choose a folder"
    below = own / "run"
    assert refusal(check_writable, below) == f"{below}: cannot be written: a part of the path is a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_refused_before_anything_is_simulated(tmp_path):
    tmp_path.chmod(0o500)
    assert refusal(check_writable, tmp_path / "run") == f"{tmp_path / 'run'}: cannot be written: permission denied"


def test_a_place_where_nothing_can_be_written_is_refused_even_to_root():
    below = Path("/proc/neurosim-run")
    assert refusal(check_writable, below).startswith(f"{below}: cannot be written: ")


def test_a_full_disk_is_said_to_be_full_and_leaves_nothing(tmp_path):
    def fill():
        with writing(tmp_path / "run"):
            raise OSError(errno.ENOSPC, "No space left on device")

    assert refusal(fill) == f"{tmp_path / 'run'}: cannot be written: the disk is full"
    assert list(tmp_path.iterdir()) == []


def test_a_real_full_device_is_said_to_be_full(tmp_path):
    def fill():
        with writing(tmp_path / "run") as partial:
            (partial / "manifest.json").symlink_to("/dev/full")
            write_json(partial, "manifest.json", MANIFEST)

    assert refusal(fill) == f"{tmp_path / 'run'}: cannot be written: the disk is full"


def test_what_is_no_run_is_refused_with_what_is(tmp_path):
    write_run(tmp_path / "reports" / "vgg16-12345678")
    reports = tmp_path / "reports"
    assert refusal(find_run, reports) == (
        f"{reports}: is not a run folder, it has no manifest.json; it holds vgg16-12345678"
    )
    near = reports / "vgg16-12345677"
    assert refusal(find_run, near) == f"{near}: no such run folder; did you mean 'vgg16-12345678'?"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refusal(find_run, empty) == f"{empty}: is not a run folder, it has no manifest.json"
    (empty / "manifest.json").write_text(json.dumps(MANIFEST))
    assert refusal(find_run, empty) == f"{empty}: is half-written, it has no summary.json; run it again"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schema": "neurosim/run/2"}',
         "was written by a newer neurosim as neurosim/run/2; this one reads neurosim/run/1"),
        ('{"schema": "neurosim/run/0"}',
         "was written by an older neurosim as neurosim/run/0; this one reads neurosim/run/1"),
        ('{"schema": "other/1"}', "is no document of neurosim; wanted schema neurosim/run/1"),
        ("[]", "is no document of neurosim; wanted schema neurosim/run/1"),
        ('{\n"a": }', "not valid JSON: Expecting value"),
    ],
)  # fmt: skip
def test_a_summary_that_cannot_be_read_is_refused_with_the_reason(tmp_path, text, message):
    write_run(tmp_path / "run")
    path = tmp_path / "run" / "summary.json"
    path.write_text(text)
    where = f"{path}:2:6" if "valid" in message else str(path)
    assert refusal(find_run, tmp_path / "run") == f"{where}: {message}"


def test_a_number_that_is_not_finite_never_reaches_a_file(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"), writing(tmp_path / "run") as partial:
        write_json(partial, "summary.json", {"pj": float("nan")})
    assert list(tmp_path.iterdir()) == []
