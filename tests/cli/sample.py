"""The sample package, installed beside the virtual environment rather than into it.

Whatever is in the environment is found by every other test, in every list and law over all kinds; so the package is in
a folder of its own, and only commands that are given that folder see it.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "sample_package"
INSTALLED = Path(sys.prefix) / "sample_package"
"""Where ``.ci/run`` installs it; elsewhere it is installed for the tests that need it, or these are skipped."""


@functools.cache
def sample_folder() -> Path:
    """Return the folder that holds the installed package; the test is skipped where it cannot be installed."""
    if INSTALLED.is_dir():
        return INSTALLED
    folder = Path(tempfile.mkdtemp(prefix="neurosim-sample-"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the sample package cannot be installed: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def neurosim_with(*folders: Path, arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command with packages of these folders installed."""
    return python_with(*folders, arguments=["-m", "neurosim", *arguments], cwd=cwd)


def python_with(*folders: Path, arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python with packages of these folders installed."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path},
    )


def write_package(folder: Path, name: str, entry_points: str, **modules: str) -> Path:
    """Write a package as pip installs one, with modules and the entry points in the form of ``entry_points.txt``."""
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    metadata = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)
    return folder
