"""Checkpoints of a training run: the last one is whole at any moment, whenever the run is killed."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from neurosim.errors import DocumentError
from neurosim.filesystem.atomic_write import replacing

NAME = "checkpoint.pt"


@dataclass
class CheckpointPosition:
    """The position of a training run: the next batch is ``batch`` of ``epoch``, both from 0.

    ``loss`` and ``seconds`` are the sums of the epoch so far, ``log`` has a record of each finished epoch.
    """

    epoch: int = 0
    batch: int = 0
    loss: float = 0.0
    log: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0


def save(folder: Path, fingerprint: str, position: CheckpointPosition, states: dict[str, Any]) -> None:
    """Write a checkpoint into ``folder``; where that fails the previous one remains."""
    content = {"fingerprint": fingerprint, "position": vars(position), "states": states}
    with replacing(folder / NAME) as file:
        try:
            torch.save(content, file)
        except RuntimeError as error:  # PyTorch wraps the disk's error
            raise error.__context__ if isinstance(error.__context__, OSError) else error from None


def load(folder: Path, fingerprint: str) -> tuple[CheckpointPosition, dict[str, Any]] | None:
    """Return the position and states of the run in ``folder``, or None if it has not begun.

    DocumentError for a checkpoint of another recipe, or a file that is no checkpoint.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        saved_fingerprint, states = content["fingerprint"], content["states"]
        position = CheckpointPosition(**content["position"])
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        what = str(error).partition("\n")[0][:120] or "it ends too early"
        raise DocumentError(f"{path}: not a checkpoint ({what}); remove it to begin anew") from error
    if saved_fingerprint != fingerprint:
        raise DocumentError(
            f"{path}: a checkpoint of another recipe ({saved_fingerprint}, this is {fingerprint}); give another --out, "
            "or remove it"
        )
    return position, states
