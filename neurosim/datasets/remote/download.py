"""Brings the official files of a data set to a folder: only when asked, checked, and going on where it was cut off.

A file grows under its name with ``.part``; it has its name only when its checksum is right. What was cut off, by the
network, a full disk or a kill, stays as ``.part`` and is continued with an HTTP range by the next call. One process at
a time brings files to a folder. What lies there already is verified, too: a published file by its published checksum, a
file out of an archive by that which was remembered in ``checksums.json`` when it was unpacked.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import re
import shutil
import tarfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from neurosim.datasets.remote.remote_files import SOURCES, RemoteDataset, RemoteFile
from neurosim.errors import DocumentError
from neurosim.filesystem.atomic_write import replace_text
from neurosim.filesystem.lock import locked
from neurosim.filesystem.partial_folder import LOCK
from neurosim.plugins import install_hint, unknown

CHUNK = 1 << 18
TIMEOUT_S = 30
CHECKSUMS = "checksums.json"
ATTEMPTS = 3  # for one file whose connection breaks after some of it came

Watch = Callable[[str, int, int], Any]
"""Is told a file's name, how many of its bytes are there, and how many there will be."""

ELSEWHERE = {
    "digits": f"they come with neurosim and scikit-learn: {install_hint('train')}",
    "image_folder": "it reads folders of your own; ImageNet is at https://www.image-net.org, after registration",
    "npz": "it reads a file of your own",
}


def get(
    name: str,
    folder: Path,
    watch: Watch = lambda *_: None,
    told: Callable[[str], Any] = lambda line: None,
) -> list[Path]:
    """Bring a set's files to their place below ``folder`` and return their paths; what is there is not fetched again.

    What is there and damaged is, and ``told`` of. An archive that lies in ``folder`` itself under its published name,
    with the right checksum, is unpacked from there. DocumentError for a set that has none, and where the network, the
    disk or a checksum stands in the way.
    """
    if name in ELSEWHERE:
        raise DocumentError(f"data {name}: {ELSEWHERE[name]}")
    if name not in SOURCES:
        raise DocumentError(unknown("data", name, SOURCES))
    source = SOURCES[name]
    folder = folder.expanduser()
    place = folder / source.folder
    with _disk(place):
        place.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        with _disk(place):
            stack.enter_context(locked(place / LOCK, lambda who: f"{place}: {who} fills it", wait=True))
        _bring(source, folder, place, watch, told)
    return [place / file for file in source.kept]


def _bring(source: RemoteDataset, folder: Path, place: Path, watch: Watch, told: Callable[[str], Any]) -> None:
    """Bring all files that are not there, or not whole, and leave nothing else."""
    wanted = _checksums(source, place)
    lacking = []
    for file in source.kept:
        if not (place / file).is_file():
            lacking.append(file)
        elif file in wanted and (found := _md5(place / file)) != wanted[file]:
            told(f"{place / file}: damaged: its MD5 checksum is {found}, wanted {wanted[file]}; it is fetched again")
            lacking.append(file)
    if lacking:
        _check_space(source, place)
    for official in source.files:
        given, target = folder / official.name, place / official.name
        if source.members and lacking:
            there = next((path for path in (target, given) if path.is_file() and _md5(path) == official.md5), None)
            if there is None:
                _fetch(official, there := target, watch)
            _unpack(there, place, source.members)
        elif official.name in lacking:
            _fetch(official, target, watch)
        if source.members:  # those of a call that was killed
            target.unlink(missing_ok=True)
        _part_of(target).unlink(missing_ok=True)


def _checksums(source: RemoteDataset, place: Path) -> dict[str, str]:
    """Return what is known of the files that are kept: MD5 checksums by name."""
    if not source.members:
        return {official.name: official.md5 for official in source.files}
    try:
        known = json.loads((place / CHECKSUMS).read_text(encoding="utf-8"))
        return {name: known[name] for name in source.members}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _check_space(source: RemoteDataset, place: Path) -> None:
    there = sum(file.stat().st_size for file in place.iterdir() if file.is_file())
    needed = sum(file.size for file in source.files) * (2 if source.members else 1) - there
    free = shutil.disk_usage(place).free
    if needed > free:
        raise DocumentError(f"{place}: {needed / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free on this disk")


