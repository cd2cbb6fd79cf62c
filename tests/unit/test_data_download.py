"""Downloads, from a server in this process: checked, continued where they were cut off, refused in words."""

import errno
import hashlib
import http.server
import io
import socket
import tarfile
import threading
from contextlib import contextmanager
from unittest import mock

import numpy as np
import pytest

from neurosim.datasets.dataset import dataset
from neurosim.datasets.remote import download
from neurosim.datasets.remote.remote_files import SOURCES, RemoteDataset, RemoteFile
from neurosim.errors import DocumentError
from tests.reference import data_files
from tests.reference.data_files import pixels

CONTENT = bytes(range(256)) * 4096  # 1 MiB, four pieces


class Server:
    """Files by name; ``asked`` are the requests as (name, first byte), ``breaks`` the bytes after which answers end."""

    def __init__(self, files):
        self.files, self.asked, self.breaks, self.ranges, self.status = dict(files), [], [], True, 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
                outer.asked.append((name, start))
                content = outer.files.get(name)
                if content is None or outer.status != 200:
                    self.send_error(404 if content is None else outer.status)
                    return
                if start and outer.ranges:
                    if start >= len(content):
                        self.send_error(416)
                        return
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                    content = content[start:]
                else:
                    self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: outer.breaks.pop(0)] if outer.breaks else content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @contextmanager
    def running(self):
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.server.shutdown()
            self.server.server_close()
            thread.join()


def md5(content):
    return hashlib.md5(content).hexdigest()


def published(url, name, content, members=()):
    return RemoteDataset(
        "folder", (RemoteFile(f"{url}/{name}", md5(content), len(content)),), members, "none", "nowhere"
    )


@pytest.fixture
def server(monkeypatch):
    """A server that is the publisher of ``set``, one file, and of nothing else."""
    monkeypatch.setenv("no_proxy", "*")
    with Server({"file.bin": CONTENT}).running() as running, mock.patch.dict(SOURCES, clear=True):
        SOURCES["set"] = published(running.url, "file.bin", CONTENT)
        yield running


def refused(folder, name="set"):
    with pytest.raises(DocumentError) as caught:
        download.get(name, folder)
    return str(caught.value)


