"""Networks from files, one importer a format; a file's ending, without the dot, is the name of its importer."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import cast

from neurosim.plugins import known, resolve

PACKAGE = "neurosim.network.importers"
USUAL = "npz"
"""The importer of a file whose ending names none, which then says what is wrong with it."""


def importer_of(path: Path | str) -> ModuleType:
    """Return the importer of a file: a module with ``SUFFIX`` and ``read(path)``, which returns a Network.

    DocumentError where another package has it and cannot be imported.
    """
    kind = Path(path).suffix.removeprefix(".").lower()
    return cast(ModuleType, resolve(PACKAGE, kind if kind in known(PACKAGE) else USUAL))
