"""``neurosim train``: train a network for spikes and export its integers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurosim.cli.options import Data, Json, Quiet, Threads
from neurosim.cli.outcome import resumable
from neurosim.cli.terminal import answer, tell


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A training recipe, or the name of a shipped one.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="A.B=C", help="Override one value of the recipe.")
    ] = None,
    data: Data = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Its folder; else trained/NAME-HASH.")
    ] = None,
    threads: Threads = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a network for spikes and write its integer weights.

    An interrupted training resumes at its last checkpoint.
    """
    from neurosim.datasets.locate import choose_folder
    from neurosim.experiments.train import perform, prepare
    from neurosim.files.runs.training_folder import finished_card
    from neurosim.report.terminal import model_card
    from neurosim.report.terminal.progress_bars import WorkBars

    choose_folder(data)
    job = prepare(recipe, set_ or ())
    folder, epochs = out or job.folder, job.recipe.epochs
    card = finished_card(folder, job)
    if card is None:
        interruptible = resumable(f"the same command resumes from the checkpoint in {folder}")
        with interruptible, WorkBars(quiet=quiet) as progress:
            card = perform(
                job, folder, progress, lambda epoch: progress.tell(model_card.line(epoch, epochs)), threads
            ).card
    finished = card
    answer(finished, as_json, lambda: model_card.text(finished))
    if not quiet:
        tell(f"written to {folder}")
