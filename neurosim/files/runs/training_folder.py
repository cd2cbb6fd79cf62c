"""The folder of a training run: weights, model card, a row for each epoch, and the checkpoint."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim import provenance
from neurosim.errors import DocumentError
from neurosim.files.runs.output_folder import kind_of
from neurosim.filesystem.atomic_write import replace_text
from neurosim.filesystem.lock import locked
from neurosim.filesystem.partial_folder import HIDDEN
from neurosim.report.terminal.model_card import text
from neurosim.training.job import TrainingJob
from neurosim.training.model_card import SCHEMA

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

CARD, PAGE, LOG, LOCK = "card.json", "card.md", "log.csv", ".lock"
CHECKPOINT = "checkpoint.pt"  # of training/checkpoint.py, which needs PyTorch


def make_writable(folder: Path) -> None:
    """Make ``folder`` before training begins; DocumentError where it cannot be written or holds anything else.

    A user's own ``log.csv`` is not taken for that of a training run.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise DocumentError(f"{folder}: is a file; choose a folder")
        if folder.is_dir() and not _is_usable(folder):
            found = kind_of(folder)
            held = f"holds {found.noun}, not" if found else "is not empty and not"
            raise DocumentError(f"{folder}: {held} a training run; choose another")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"{folder}: cannot be written: {reason}") from error


def _is_usable(folder: Path) -> bool:
    """Whether a folder is empty but for leftovers of killed processes, or holds files of a training run."""
    if all(HIDDEN.fullmatch(entry.name) for entry in folder.iterdir()) or (folder / CHECKPOINT).is_file():
        return True
    try:
        if (folder / LOG).is_file():  # its checkpoint may have been removed, to start again
            with (folder / LOG).open(encoding="utf-8") as file:
                return file.readline(200).split(",")[:4] == ["number", "rate", "loss", "accuracy"]
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(card, dict) and card.get("schema") == SCHEMA


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Keep other training processes out of ``folder`` within the block; DocumentError where one is in it.

    The system releases the lock when the process ends, however it ends; where files cannot be locked there is none.
    """
    with locked(folder / LOCK, lambda who: f"{folder}: {who} is training into it; let it end, or give another --out"):
        yield


def write_log(folder: Path, epochs: Iterable[Epoch]) -> None:
    """Write ``log.csv``, a row for each epoch."""
    rows = [vars(epoch) for epoch in epochs]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace_text(folder / LOG, table.getvalue())


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write ``card.md``, then ``card.json``, which marks a run as finished."""
    replace_text(folder / PAGE, text(dict(card)))
    replace_text(folder / CARD, json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def finished_card(folder: Path, job: TrainingJob) -> dict[str, Any] | None:
    """Return the card in ``folder`` if it is of this run and of the weights beside it, else None."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        same = card["schema"] == SCHEMA and card["fingerprint"] == job.fingerprint
        same = same and card["name"] == job.recipe.name
        if same and provenance.hash_file(folder / card["weights"]["file"]) == card["weights"]["sha256"]:
            text(card)
            return dict(card)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        pass  # a card that cannot be read is written again
    return None
