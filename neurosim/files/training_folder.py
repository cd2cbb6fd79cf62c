"""The folder of a training run: its weights, its card, a row for each epoch and the checkpoint to go on from."""

from __future__ import annotations

import csv
import errno
import fcntl
import io
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from neurosim import provenance
from neurosim.errors import DocumentError
from neurosim.replacement import replace_text
from neurosim.report.card import text
from neurosim.training.lesson import Lesson
from neurosim.training.trained import SCHEMA

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

CARD, PAGE, LOG, LOCK = "card.json", "card.md", "log.csv", ".lock"
UNLOCKABLE = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # what file systems say that know no locks


def make_writable(folder: Path) -> None:
    """Make ``folder``, before anything is learnt; DocumentError where nothing could be written to it."""
    if folder.exists() and not folder.is_dir():
        raise DocumentError(f"{folder}: is a file; choose a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as error:
        raise DocumentError(f"{folder}: cannot be written: {error.strerror or error}") from error


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other training processes out of ``folder`` within the block; DocumentError where one is in it.

    The system takes the claim back when the process ends, however it does; where files cannot be locked there is none.
    """
    with _locked(folder) as file:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()}\n")
        file.flush()
        try:
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[IO[str]]:
    """Open the lock file and lock it; one that its last holder removed meanwhile is no lock, so another is made."""
    while True:
        with (folder / LOCK).open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                who = file.readline().strip() or "another process"
                raise DocumentError(f"{folder}: {who} is training into it; let it end, or give another --out") from None
            except OSError as error:
                if error.errno not in UNLOCKABLE:
                    raise
            try:
                is_there = os.path.samestat(os.fstat(file.fileno()), (folder / LOCK).stat())
            except FileNotFoundError:
                is_there = False
            if is_there:
                yield file
                return


def write_log(folder: Path, epochs: Iterable[Epoch]) -> None:
    """Write ``log.csv``, a row for each epoch."""
    rows = [vars(epoch) for epoch in epochs]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace_text(folder / LOG, table.getvalue())


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write ``card.md``, then ``card.json``, by which a run is known to be finished."""
    replace_text(folder / PAGE, text(dict(card)))
    replace_text(folder / CARD, json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def finished_card(folder: Path, lesson: Lesson) -> dict[str, Any] | None:
    """Return the card in ``folder`` if it is of this run and of the weights that lie beside it, else None."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        same = card["schema"] == SCHEMA and card["fingerprint"] == lesson.fingerprint
        same = same and card["name"] == lesson.recipe.name
        if same and provenance.hash_file(folder / card["weights"]["file"]) == card["weights"]["sha256"]:
            text(card)
            return dict(card)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        pass  # a card that is none is written anew
    return None