def held(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_comes_whole_and_is_watched_on_the_way(server, tmp_path):
    seen = []
    (path,) = download.get("set", tmp_path / "new", lambda *state: seen.append(state))
    assert path == tmp_path / "new" / "folder" / "file.bin"
    assert path.read_bytes() == CONTENT
    assert held(tmp_path) == ["new/folder/file.bin"]
    assert (seen[0], seen[-1]) == (("file.bin", 0, 2**20), ("file.bin", 2**20, 2**20))


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    download.get("set", tmp_path)
    download.get("set", tmp_path)
    assert server.asked == [("file.bin", 0)]


@pytest.mark.parametrize("there", [1, 300_000, 2**20 - 1])
def test_a_file_that_was_cut_off_is_continued_where_it_ends(server, tmp_path, there):
    part = tmp_path / "folder" / "file.bin.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT[:there])
    (path,) = download.get("set", tmp_path)
    assert (path.read_bytes(), server.asked) == (CONTENT, [("file.bin", there)])
    assert not part.exists()


def test_a_file_that_was_whole_when_it_was_cut_off_gets_its_name(server, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.bin.part").write_bytes(CONTENT)
    (path,) = download.get("set", tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_server_without_ranges_sends_it_all_again(server, tmp_path):
    server.ranges = False
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.bin.part").write_bytes(b"something else")
    (path,) = download.get("set", tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_connection_that_breaks_is_taken_up_again(server, tmp_path):
    server.breaks = [300_000, 500_000]
    (path,) = download.get("set", tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked == [("file.bin", 0), ("file.bin", 300_000), ("file.bin", 800_000)]


def test_a_connection_that_keeps_breaking_leaves_what_came(server, tmp_path):
    server.breaks = [1000, 1000, 1000]
    part = tmp_path / "folder" / "file.bin.part"
    assert refused(tmp_path) == (
        f"{server.url}/file.bin: the connection broke after 3,000 bytes (3,000 of 1,048,576 bytes); they are kept in "
        f"{part}, the same command goes on from there"
    )
    assert part.read_bytes() == CONTENT[:3000]
    assert download.get("set", tmp_path)[0].read_bytes() == CONTENT


def test_a_wrong_checksum_is_told_and_nothing_of_it_kept(server, tmp_path):
    server.files["file.bin"] = CONTENT[:-1] + b"x"
    assert refused(tmp_path) == (
        f"{server.url}/file.bin: 1,048,576 bytes came with the MD5 checksum {md5(server.files['file.bin'])}, wanted "
        f"{md5(CONTENT)}; they were removed, the same command fetches them again"
    )
    assert held(tmp_path) == []


def test_a_file_the_publisher_has_no_more_is_told(server, tmp_path):
    server.files.clear()
    assert refused(tmp_path) == f"{server.url}/file.bin: the server answers 404 Not Found"
    assert held(tmp_path) == []


def test_a_machine_without_network_is_told(server, tmp_path):
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        SOURCES["set"] = published(url, "file.bin", CONTENT)
        assert refused(tmp_path) == f"{url}/file.bin: cannot be reached: Connection refused; is this machine online?"


def test_a_connection_that_breaks_before_anything_came_is_told(server, tmp_path, monkeypatch):
    def reset(*_, **__):
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr("urllib.request.urlopen", reset)
    assert refused(tmp_path) == (f"{server.url}/file.bin: the connection broke: [Errno 104] Connection reset by peer")
    assert held(tmp_path) == []


def test_a_disk_that_fills_up_keeps_what_came(server, tmp_path, monkeypatch):
    real = type(tmp_path).open

    class Full(io.FileIO):
        def write(self, content):
            if self.tell() >= 2**19:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(content)

    monkeypatch.setattr("pathlib.Path.open", lambda path, mode="r", *_: Full(path, mode) if "b" in mode else None)
    part = tmp_path / "folder" / "file.bin.part"
    assert refused(tmp_path) == (
        f"{part}: the disk is full; what came is kept, with more room the same command goes on from there"
    )
    monkeypatch.setattr("pathlib.Path.open", real)
    assert part.read_bytes() == CONTENT[: 2**19]
    assert download.get("set", tmp_path)[0].read_bytes() == CONTENT
    assert server.asked == [("file.bin", 0), ("file.bin", 2**19)]


def test_a_disk_without_room_is_told_before_anything_is_asked_for(server, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 400_000}))
    assert refused(tmp_path) == f"{tmp_path}/folder: 1.0 MB are needed, 0.4 MB are free on this disk"
    assert server.asked == []


def test_a_place_nobody_may_write_to_is_told(server, tmp_path):
    (tmp_path / "folder").write_text("a file")
    assert refused(tmp_path) == f"{tmp_path}/folder: cannot be written: File exists"


def archive(members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def serve_archive(server, members, wanted):
    content = archive(members)
    server.files["all.tar.gz"] = content
    SOURCES["set"] = published(server.url, "all.tar.gz", content, wanted)
    return content


def test_of_an_archive_only_the_wanted_files_are_kept_and_none_leaves_the_folder(server, tmp_path):
    members = {"top/a.bin": b"a", "top/readme.html": b"no", "../../b.bin": b"b", "/c.bin": b"c"}
    serve_archive(server, members, ("a.bin", "b.bin", "c.bin"))
    paths = download.get("set", tmp_path / "in" / "here")
    assert [path.read_bytes() for path in paths] == [b"a", b"b", b"c"]
    assert held(tmp_path) == [f"in/here/folder/{name}" for name in ("a.bin", "b.bin", "c.bin", "checksums.json")]


def test_an_archive_that_was_brought_by_hand_is_unpacked_without_a_network(server, tmp_path):
    content = serve_archive(server, {"a.bin": b"a"}, ("a.bin",))
    (tmp_path / "all.tar.gz").write_bytes(content)
    download.get("set", tmp_path)
    assert (server.asked, held(tmp_path)) == ([], ["all.tar.gz", "folder/a.bin", "folder/checksums.json"])


def test_an_archive_without_the_wanted_files_is_told(server, tmp_path):
    serve_archive(server, {"a.bin": b"a"}, ("a.bin", "b.bin"))
    assert refused(tmp_path) == f"{tmp_path}/folder/all.tar.gz: lacks b.bin"


def test_what_was_downloaded_is_what_the_reader_finds(server, tmp_path):
    x, y = pixels(2, 32, 32, 3), [3, 8]
    data_files.write_records(tmp_path / "made", x, y)
    batch = (tmp_path / "made").read_bytes()
    names = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
    content = archive({f"cifar-10-batches-bin/{name}": batch for name in names})
    server.files["cifar.tar.gz"] = content
    official = RemoteFile(f"{server.url}/cifar.tar.gz", md5(content), len(content))
    SOURCES["cifar10"] = RemoteDataset("cifar-10-batches-bin", (official,), names, "", "")
    download.get("cifar10", tmp_path / "data")
    found = dataset("cifar10", {"data": str(tmp_path / "data")})
    assert np.array_equal(found.read("test").images, x)
    assert found.read("train").labels.tolist() == y * 5


def test_a_damaged_file_under_its_final_name_is_told_of_and_fetched_again(server, tmp_path):
    (path,) = download.get("set", tmp_path)
    path.write_bytes(b"wrong")
    told = []
    download.get("set", tmp_path, notice=told.append)
    assert told == [f"{path}: damaged: its MD5 checksum is {md5(b'wrong')}, wanted {md5(CONTENT)}; it is fetched again"]
    assert (path.read_bytes(), held(tmp_path)) == (CONTENT, ["folder/file.bin"])


def test_a_damaged_file_stays_until_the_right_one_is_there(server, tmp_path):
    (path,) = download.get("set", tmp_path)
    path.write_bytes(b"wrong")
    server.status = 503
    assert refused(tmp_path).endswith("the server answers 503 Service Unavailable")
    assert path.read_bytes() == b"wrong"


def test_a_damaged_file_out_of_an_archive_is_known_by_the_checksum_that_was_remembered(server, tmp_path):
    serve_archive(server, {"a.bin": b"a", "b.bin": b"b"}, ("a.bin", "b.bin"))
    first, _ = download.get("set", tmp_path)
    first.write_bytes(b"x")
    told = []
    download.get("set", tmp_path, notice=told.append)
    assert first.read_bytes() == b"a"
    assert len(told) == 1
    assert server.asked == [("all.tar.gz", 0)] * 2


def test_an_archive_and_parts_that_a_killed_call_left_are_gone_after_the_next(server, tmp_path):
    content = serve_archive(server, {"a.bin": b"a"}, ("a.bin",))
    download.get("set", tmp_path)
    (tmp_path / "folder" / "all.tar.gz").write_bytes(content)
    (tmp_path / "folder" / "all.tar.gz.part").write_bytes(content[:5])
    (tmp_path / "folder" / ".lock").write_text("process 1 on nothing\n")
    download.get("set", tmp_path)
    assert held(tmp_path) == ["folder/a.bin", "folder/checksums.json"]
    assert server.asked == [("all.tar.gz", 0)]


def test_many_calls_at_once_bring_the_file_once_and_whole(server, tmp_path):
    threads = [threading.Thread(target=download.get, args=("set", tmp_path)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "folder" / "file.bin").read_bytes() == CONTENT
    assert server.asked == [("file.bin", 0)]
    assert held(tmp_path) == ["folder/file.bin"]


def test_sets_that_nobody_publishes_are_told_where_they_come_from(server, tmp_path):
    assert refused(tmp_path, "npz") == "data npz: it reads a file of your own"
    assert refused(tmp_path, "digits") == (
        "data digits: they come with neurosim and scikit-learn: in a checkout of neurosim, pip install -e '.[train]'"
    )
    assert refused(tmp_path, "sett").endswith(" 'sett'; did you mean 'set'?")


def test_every_official_file_has_a_checksum_and_goes_where_its_reader_looks():
    from neurosim.datasets import cifar10, cifar100, fashion_mnist, mnist

    for name, source in SOURCES.items():
        module = {"cifar10": cifar10, "cifar100": cifar100, "mnist": mnist, "fashion_mnist": fashion_mnist}[name]
        assert source.folder in module.USUAL
        for file in source.files:
            assert len(file.md5) == 32
            assert int(file.md5, 16) > 0
            assert file.url.startswith(("https://", "http://fashion-mnist."))
            assert file.size > 0
