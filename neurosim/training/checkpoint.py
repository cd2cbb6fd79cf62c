"""Where a training run stands, on disk: written beside and renamed, so that a kill at any moment loses nothing."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from neurosim.errors import DocumentError

NAME = "checkpoint.pt"


@dataclass
class Position:
    """The next batch: ``batch`` of ``epoch``, both from 0, and the losses and images of the epoch so far."""

    epoch: int = 0
    batch: int = 0
    loss: float = 0.0
    log: list[dict[str, float]] = field(default_factory=list)


def save(folder: Path, fingerprint: str, position: Position, states: dict[str, Any]) -> None:
    """Write a checkpoint into ``folder``; where that fails the last one is still there."""
    path, beside = folder / NAME, folder / f"{NAME}.part"
    content = {"fingerprint": fingerprint, "position": vars(position), "states": states}
    try:
        with beside.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except (OSError, RuntimeError) as error:  # PyTorch makes a RuntimeError of a full disk
        beside.unlink(missing_ok=True)
        why = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        kept = "; the checkpoint before it is kept" if path.exists() else ""
        raise DocumentError(f"{path}: cannot be written: {why}{kept}") from error


def load(folder: Path, fingerprint: str) -> tuple[Position, dict[str, Any]] | None:
    """Return where the run in ``folder`` stands, or None if it has not begun.

    A checkpoint of another recipe, or a file that is none, is a DocumentError.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        found, position, states = content["fingerprint"], Position(**content["position"]), content["states"]
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        what = str(error).partition("\n")[0][:120]
        raise DocumentError(f"{path}: not a checkpoint ({what}); remove it to begin anew") from error
    if found != fingerprint:
        raise DocumentError(
            f"{path}: a checkpoint of another recipe ({found}, this is {fingerprint}); give another --out, or remove it"
        )
    return position, states
