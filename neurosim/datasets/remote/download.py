"""Download of the official files of a data set: on request only, verified, and resumed after an interruption.

A file is written as ``NAME.part`` and renamed once its checksum matches. What an interruption (network, full disk,
kill) leaves stays as ``NAME.part``, and the next call continues it with an HTTP range. One process at a time fills a
folder. Files that exist already are verified as well: a published file against its published checksum, a file out of
an archive against the checksum that was stored in ``checksums.json`` when it was unpacked.
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

CHUNK = 1 << 18  # bytes read at once
TIMEOUT_S = 30
CHECKSUMS = "checksums.json"
ATTEMPTS = 3  # of one file whose connection breaks after part of it has arrived

Watch = Callable[[str, int, int], Any]
"""Called with a file's name, the bytes of it that have arrived, and its size in bytes."""

ELSEWHERE = {
    "digits": f"they come with neurosim and scikit-learn: {install_hint('train')}",
    "image_folder": "it reads folders of your own; ImageNet is at https://www.image-net.org, after registration",
    "npz": "it reads a file of your own",
}


def get(
    name: str,
    folder: Path,
    watch: Watch = lambda *_: None,
    notice: Callable[[str], Any] = lambda line: None,
) -> list[Path]:
    """Download the files of a data set; whole files that exist are not downloaded again.

    Parameters
    ----------
    name : str
        Kind of data set.
    folder : Path
        Data folder, below which the set has a folder of its own. An archive in ``folder`` itself under its published
        name, with the right checksum, is unpacked instead of being downloaded.
    watch : callable
        Shows progress.
    notice : callable
        Called with a line for each damaged file, which is then downloaded again.

    Returns
    -------
    list of Path
        The files of the set.

    Raises
    ------
    DocumentError
        For a set without published files, and where the network, the disk or a checksum fails.
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
        _download(source, folder, place, watch, notice)
    return [place / file for file in source.names]


def _download(source: RemoteDataset, folder: Path, place: Path, watch: Watch, notice: Callable[[str], Any]) -> None:
    """Download all files that are missing or damaged, and leave nothing else behind."""
    expected = _checksums(source, place)
    lacking = []
    for file in source.names:
        if not (place / file).is_file():
            lacking.append(file)
        elif file in expected and (checksum := _md5(place / file)) != expected[file]:
            notice(
                f"{place / file}: damaged: its MD5 checksum is {checksum}, wanted {expected[file]}; it is fetched again"
            )
            lacking.append(file)
    if lacking:
        _check_space(source, place)
    for official in source.files:
        given, target = folder / official.name, place / official.name
        # An archive is downloaded whole for a single member that is missing.
        if source.members and lacking:
            archive = next((path for path in (target, given) if path.is_file() and _md5(path) == official.md5), None)
            if archive is None:
                _fetch(official, archive := target, watch)
            _unpack(archive, place, source.members)
        elif official.name in lacking:
            _fetch(official, target, watch)
        if source.members:  # an archive, perhaps of a call that was killed while unpacking
            target.unlink(missing_ok=True)
        _part_of(target).unlink(missing_ok=True)


def _checksums(source: RemoteDataset, place: Path) -> dict[str, str]:
    """Return the MD5 checksums, by name, that are known of the files of a set."""
    if not source.members:
        return {official.name: official.md5 for official in source.files}
    try:
        stored = json.loads((place / CHECKSUMS).read_text(encoding="utf-8"))
        return {name: stored[name] for name in source.members}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _check_space(source: RemoteDataset, place: Path) -> None:
    existing = sum(file.stat().st_size for file in place.iterdir() if file.is_file())
    # An archive and what is unpacked from it are on the disk together.
    needed = sum(file.size for file in source.files) * (2 if source.members else 1) - existing
    free = shutil.disk_usage(place).free
    if needed > free:
        raise DocumentError(f"{place}: {needed / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free on this disk")


def _fetch(official: RemoteFile, target: Path, watch: Watch) -> None:
    """Download one file to ``target``, continuing the part of it that exists."""
    part = _part_of(target)
    for attempt in range(ATTEMPTS):
        before = part.stat().st_size if part.is_file() else 0
        try:
            total = _continue(official, part, before, watch)
            break
        # Another attempt only if this one brought bytes: a server that sends none is not asked again.
        except (ConnectionError, TimeoutError, http.client.HTTPException) as error:
            now = part.stat().st_size if part.is_file() else 0
            if attempt == ATTEMPTS - 1 or now == before:
                kept = f" after {now:,} bytes ({error}); they are kept in {part}, the same command goes on from there"
                raise DocumentError(f"{official.url}: the connection broke{kept if now else f': {error}'}") from error
    checksum = _md5(part)
    if checksum != official.md5:
        part.unlink()
        raise DocumentError(
            f"{official.url}: {total:,} bytes came with the MD5 checksum {checksum}, wanted {official.md5}; they were "
            "removed, the same command fetches them again"
        )
    part.replace(target)


def _part_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _continue(official: RemoteFile, part: Path, existing: int, watch: Watch) -> int:
    """Append the missing bytes of a file and return its size; ConnectionError where the connection ends early."""
    try:
        response = _request(official.url, existing)
    except urllib.error.HTTPError as error:
        if error.code == 416 and existing:  # range not satisfiable: the file is complete
            return existing
        raise DocumentError(f"{official.url}: the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        why = getattr(error.reason, "strerror", None) or error.reason
        raise DocumentError(f"{official.url}: cannot be reached: {why}; is this machine online?") from error
    with response:
        start = _start(response, existing)
        length = response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else official.size
        with _disk(part), part.open("ab" if start else "wb") as file:
            done = start
            watch(official.name, done, total)
            while chunk := _read(response):
                file.write(chunk)
                done += len(chunk)
                watch(official.name, done, total)
    if done < total:
        raise ConnectionError(f"{done:,} of {total:,} bytes")
    return total


def _request(url: str, existing: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "neurosim", "Accept-Encoding": "identity"}
    if existing:
        headers["Range"] = f"bytes={existing}-"
    response: http.client.HTTPResponse = urllib.request.urlopen(
        urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S
    )
    return response


def _start(response: http.client.HTTPResponse, existing: int) -> int:
    """Return the offset in the file of a response's first byte: 0 where the server supports no ranges."""
    span = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return existing if response.status == 206 and span and int(span[1]) == existing else 0


def _read(response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK)
    except OSError as error:  # of the network: ``_disk`` reports all others as the disk's
        raise ConnectionError(error.strerror or error) from error


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def _unpack(archive: Path, place: Path, members: tuple[str, ...]) -> None:
    """Unpack files from an archive by their bare names, whatever its folders, and store their checksums."""
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
    """Raise the errors of a disk as DocumentErrors."""
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
