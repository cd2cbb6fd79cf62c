"""Commands to kill: what each is typed as, what lies in its folder before, and what must lie there whenever it ends."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import neurosim

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PATIENCE_S = 120
OWN_START = "init_import_site"
"""Python says so of an interruption before it has come to any line of ours."""

WORKLOAD = """\
schema: neurosim/workload/1
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10}
stimulus: {kind: random, images: 3}
conversion: {kind: accumulate_fire, steps: 4, weight_bits: 8}
chip: loihi_like
schedules: [layer_by_layer]
noc: unbounded_queues
energy: {tables: [datta2023_45nm_int8]}
"""
RECIPE = """\
schema: neurosim/training/1
network: {zoo: digits_cnn, input: [1, 8, 8], classes: 10}
data: {kind: digits}
epochs: 3
integer_epochs: 1
batch: 100
"""
GET = """\
import sys
from neurosim.datasets.remote.remote_files import SOURCES
from neurosim.datasets.remote.remote_files import RemoteFile
from neurosim.datasets.remote.remote_files import RemoteDataset
from neurosim.cli import main
url, md5, size = sys.argv[1:4]
SOURCES["mnist"] = Source("mnist", (Official(url + "/file.bin", md5, int(size)),), (), "", "")
sys.argv[1:] = ["data", "get", "mnist", "--data", "sets", "-q"]
main()
"""


@dataclass
class Victim:
    """A command in its folder; ``kept`` are the outputs that are there, whole, before and after each kill."""

    arguments: Sequence[str]
    kept: Sequence[str]
    folder: Path
    first: Sequence[Sequence[str]] = ()
    program: Sequence[str] = (sys.executable, "-m", "neurosim")
    absent: Sequence[str] = ()
    whole: dict[str, str] = field(default_factory=dict)
    seconds: float = PATIENCE_S

    def prepare(self) -> None:
        """Run what has to be there first, then the command itself, and remember what it gives."""
        for arguments in self.first:
            self.finish(arguments)
        self.finish(self.arguments)
        self.whole = {name: content(self.folder / name) for name in self.kept}

    def start(self, arguments: Sequence[str]) -> subprocess.Popen[str]:
        """Start a command in a session of its own, by which all its processes are known."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "NEUROSIM_DEBUG": ""}
        return subprocess.Popen([*self.program, *arguments], cwd=self.folder, env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip

    def finish(self, arguments: Sequence[str]) -> None:
        """Run a command to its end, which is a good one."""
        began = time.monotonic()
        process = self.start(arguments)
        out, err = process.communicate(timeout=PATIENCE_S)
        if arguments is self.arguments:  # the first time perhaps with kernels to compile, which is not its usual life
            self.seconds = min(self.seconds, time.monotonic() - began)
        assert process.returncode == 0, (arguments, out, err)
        assert living(process.pid) == []

    def kill(self, number: signal.Signals, after_s: float) -> str:
        """Start the command, end it after a while, and return what is wrong with how it ended, if anything is."""
        process = self.start(self.arguments)
        with suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        process.send_signal(number)  # to nobody, if it has ended
        _, err = process.communicate(timeout=PATIENCE_S)
        if OWN_START not in err:
            if "Traceback" in err or "internal error" in err:
                return err
            before_us = -number  # the system ends a process that has not yet come to listen
            if process.returncode not in (0, before_us, 128 + number):
                return f"exit code {process.returncode}: {err}"
        if orphans := outliving(process.pid):
            return f"outlived by {orphans}"
        return self.lost()

    def lost(self) -> str:
        """Return which outputs are not what they were, if any; one that may be ``absent`` is not there or is whole."""
        names = [name for name in self.kept if name not in self.absent or (self.folder / name).exists()]
        lost = [name for name in names if content(self.folder / name) != self.whole[name]]
        return f"lost: {lost}" if lost else ""

    def left_behind(self) -> list[str]:
        """Return what killed commands have left in the folder, after one that has come to its end."""
        paths = (path.relative_to(self.folder) for path in self.folder.rglob("*"))
        return [str(path) for path in paths if path.name.startswith(".") or path.suffix == ".part"]


def content(path: Path) -> str:
    """What a finished output says, but for times: a file's bytes, or those of the counts and results of a folder."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    names = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    stable = [file for file in names if file.endswith((".csv", ".parquet", ".npz")) and file != "log.csv"]
    digests = [hashlib.sha256((path / file).read_bytes()).hexdigest() for file in stable]
    said: list[object] = [names, digests]
    for file in ("summary.json", "evaluation.json"):
        if file in names:
            facts = json.loads((path / file).read_text(encoding="utf-8"), object_hook=timeless)
            said.append([facts.get("run_id"), facts.get("evaluation_id"), facts["results"]])
    text = json.dumps(said, default=str)
    assert names, f"{path} is empty"
    return text


def timeless(facts: dict[str, object]) -> dict[str, object]:
    """Return facts without the simulator's own times, which are others in every run."""
    return {name: value for name, value in facts.items() if name != "cpu_ms_per_image"}


def living(session: int) -> list[str]:
    """Return the processes of a session, ended ones left out."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # has ended meanwhile
        if int(state[3]) == session and state[0] not in "ZX":
            found.append(place.name)
    return found


def outliving(session: int) -> list[str]:
    """Return the processes of a session that are still there after all the time that they have to tidy up."""
    for _ in range(100):
        if not (found := living(session)):
            return []
        time.sleep(0.05)
    return found


def run(folder: Path) -> Victim:
    """A run into a folder where an older one lies."""
    return Victim(("run", "small.yaml", "--out", "mine", "-q"), ("mine",), folder)


def run_with_processes(folder: Path) -> Victim:
    """The same, its images shared out."""
    return Victim(("run", "small.yaml", "--out", "mine", "-q", "-j", "2"), ("mine",), folder)


def sweep(folder: Path) -> Victim:
    """A sweep by two processes; its runs, once made, are found again, so each kill begins with some of them."""
    grid = ("--grid", "seed=1,2,3,4", "-j", "2", "--out", "swept", "-q")
    return Victim(("sweep", "small.yaml", *grid), ("swept",), folder)


def evaluate(folder: Path) -> Victim:
    """An evaluation by two processes."""
    return Victim(("eval", "digits", "-j", "2", "--images", "100", "--out", "marked", "-q"), ("marked",), folder)


def report(folder: Path) -> Victim:
    """A page and figures of a finished run, which stays as it is."""
    first = [("run", "small.yaml", "--out", "mine", "-q"), ("report", "mine")]
    return Victim(("report", "mine", "--html"), ("mine/summary.json", "mine/ledger.parquet"), folder, first)


def price(folder: Path) -> Victim:
    """Prices of a finished run."""
    first = [("run", "small.yaml", "--out", "mine", "-q")]
    return Victim(("price", "mine", "--table", "datta2023_45nm_int32"), ("mine",), folder, first)


def train(folder: Path) -> Victim:
    """A training run, which each command goes on with where the last one was killed; then it is there."""
    return Victim(("train", "tiny.yaml", "--out", "learnt", "-q", "--threads", "1"), ("learnt/tiny.npz",), folder)


def get(folder: Path) -> Victim:
    """A download from a server on this machine, given by its address, checksum and size in ``served``."""
    served = (folder / "served").read_text().split()
    program = (sys.executable, str(folder / "get.py"))
    return Victim(served, ("sets/mnist/file.bin",), folder, (), program, absent=("sets/mnist/file.bin",))


VICTIMS: dict[str, Callable[[Path], Victim]] = {
    "run": run, "run_with_processes": run_with_processes, "sweep": sweep, "eval": evaluate, "report": report,
    "price": price, "train": train, "get": get,
}  # fmt: skip


def write_inputs(folder: Path) -> None:
    """Write what the commands read."""
    (folder / "small.yaml").write_text(WORKLOAD)
    (folder / "tiny.yaml").write_text(RECIPE)
    (folder / "get.py").write_text(GET)


assert neurosim.__file__  # what is killed is the neurosim that the tests import, see tests/conftest.py
