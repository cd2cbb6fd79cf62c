"""Names of energy tables: an id, the path of a file, or several of them joined by ``+``.

The path of a file may also contain a ``+``, so a name is split by which files exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from neurosim.errors import DocumentError
from neurosim.files.documents.located_document import from_folder
from neurosim.plugins import PATH_SUFFIXES, data_file, data_names, is_path, unknown

FOLDER = "energy_tables"
JOIN = "+"

UNPUBLISHED = "no per-operation energies are published"
NOT_SHIPPED = {
    "loihi2": UNPUBLISHED,
    "akida": UNPUBLISHED,
    "dynapse": UNPUBLISHED,
    "spinnaker": "published energies differ by 300 x (13.3 nJ and 45 pJ per synaptic event)",
}


def parts_of(name: str, folder: Path = Path(), ids: Iterable[str] = ()) -> list[str]:
    """Return the ids and paths that ``name`` joins; paths are relative to ``folder``.

    ``ids`` are known beside those of the tables in ``./energy_tables`` and the shipped ones. Of several ways to split a
    name, the one with the longest existing parts is taken; a path that does not exist ends in its suffix.
    """
    pieces = name.split(JOIN)
    known = {*ids, *data_names(FOLDER)} if len(pieces) > 1 else set()
    parts = []
    while pieces:
        joined = [JOIN.join(pieces[:count]).strip() for count in range(1, len(pieces) + 1)]
        existing = [count for count, part in enumerate(joined, start=1) if _exists(part, folder, known)]
        length = existing[-1] if existing else _missing(joined, folder)
        parts.append(joined[length - 1])
        pieces = pieces[length:]
    return parts


def table_file(part: str, ids: Iterable[str] = ()) -> Path:
    """Return the file of one table; a DocumentError for an id that is not known, with the nearest, also of ``ids``."""
    known = data_names(FOLDER)
    if is_path(part) or part in known:
        return data_file(FOLDER, part)
    device = part.lower().replace("-", "").replace("_", "")
    for name, reason in NOT_SHIPPED.items():
        if device.startswith(name):
            raise DocumentError(f'{part}: {reason}; see the documentation, "Tables"')
    raise DocumentError(unknown(FOLDER, part, sorted({*ids, *known})))


def _exists(part: str, folder: Path, known: set[str]) -> bool:
    if not is_path(part):
        return part in known
    try:
        return Path(from_folder(part, folder)).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _missing(joined: list[str], folder: Path) -> int:
    """Return how many pieces make up the first name, which does not exist."""
    for count, part in enumerate(joined, start=1):
        if not part.endswith(PATH_SUFFIXES):
            continue
        above = Path(from_folder(part, folder)).parent
        if "/" in joined[0] or (JOIN in str(above.name) and _is_folder(above)):
            return count
    return 1


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
