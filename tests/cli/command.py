"""The command as a user meets it: what was typed, the exit code, and both streams apart."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from neurosim.cli.application import app
from neurosim.cli.outcome import outcome

SMALL = ("--set", "stimulus.images=2", "--set", "compare[0].schedules=[pipelined]")
"""What makes ``digits`` small: two images, and one result of each conversion."""

WORKLOAD = """\
schema: neurosim/workload/1
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10}
stimulus: {kind: random, images: 1}
conversion: {kind: accumulate_fire, steps: 4, weight_bits: 8}
chip: loihi_like
schedules: [layer_by_layer]
energy: {tables: [datta2023_45nm_int8]}
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, and what it wrote to stdout and to stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON object on stdout; anything else there is an error."""
        return json.loads(self.out)


def neurosim(*arguments, columns=100, **environment) -> Outcome:
    """Run the command in this process, in a terminal of so many columns."""
    out, err = io.StringIO(), io.StringIO()
    surroundings = mock.patch.dict(os.environ, {"COLUMNS": str(columns), "NEUROSIM_DEBUG": "", **environment})
    with surroundings, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = outcome(lambda: app(list(map(str, arguments)), prog_name="neurosim", standalone_mode=False))
    return Outcome(code, out.getvalue(), err.getvalue())


def started(*arguments, cwd: Path, **streams) -> subprocess.Popen:
    """Start the command as a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "NEUROSIM_DEBUG": ""}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    command = [sys.executable, "-m", "neurosim", *map(str, arguments)]
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, **streams)


def workload(**changes: str) -> Path:
    """Write the small workload into the current directory, lines replaced by their key, and return its path."""
    lines = [
        f"{key}: {changes.pop(key)}" if (key := line.partition(":")[0]) in changes else line
        for line in WORKLOAD.splitlines()
    ]
    path = Path("small.yaml")
    path.write_text("\n".join([*lines, *(f"{key}: {value}" for key, value in changes.items())]) + "\n")
    return path


def entries(folder: Path) -> list[str]:
    """All files below a folder, hidden ones too, sorted; [] where there is no folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
