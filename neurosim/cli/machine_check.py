"""Checks of this machine: versions, shipped files, kernel cache, memory, optional packages."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import neurosim
from neurosim.errors import NeurosimError
from neurosim.files.runs.output_folder import clean
from neurosim.plugins import DISTRIBUTION, data_folder, install_hint
from neurosim.provenance import packages

Finding = dict[str, str]
OTHER_DISTRIBUTION = "neurosim"  # another project on PyPI, whose package has the same import name
EXTRAS = {"train": "torch", "onnx": "onnx", "nir": "nir", "bench": "sanafe"}


def examine() -> list[Finding]:
    """Return all findings, each with ``state`` (ok, note or trouble), ``what`` and ``about``."""
    return [*versions(), *name_conflict(), *data(), *kernels(), *machine(), *extras()]


def remove_leftovers(folder: Path, depth: int = 2) -> Iterator[Finding]:
    """Remove what killed commands left in ``folder`` and, ``depth`` deep, in those below it; yield each removed path.

    What a running process holds is kept, and so are folders that are links.
    """
    removed = list(_removed(folder, depth))
    for path in removed:
        yield finding("ok", "removed", str(path))
    if not removed:
        yield finding("ok", "left behind", "nothing")


def _removed(folder: Path, depth: int) -> Iterator[Path]:
    try:
        yield from clean(folder)
        below = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except OSError:
        return
    for entry in sorted(below) if depth else ():
        yield from _removed(entry, depth - 1)


def finding(state: str, what: str, about: str) -> Finding:
    """Return one finding."""
    return {"state": state, "what": what, "about": about}


def versions() -> Iterator[Finding]:
    """Yield the installed versions."""
    yield finding("ok", "neurosim", f"{neurosim.__version__}, Python {sys.version.split()[0]}")
    installed = packages().items()
    yield finding("ok", "packages", ", ".join(f"{name} {version}" for name, version in installed))


def name_conflict() -> Iterator[Finding]:
    """Yield a problem where the other project of the same import name is installed as well."""
    try:
        version = importlib.metadata.version(OTHER_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return
    about = f"{OTHER_DISTRIBUTION} {version} is installed beside {DISTRIBUTION}; uninstall one, they share files"
    yield finding("trouble", "name conflict", about)


def data() -> Iterator[Finding]:
    """Yield whether the shipped chips, tables and workloads are installed."""
    for folder in ("chips", "energy_tables", "workloads"):
        try:
            files = len(list(data_folder(folder).glob("*.yaml")))
        except NeurosimError as error:
            yield finding("trouble", folder, str(error))
        else:
            yield finding("ok", folder, f"{files} files")


def kernels() -> Iterator[Finding]:
    """Yield whether compiled kernels can be cached, and whether the cached ones are intact."""
    from neurosim.kernels import cached, damaged, folders  # imports the compiler, which takes a second

    for folder in folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder):
                pass
        except OSError:
            about = f"{folder} cannot be written; compiled kernels go to the user's cache folder if that is writable"
            yield finding("note", "kernel cache", about)
            return
    if broken := [path for folder in folders() for path in damaged(folder)]:
        about = f"{len(broken)} files of compiled kernels are damaged, such as {broken[0]}; they are recompiled"
        yield finding("note", "kernel cache", about)
        return
    compiled = sum(len(cached(folder)) for folder in folders())
    yield finding("ok", "kernel cache", f"writable, {compiled} kernels cached" if compiled else "writable, still empty")


def machine() -> Iterator[Finding]:
    """Yield processors and memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    state = "ok" if memory >= 2 else "note"
    yield finding(state, "machine", f"{os.cpu_count()} processors, {memory:.1f} GiB of memory")


def extras() -> Iterator[Finding]:
    """Yield which optional packages of this version are installed."""
    offered = importlib.metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or []
    for extra, package in EXTRAS.items():
        if extra not in offered:
            continue
        is_installed = importlib.util.find_spec(package) is not None
        about = "installed" if is_installed else f"not installed; {install_hint(extra)} installs it"
        yield finding("ok" if is_installed else "note", f"extra {extra}", about)
