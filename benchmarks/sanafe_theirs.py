"""SANA-FE's side of the comparison, as a process of its own: build, simulate, and say what it took.

    python -m benchmarks.sanafe_theirs CASE.npz [--timing detailed|simple|cycle] [--tally FILE.json]

Needs NumPy and SANA-FE and imports nothing of this project, so that the memory is its own. ``CASE.npz`` is written by
``benchmarks.sanafe_ours``. The chip is SANA-FE's bundled Loihi. Prints one line of JSON; with ``--tally`` the counts
and energies of every step are written too, which needs traces and makes the times useless.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import sanafe
from numpy.typing import NDArray

NEVER = 1e6  # a threshold that no potential of these networks reaches
INPUT_UNITS = 1024  # of the bundled Loihi, in every core; each holds one train of spikes


def read(path: Path) -> tuple[dict[str, NDArray], dict[str, Any]]:
    """Return the arrays and the description that our side has written."""
    with np.load(path) as stored:
        case = dict(stored)
    return case, json.loads(str(case["description"]))


def program(
    chip: sanafe.SpikingChip,
    architecture: sanafe.Architecture,
    case: dict[str, NDArray],
    description: dict[str, Any],
    traced: bool,
) -> None:
    """Load the network of ``case`` onto a chip of ``architecture``."""
    network = sanafe.Network()
    groups: list[Any] = []
    for number, layer in enumerate(description["layers"]):
        groups.append(group(network, number, layer, traced))
        if number > 0:
            connect(
                groups[number - 1], groups[number], description["layers"][number - 1], layer, case[f"weights{number}"]
            )
    place(architecture, groups, case, description)
    chip.load(network)


def group(network: sanafe.Network, number: int, layer: dict[str, Any], traced: bool) -> Any:
    """Return the neurons of one layer, channel after channel; those of layer 0 are input units."""
    neurons = int(np.prod(layer["shape"]))
    if number == 0:
        return network.create_neuron_group("0", neurons, log_spikes=traced)
    # Ours fires at the threshold, theirs above it: on whole numbers, one less is the same.
    threshold = NEVER if layer["threshold"] is None else layer["threshold"] - 1.0
    return network.create_neuron_group(
        str(number),
        neurons,
        model_attributes={"threshold": threshold, "reset": 0.0, "reset_mode": "hard", "leak_decay": 1.0},
        soma_hw_name="loihi_lif",
        default_synapse_hw_name="loihi_conv_synapse" if layer["kind"] == "conv" else "loihi_dense_synapse",
        log_spikes=traced,
    )


def connect(source: Any, destination: Any, before: dict[str, Any], layer: dict[str, Any], weights: NDArray) -> None:
    """Connect two layers; ``weights`` is (kernel rows, kernel columns, source channels, channels)."""
    channels, rows, columns = before["shape"]
    if layer["kind"] == "conv":
        (kernel_rows, kernel_columns), (stride_rows, stride_columns) = layer["kernel"], layer["stride"]
        source.connect_neurons_conv2d(
            destination,
            {"w": weights.astype(np.float64).ravel()},
            input_width=columns,
            input_height=rows,
            input_channels=channels,
            kernel_width=kernel_columns,
            kernel_height=kernel_rows,
            kernel_count=layer["shape"][0],
            stride_width=stride_columns,
            stride_height=stride_rows,
        )
    else:
        by_source = weights.transpose(2, 0, 1, 3).reshape(channels * rows * columns, -1)
        source.connect_neurons_dense(destination, {"w": by_source.astype(np.float64).ravel()})


def place(architecture: sanafe.Architecture, groups: list[Any], case: dict[str, NDArray], description: dict) -> None:
    """Put every neuron on the core it has in ours, in our order of the scan, and give the inputs their spikes."""
    mesh, spikes = description["mesh"], case["spikes"].astype(bool)
    cores, taken = architecture.cores(), dict.fromkeys(range(len(architecture.cores())), 0)
    for number, neurons in enumerate(groups):
        channels, rows, columns = description["layers"][number]["shape"]
        where = case[f"cores{number}"]
        for row in range(rows):
            for column in range(columns):
                for channel in range(channels):
                    neuron = neurons[(channel * rows + row) * columns + column]
                    core = their_core(int(where[row, column, channel]), mesh)
                    if number == 0:
                        train = spikes[:, row, column, channel].tolist()
                        unit = f"loihi_inputs[{taken[core] % INPUT_UNITS}]"
                        neuron.set_attributes(soma_hw_name=unit, model_attributes={"spikes": train})
                    neuron.map_to_core(cores[core])
                    taken[core] += 1


def their_core(core: int, mesh: dict[str, int]) -> int:
    """Return the number of our ``core`` there: tiles are counted down the columns, ours along the rows."""
    tile, slot = divmod(core, mesh["cores_per_tile"])
    y, x = divmod(tile, mesh["width"])
    return (x * mesh["height"] + y) * mesh["cores_per_tile"] + slot


def simulate(chip: sanafe.SpikingChip, description: dict[str, Any], timing: str, traced: bool) -> dict[str, Any]:
    """Run the programmed chip until the last layer has done its last step; one thread."""
    steps = description["steps"] + len(description["layers"]) - 1
    return chip.sim(
        steps,
        timing_model=timing,
        processing_threads=1,
        scheduler_threads=0,
        spike_trace=traced or None,
        message_trace=traced or None,
        perf_trace=True,
    )


def facts(result: dict[str, Any], layers: int) -> dict[str, Any]:
    """Return counts by [chip step][layer], and updates and energies in pJ by chip step, from the traces."""
    performance = result["perf_trace"]
    steps = len(performance["timestep"])
    names = ("spikes", "events", "messages", "east_west", "north_south")
    counts = {name: np.zeros((steps, layers), np.int64) for name in names}
    for step, fired in enumerate(result["spike_trace"]):
        for address in fired:
            counts["spikes"][step, int(address.group_name)] += 1
    for step, messages in enumerate(result["message_trace"]):
        for message in messages:
            if message["placeholder"]:
                continue
            layer = int(message["src_neuron_group_id"])
            counts["messages"][step, layer] += 1
            counts["events"][step, layer] += message["spikes"]
            counts["east_west"][step, layer] += abs(message["src_x"] - message["dest_x"])
            counts["north_south"][step, layer] += abs(message["src_y"] - message["dest_y"])
    inputs = counts["spikes"][:, 0]  # an input unit that fires counts as updated there
    return {
        **{name: array.tolist() for name, array in counts.items()},
        "updated": (np.array(performance["updated"]) - inputs).tolist(),
        "energy_pj": {
            name: [1e12 * joules for joules in performance[f"{name}_energy"]] for name in ("soma", "synapse", "network")
        },
        "total_pj": 1e12 * result["energy"]["total"],
    }


def peak_mib() -> float:
    """Return the most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def repeat(case: dict[str, NDArray], description: dict[str, Any]) -> float:
    """Return the CPU seconds of building and simulating once more; what was built before has been taken apart."""
    started = time.process_time()
    architecture = sanafe.load_loihi()
    chip = sanafe.SpikingChip(architecture)
    program(chip, architecture, case, description, False)
    simulate(chip, description, "detailed", False)
    return time.process_time() - started


