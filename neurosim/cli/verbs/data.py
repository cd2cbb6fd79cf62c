"""``neurosim data``: download data sets, and list where each is found."""

from __future__ import annotations

from typing import Annotated

import typer

from neurosim.cli.options import Data, Json, Quiet
from neurosim.cli.outcome import resumable
from neurosim.cli.terminal import answer, say, width
from neurosim.cli.verb_group import VerbGroup

data_sets = typer.Typer(cls=VerbGroup, help="Download data sets, and list where each is.", rich_markup_mode=None)


@data_sets.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="cifar10, cifar100, fashion_mnist or mnist.")],
    data: Data = None,
    quiet: Quiet = False,
) -> None:
    """Download a data set; resumes a download that was cut off.

    The official files, their checksums verified, into --data, else NEUROSIM_DATA, else the user's cache.
    """
    from neurosim.datasets.locate import default_folder
    from neurosim.datasets.remote.download import get as download
    from neurosim.report.terminal.progress_bars import TransferBars

    with resumable("the same command resumes the download"), TransferBars(quiet=quiet) as transfers:
        files = download(name, data or default_folder(), transfers, transfers.tell)
    say("\n".join(map(str, files)))


@data_sets.command("list")
def list_data(data: Data = None, as_json: Json = False) -> None:
    """List the data sets, and where each is found on this machine."""
    from neurosim.datasets.inventory import inventory
    from neurosim.datasets.locate import choose_folder
    from neurosim.report.terminal.tables import text

    choose_folder(data)
    rows = list(inventory())
    answer({"data": rows}, as_json, lambda: text(rows, width()))