def _fetch(official: RemoteFile, target: Path, watch: Watch) -> None:
    """Bring one file to ``target``; continue what is there of it."""
    part = _part_of(target)
    for attempt in range(ATTEMPTS):
        before = part.stat().st_size if part.is_file() else 0
        try:
            total = _continue(official, part, before, watch)
            break
        except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
            now = part.stat().st_size if part.is_file() else 0
            if attempt == ATTEMPTS - 1 or now == before:
                kept = f" after {now:,} bytes ({error}); they are kept in {part}, the same command goes on from there"
                raise DocumentError(f"{official.url}: the connection broke{kept if now else f': {error}'}") from error
    found = _md5(part)
    if found != official.md5:
        part.unlink()
        raise DocumentError(
            f"{official.url}: {total:,} bytes came with the MD5 checksum {found}, wanted {official.md5}; they were "
            "removed, the same command fetches them again"
        )
    part.replace(target)


def _part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _continue(official: RemoteFile, part: Path, there: int, watch: Watch) -> int:
    """Append what is missing of a file and return its size; ConnectionError where the connection ends early."""
    try:
        answer = _ask(official.url, there)
    except urllib.error.HTTPError as error:
        if error.code == 416 and there:  # no bytes after those that are there
            return there
        raise DocumentError(f"{official.url}: the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        why = getattr(error.reason, "strerror", None) or error.reason
        raise DocumentError(f"{official.url}: cannot be reached: {why}; is this machine online?") from error
    with answer:
        start = _start(answer, there)
        length = answer.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else official.size
        with _disk(part), part.open("ab" if start else "wb") as file:
            done = start
            watch(official.name, done, total)
            while chunk := _read(answer):
                file.write(chunk)
                done += len(chunk)
                watch(official.name, done, total)
    if done < total:
        raise ConnectionError(f"{done:,} of {total:,} bytes")
    return total


def _ask(url: str, there: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "neurosim", "Accept-Encoding": "identity"}
    if there:
        headers["Range"] = f"bytes={there}-"
    answer: http.client.HTTPResponse = urllib.request.urlopen(
        urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S
    )
    return answer


def _start(answer: http.client.HTTPResponse, there: int) -> int:
    """Return the place of an answer's first byte in the file: 0 where the server knows no ranges."""
    span = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return there if answer.status == 206 and span and int(span[1]) == there else 0


def _read(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read(CHUNK)
    except OSError as error:  # of the network, and told from those of the disk by this
        raise ConnectionError(error.strerror or error) from error


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _unpack(archive: Path, place: Path, members: tuple[str, ...]) -> None:
    """Take files out of an archive by their bare names, whatever folders it has, and remember their checksums."""
    checksums = {}
    try:
        with _disk(place), tarfile.open(archive) as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                content = tar.extractfile(member) if member.isfile() and name in members else None
                if content is not None:
                    part = _part_of(place / name)
                    with part.open("wb") as file:
                        shutil.copyfileobj(content, file, CHUNK)
                    checksums[name] = _md5(part)
                    part.replace(place / name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DocumentError(f"{archive}: cannot be unpacked: {error}") from error
    lacking = [name for name in members if name not in checksums]
    if lacking:
        raise DocumentError(f"{archive}: lacks {', '.join(lacking)}")
    replace_text(place / CHECKSUMS, json.dumps(checksums, indent=1) + "\n")


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn what a disk refuses into a DocumentError."""
    try:
        yield
    except ConnectionError:
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DocumentError(
                f"{path}: the disk is full; what came is kept, with more room the same command goes on from there"
            ) from error
        raise DocumentError(f"{path}: cannot be written: {error.strerror or error}") from error