def main() -> None:
    """Measure one run in this process."""
    options = argparse.ArgumentParser()
    options.add_argument("case", type=Path)
    options.add_argument("--timing", choices=("simple", "detailed", "cycle"), default="detailed")
    options.add_argument("--tally", type=Path)
    chosen = options.parse_args()
    traced = chosen.tally is not None
    case, description = read(chosen.case)
    started, start_mib = time.process_time(), peak_mib()
    architecture = sanafe.load_loihi()
    chip = sanafe.SpikingChip(architecture)
    emptied, empty_mib = time.process_time(), peak_mib()
    program(chip, architecture, case, description, traced)
    built = time.process_time()
    result = simulate(chip, description, chosen.timing, traced)
    simulated, peak = time.process_time(), peak_mib()
    again_s = None
    if not traced and chosen.timing == "detailed":
        del chip, architecture
        again_s = repeat(case, description)
    if traced:
        chosen.tally.write_text(json.dumps(facts(result, len(description["layers"]))))
    print(
        json.dumps(
            {
                "version": metadata.version("sanafe"),
                "start_s": started,
                "start_mib": start_mib,
                "empty_chip_s": emptied - started,
                "empty_chip_mib": empty_mib,
                "build_s": built - started,
                "simulate_s": simulated - built,
                "again_s": again_s,
                "peak_mib": peak,
                "events": result["spikes"],
                "messages": result["packets_sent"],
                "spikes": result["neurons_fired"],
                "total_pj": 1e12 * result["energy"]["total"],
                "chip_s": result["sim_time"],
                "step_s": result["perf_trace"]["sim_time"],
            }
        )
    )
    # Taking the chip apart again takes as long as a part of the building, and is nobody's business here.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
