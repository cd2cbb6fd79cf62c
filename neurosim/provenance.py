"""The provenance of a run: the id that its inputs decide, and the manifest that records them.

The id is a hash of contents, never of paths: the same network, weights, chip, tables, seed and model have the same id
on every machine and in every folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neurosim.errors import DocumentError

__version__ = "0.1.0"

MODEL_VERSION = 5
"""Raised whenever the same inputs come to give other counts or other ticks, or their resolved form changes.

5: one packet for each spike and destination core over all projections of a source, scans of 0 ticks may stall, npz
stimuli that are not uint8 are scaled by the whole file, and the models of the NoC have other names.
"""

SCHEMA = "neurosim/manifest/1"
PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "simpy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "pydantic",
    "ruamel.yaml",
)

Files = Mapping[tuple[str | int, ...], tuple[Path, ...]]


def plain(value: Any) -> Any:
    """``value`` as JSON has it: dataclasses and mappings as dicts with text keys, sequences as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def canonical(value: Any) -> str:
    """The one JSON text of ``value``: keys sorted, no blanks, ASCII only."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal; of a folder, of the names and hashes of all files in it.

    DocumentError for one that cannot be read.
    """
    if path.is_dir():
        entries = {*path.rglob("*"), *path.glob("*/*")}  # the former passes over folders that are links
        files = sorted(file for file in entries if file.is_file())
        with ThreadPoolExecutor(os.cpu_count()) as threads:  # hashing is done outside the interpreter's lock
            hashes = threads.map(hash_file, files)
            names = [[file.relative_to(path).as_posix(), digest] for file, digest in zip(files, hashes, strict=True)]
        return hashlib.sha256(canonical(names).encode()).hexdigest()
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from None


def resolved_inputs(workload: Any, files: Files) -> dict[str, Any]:
    """All inputs of a run: the workload, each file it names replaced by the file's name and hash.

    ``files`` maps the place of a name in the workload to the files that it refers to.
    """
    inputs: dict[str, Any] = plain(workload)
    for place, paths in files.items():
        holder: Any = inputs
        for part in place[:-1]:
            holder = holder[part]
        holder[place[-1]] = [{"file": path.name, "sha256": hash_file(path)} for path in paths]
    return inputs


def run_id(inputs: Mapping[str, Any], model_version: int | None = None) -> str:
    """Eight hexadecimal digits of the SHA-256 of resolved inputs and model version, this neurosim's unless given."""
    version = MODEL_VERSION if model_version is None else model_version
    text = canonical({"inputs": inputs, "model_version": version})
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def manifest(inputs: Mapping[str, Any], wall: Mapping[str, float]) -> dict[str, Any]:
    """The manifest of a run folder; ``wall`` is how long each part took, in seconds of the host's clock."""
    return {
        "schema": SCHEMA,
        "run_id": run_id(inputs),
        "workload": inputs["name"],
        "neurosim_version": __version__,
        "model_version": MODEL_VERSION,
        "seed": inputs["seed"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": inputs,
        "packages": packages(),
        "host": host(),
        "wall": dict(wall),
    }


def packages() -> dict[str, str]:
    """The versions of the packages that a run's numbers and figures depend on."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def host() -> dict[str, Any]:
    """The kind of machine; no host name, user or path."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
