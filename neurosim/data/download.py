"""Brings the official files of a data set to a folder: only when asked, checked, and going on where it was cut off.

A file grows under its name with ``.part``; it has its name only when its checksum is right. What was cut off, by the
network, a full disk or a kill, stays as ``.part`` and is continued with an HTTP range by the next call.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import re
import shutil
import tarfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim.data.sources import SOURCES, Official, Source
from neurosim.errors import DocumentError
from neurosim.kinds import install_hint, unknown

CHUNK = 1 << 18
TIMEOUT_S = 30
ATTEMPTS = 3  # for one file whose connection breaks after some of it came

Watch = Callable[[str, int, int], Any]
"""Is told a file's name, how many of its bytes are there, and how many there will be."""

ELSEWHERE = {
    "digits": f"they come with neurosim and scikit-learn: {install_hint('train')}",
    "image_folder": "it reads folders of your own; ImageNet is at https://www.image-net.org, after registration",
    "npz": "it reads a file of your own",
}


def get(name: str, folder: Path, watch: Watch = lambda *_: None) -> list[Path]:
    """Bring a set's files to their place below ``folder`` and return their paths; what is there is not fetched again.

    An archive that lies in ``folder`` itself under its published name, with the right checksum, is unpacked from there.
    DocumentError for a set that has none, and where the network, the disk or a checksum stands in the way.
    """
    if name in ELSEWHERE:
        raise DocumentError(f"data {name}: {ELSEWHERE[name]}")
    if name not in SOURCES:
        raise DocumentError(unknown("data", name, SOURCES))
    source = SOURCES[name]
    place = folder.expanduser() / source.folder
    kept = [place / file for file in source.kept]
    if all(file.is_file() for file in kept):
        return kept
    with _disk(place):
        place.mkdir(parents=True, exist_ok=True)
    _check_space(source, place)
    for official in source.files:
        given, target = folder.expanduser() / official.name, place / official.name
        if not target.is_file() and not (source.members and given.is_file() and _md5(given) == official.md5):
            _fetch(official, target, watch)
        if source.members:
            _unpack(target if target.is_file() else given, place, source.members)
            target.unlink(missing_ok=True)
    return kept


def _check_space(source: Source, place: Path) -> None:
    there = sum(file.stat().st_size for file in place.iterdir() if file.is_file())
    needed = sum(file.size for file in source.files) * (2 if source.members else 1) - there
    free = shutil.disk_usage(place).free
    if needed > free:
        raise DocumentError(f"{place}: {needed / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free on this disk")


def _fetch(official: Official, target: Path, watch: Watch) -> None:
    """Bring one file to ``target``; continue what is there of it."""
    part = target.with_name(f"{target.name}.part")
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


def _continue(official: Official, part: Path, there: int, watch: Watch) -> int:
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
    """Take files out of an archive by their bare names, whatever folders it has."""
    try:
        with _disk(place), tarfile.open(archive) as tar:
            for member in tar:
                name = member.name.rpartition("/")[2]
                content = tar.extractfile(member) if member.isfile() and name in members else None
                if content is not None:
                    part = place / f"{name}.part"
                    with part.open("wb") as file:
                        shutil.copyfileobj(content, file, CHUNK)
                    part.replace(place / name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DocumentError(f"{archive}: cannot be unpacked: {error}") from error
    lacking = [name for name in members if not (place / name).is_file()]
    if lacking:
        raise DocumentError(f"{archive}: lacks {', '.join(lacking)}")


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
