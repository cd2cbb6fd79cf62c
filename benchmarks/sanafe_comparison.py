"""Side by side with SANA-FE: the same networks, weights, spikes, cores and Loihi constants in both, in turn.

    python benchmarks/sanafe_comparison.py [--runs 3] [--network lenet] [--cycle] [--sanafe-python PATH]

First everything that both count is compared, step by step; a single difference ends the program with exit code 1. Then
each side is run ``--runs`` times in turn, each time in a process of its own on one thread, and medians are printed: CPU
seconds and peak memory; "again" is to build and simulate a second time in the same process. Last, the time on the chip
by each model of the mesh; ``--cycle`` adds SANA-FE's slowest, which takes minutes.

SANA-FE is the extra ``bench`` (``pip install sanafe``); where it lives in another environment, ``--sanafe-python``
names that interpreter. What is compared, and why times on the chip differ, is said in docs/sanafe.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
NETWORKS = ("lenet", "cifar")
COUNTS = ("spikes", "events", "messages", "east_west", "north_south", "updated")
WORDS = {
    "spikes": "spikes",
    "events": "synaptic events",
    "messages": "messages",
    "east_west": "hops east-west",
    "north_south": "hops north-south",
    "updated": "neurons updated",
}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
TOLERANCE = 1e-11  # SANA-FE adds its energies up one event after the other, in floating point

Facts = dict[str, Any]


def run(interpreter: str, script: str, *arguments: str | Path) -> Facts:
    """Run one side in a process of its own and return the line of JSON that it ends with."""
    done = subprocess.run(
        [interpreter, str(HERE / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **ONE_THREAD},
    )
    if done.returncode != 0:
        raise SystemExit(f"{script} failed:\n{done.stderr}")
    last = done.stdout.splitlines()[-1]
    return json.loads(last[last.index("{") :])


def differences(ours: Facts, theirs: Facts) -> list[str]:
    """Return a line for every count or energy of a chip step that is not the same on both sides."""
    lines = []
    for name in COUNTS:
        mine, other = np.array(ours[name]), np.array(theirs[name])
        if mine.shape != other.shape:
            lines.append(f"{WORDS[name]}: {mine.shape} here, {other.shape} there")
            continue
        for place in np.argwhere(mine != other).tolist():
            where = f"step {place[0] + 1}" + (f", layer {place[1]}" if len(place) > 1 else "")
            lines.append(f"{WORDS[name]}, {where}: {mine[tuple(place)]:,} here, {other[tuple(place)]:,} there")
    for group, energies in ours["energy_pj"].items():
        for step, (mine, other) in enumerate(zip(energies, theirs["energy_pj"][group], strict=True), start=1):
            if abs(mine - other) > TOLERANCE * max(mine, other):
                lines.append(f"energy of the {group}, step {step}: {mine!r} pJ here, {other!r} pJ there")
    return lines


def largest_deviation(ours: Facts, theirs: Facts) -> float:
    """Return the largest relative difference between two energies of a step, of all groups and steps."""
    mine, other = (np.array(list(facts["energy_pj"].values())) for facts in (ours, theirs))
    return float(np.max(np.abs(mine - other) / np.maximum(np.maximum(mine, other), 1e-300)))


def compare(name: str, interpreter: str, runs: int, cycle: bool, folder: Path) -> None:
    """Compare and measure one network, and print what came of it."""
    case = folder / f"{name}.npz"
    tallies = [folder / f"{name}-{side}.json" for side in ("ours", "theirs")]
    run(sys.executable, "sanafe_ours.py", name, "--case", case, "--tally", tallies[0])
    run(interpreter, "sanafe_theirs.py", case, "--tally", tallies[1])
    ours, theirs = (json.loads(path.read_text()) for path in tallies)
    unequal = differences(ours, theirs)
    if unequal:
        raise SystemExit(f"{name}: not equal\n" + "\n".join(unequal))
    measured = [
        (run(sys.executable, "sanafe_ours.py", name), run(interpreter, "sanafe_theirs.py", case)) for _ in range(runs)
    ]
    table(name, ours, theirs, measured)
    times = {"ours exact": measured[0][0]}
    for model in ("unbounded_queues", "lower_bound"):
        times[f"ours {model}"] = run(sys.executable, "sanafe_ours.py", name, "--mesh", model)
    times["SANA-FE detailed"] = measured[0][1]
    for model in ("simple", "cycle") if cycle else ("simple",):
        times[f"SANA-FE {model}"] = run(interpreter, "sanafe_theirs.py", case, "--timing", model)
    latencies(times)


def latencies(times: dict[str, Facts]) -> None:
    """Print the time on the chip by model: in all, and step by step with its barrier."""
    print("time on the chip by model of the mesh (us); CPU s to simulate it")
    for model, facts in times.items():
        print(f"  {model:18s}{1e6 * facts['chip_s']:10.1f}{facts['simulate_s']:8.2f}")
    print("  " + "".join(f"{heading:>18s}" for heading in ("step", *times)))
    for step in range(len(times["ours exact"]["step_s"])):
        row = "".join(f"{1e6 * facts['step_s'][step]:18.1f}" for facts in times.values())
        print(f"  {step + 1:18d}{row}")
    print()


def table(name: str, ours: Facts, theirs: Facts, measured: list[tuple[Facts, Facts]]) -> None:
    """Print what both counted, and the medians of what it took them."""

    def medians(key: str) -> tuple[float, float]:
        return median(mine[key] for mine, _ in measured), median(other[key] for _, other in measured)

    facts, version = measured[0][0], measured[0][1]["version"]
    print(f"{name}: {facts['synapses']:,} synapses, {facts['neurons']:,} neurons, {len(ours['updated'])} chip steps")
    print(f"{'':26s}{'neurosim':>18s}{f'SANA-FE {version}':>18s}")
    for key in COUNTS:
        print(f"{WORDS[key]:26s}{np.sum(ours[key]):18,}{np.sum(theirs[key]):18,}  equal")
    for group in ours["energy_pj"]:
        mine, other = (1e-6 * sum(side["energy_pj"][group]) for side in (ours, theirs))
        print(f"{f'energy, {group} (uJ)':26s}{mine:18.6f}{other:18.6f}  equal")
    deviation = largest_deviation(ours, theirs)
    print(f"{'energy in all (uJ)':26s}{1e-6 * ours['total_pj']:18.6f}{1e-6 * theirs['total_pj']:18.6f}  equal", end="")
    print(f" (each step to {deviation:.0e})")
    build, simulate = medians("build_s"), medians("simulate_s")
    both = tuple(
        median(side["build_s"] + side["simulate_s"] for side in sides) for sides in zip(*measured, strict=True)
    )
    again, memory = medians("again_s"), medians("peak_mib")
    for title, pair in (
        ("build (CPU s)", build),
        ("simulate (CPU s)", simulate),
        ("build + simulate (CPU s)", both),
        ("both again, warm (CPU s)", again),
    ):
        print(f"{title:26s}{pair[0]:18.3f}{pair[1]:18.3f}  x{pair[1] / pair[0]:.1f}")
    print(f"{'peak memory (MiB)':26s}{memory[0]:18,.0f}{memory[1]:18,.0f}  x{memory[1] / memory[0]:.1f}")
    empty_s, empty_mib = (median(other[f"empty_chip_{key}"] for _, other in measured) for key in ("s", "mib"))
    print(
        f"  SANA-FE's empty chip: {empty_s:.2f} s, {empty_mib:,.0f} MiB; without it "
        f"x{(both[1] - empty_s) / both[0]:.1f} and x{(memory[1] - empty_mib) / memory[0]:.1f}"
    )
    imports, start = medians("start_s"), medians("start_mib")
    print(f"  imports before that: {imports[0]:.2f} and {imports[1]:.2f} s, {start[0]:,.0f} and {start[1]:,.0f} MiB")
    print(f"  of the energy, visits that our schedule does not make: {1e-6 * ours['fill_and_drain_pj']:.6f} uJ")


def main() -> None:
    """Compare the networks that were asked for."""
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--network", choices=NETWORKS, action="append")
    options.add_argument("--cycle", action="store_true", help="also run SANA-FE's cycle-accurate mesh: minutes")
    options.add_argument("--sanafe-python", default=sys.executable)
    chosen = options.parse_args()
    probe = [chosen.sanafe_python, "-c", "import sanafe"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        raise SystemExit(
            f"{chosen.sanafe_python} has no SANA-FE: pip install sanafe, or name an interpreter with --sanafe-python"
        )
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.network or NETWORKS:
            compare(name, chosen.sanafe_python, chosen.runs, chosen.cycle, Path(folder))


if __name__ == "__main__":
    main()
