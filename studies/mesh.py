"""Checks the mesh against its oracles and against BookSim2, and writes the figure and the tables of docs/mesh.md.

    python -m studies.mesh [PART ...]

Needs the development data beside the checkout (../shared/reference) and neurosim installed with its ``test`` extra;
about five minutes on one core. Nothing on the page is typed: a number that changed changes the page. A part alone is
measured if it is named: oracles, booksim or fidelity, of which the last changes with the weights of VGG16.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
from pandas import DataFrame

import neurosim
from neurosim.chip.noc import cycle_accurate, unbounded_queues
from neurosim.chip.spec import MeshSpec
from neurosim.report.figures.layout import style
from tests.reference import mesh_naive, mesh_simpy
from tests.reference import test_mesh_booksim as booksim
from tests.reference.mesh_random import gather, random_case

ROOT = Path(__file__).resolve().parents[1]
NOC_CASES = booksim.REFERENCE / "noc_cases.json"
PAGE, FOLDER = ROOT / "docs" / "mesh.md", ROOT / "docs" / "mesh"
RANDOM_CASES = {"exact": 3300, "infinite": 1000}
SEEDS, SEEDS_OF_HOT_SPOT = 3, 10
COLORS = {("4", "1"): style.SKY, ("8", "1"): style.BLUE, ("16", "1"): style.BLACK, ("8", "0"): style.VERMILION}
MARKERS = {("4", "1"): "o", ("8", "1"): "s", ("16", "1"): "^", ("8", "0"): "D"}
TRAFFICS = ("uniform", "transpose", "hotspot")
OF_A_CASE = ("width", "height", "hop_ew_ticks", "hop_ns_ticks", "local_ticks", "credit_ticks", "buffer_depth",
             "ejection_depth")  # fmt: skip
BEHIND_THE_GATE = (0.92, 0.94, 0.96, 0.98, 0.99, 1.0, 1.01, 1.02)  # of the saturation load: where latency takes off
CURVE = ["traffic", "depth", "speculative"]


def oracle_table() -> str:
    """Return the table of checks against the oracles."""
    return table(["check", "what is compared", "cases", "values compared", "different"], oracles())


def booksim_table() -> str:
    """Draw BookSim2's curves and ours, and return the table of what is between them."""
    measured = DataFrame(curves())
    with style.paper():
        style.save(draw(measured), measured, FOLDER, "booksim")
    return table(["traffic", "depth", "pipeline", "latency", "saturated throughput"], deviations(measured))


def fidelity_table() -> str:
    """Return the table of what the cheaper models make of VGG16."""
    return table(["model", "latency (cycles)", "of exact", "layers, of exact"], fidelities())


PARTS = {"oracles": oracle_table, "booksim": booksim_table, "fidelity": fidelity_table}


def main() -> None:
    """Measure, then write figure and page."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if none is named")
    asked = options.parse_args().parts or list(PARTS)
    if unknown := set(asked) - set(PARTS):
        options.error(f"unknown part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    if not (booksim.REFERENCE / "booksim_mesh.csv").exists():
        sys.exit(
            "the development data (../shared/reference beside the checkout) is not here; docs/mesh.md stays as it is"
        )
    page = PAGE.read_text()
    for name in asked:
        body = PARTS[name]()
        marks = f"<!-- mesh: {name} -->\n", "<!-- end -->"
        page, found = re.subn(f"{marks[0]}.*?{marks[1]}", lambda _, b=body, m=marks: m[0] + b + m[1], page, flags=re.S)
        assert found == 1, f"docs/mesh.md has no place for {name}"
    PAGE.write_text(page)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return the lines of a table."""
    lines = [head, ["---"] * len(list(head)), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def oracles() -> Iterator[tuple[object, ...]]:
    """Yield one row for each comparison with an oracle."""
    reference = [by_reference(case) for case in json.loads(NOC_CASES.read_text())["cases"]]
    yield "`noc_cases.json`", "arrival of every packet", len(reference), *sums(reference)
    for model, oracle, name in (
        (cycle_accurate, mesh_naive, "`exact` and the naive loop"),
        (unbounded_queues, mesh_simpy, "`infinite` and the SimPy model"),
    ):
        number = RANDOM_CASES[name.split("`")[1]]
        drawn = [compared(seed, model, oracle) for seed in range(number)]
        yield name, "every tick of every packet, link, source and core", f"{number:,}", *sums(drawn)
    pairs = [alone(*family) for family in ((True, 3), (False, 4))]
    yield (
        "BookSim2, zero load",
        "a packet alone between two nodes",
        f"{sum(count for count, _ in pairs):,}",
        *sums(pairs),
    )


def sums(counts: list[tuple[int, int]]) -> tuple[str, str]:
    """Return the sums of (compared, different)."""
    return f"{sum(count for count, _ in counts):,}", f"**{sum(wrong for _, wrong in counts):,}**"


def by_reference(case: dict) -> tuple[int, int]:
    """Return how many arrivals of a reference case were compared, and how many differ."""
    mesh = MeshSpec(**{name: case[name] for name in OF_A_CASE}, cores_per_tile=1, output_depth=0)
    packets = sorted(case["packets"], key=lambda packet: (packet["source"], packet["inject_tick"], packet["id"]))
    source, to, inject, wanted = (
        np.array([packet[name] for packet in packets])
        for name in ("source", "destination", "inject_tick", "arrival_tick")
    )
    service = np.full(len(packets), case["service_ticks"])
    traffic = gather(mesh, 2 * source, 2 * to, inject=inject, service=service)
    found = cycle_accurate.carry(mesh, traffic, case["source_gap_ticks"]).arrival_ticks
    return len(wanted), int((found != wanted).sum())


def compared(seed: int, model, oracle) -> tuple[int, int]:
    """Return how many values of a random case were compared, and how many differ."""
    mesh, traffic, gap = random_case(seed)
    gaps = (gap,) if model is cycle_accurate else ()
    found, count, wrong = model.carry(mesh, traffic, *gaps), 0, 0
    for name, value in oracle.carry(mesh, traffic, *gaps).items():
        pair = np.asarray(getattr(found, name)), np.asarray(value)
        count, wrong = count + pair[1].size, wrong + int((pair[0] != pair[1]).sum())
    return count, wrong


def alone(speculative: bool, per_hop: int) -> tuple[int, int]:
    """Return how many pairs of nodes were compared with BookSim's zero-load formula, and how many differ."""
    mesh, pairs = booksim.mesh_like_booksim(8, speculative), np.array(list(product(range(64), repeat=2)))
    inject, no_service = 100 * np.arange(len(pairs)), np.zeros(len(pairs))
    traffic = gather(mesh, 2 * pairs[:, 0], 2 * pairs[:, 1], inject=inject, service=no_service)
    source, to = traffic.source // 2, traffic.destination // 2
    hops = np.abs(source % 8 - to % 8) + np.abs(source // 8 - to // 8)
    cycles = cycle_accurate.carry(mesh, traffic).arrival_ticks - traffic.inject_ticks + booksim.CHANNEL_TICKS
    return len(pairs), int((cycles != per_hop * (hops + 1) + 2).sum())


def curves() -> Iterator[dict[str, object]]:
    """Yield one row per load and curve: what BookSim2 measured, and what this mesh gives."""
    below = {id(row) for row in booksim.below_saturation()}
    for row in booksim.rows("booksim_mesh.csv"):
        seeds = SEEDS_OF_HOT_SPOT if row["traffic"] == "hotspot" else SEEDS
        is_stable = row["stable"] == "yes"
        yield {
            "traffic": row["traffic"],
            "depth": row["buffer_depth"],
            "speculative": row["speculative"],
            "offered": float(row["offered"]),
            "row": "saturated" if row["stable"] == "saturated" else "gate" if id(row) in below else "knee",
            "booksim_latency": float(row["latency_cycles"]) if is_stable else np.nan,
            "latency": booksim.latency(row, SEEDS) if is_stable else np.nan,
            "booksim_accepted": float(row["accepted"]),
            "accepted": booksim.accepted(row, seeds)[0],
        }
    for knee in booksim.rows("booksim_mesh_saturation.csv"):
        for share in BEHIND_THE_GATE:
            row = {**knee, "offered": str(share * float(knee["saturation_load"]))}
            yield {
                **dict(zip(CURVE, (row["traffic"], row["buffer_depth"], row["speculative"]), strict=True)),
                "offered": float(row["offered"]),
                "row": "saturation load" if share == 1 else "line",
                # where BookSim2's latency is three times that of the empty mesh, by interpolation
                "booksim_latency": 3 * float(knee["zero_load_cycles"]) if share == 1 else np.nan,
                "latency": booksim.latency(row, SEEDS),
            }


def deviations(measured: DataFrame) -> Iterator[tuple[object, ...]]:
    """Yield one row per curve: the worst deviation in latency up to 0.9 of saturation, and that in throughput."""
    for (traffic, depth, speculative), curve in measured.groupby(CURVE, sort=False):
        gate, saturated = curve[curve.row == "gate"], curve[curve.row == "saturated"]
        latency = relative(gate.latency, gate.booksim_latency)
        throughput = relative(saturated.accepted, saturated.booksim_accepted)
        pipeline = "3 cycles" if speculative == "1" else "4 cycles"
        yield traffic, depth, pipeline, f"{latency:+.2f} % of {len(gate)} loads", f"{throughput:+.2f} %"


def relative(found, wanted) -> float:
    """Return the deviation of largest magnitude, in per cent."""
    ratios = 100 * (found / wanted - 1)
    return float(ratios.loc[ratios.abs().idxmax()])


def fidelities() -> Iterator[tuple[object, ...]]:
    """Yield one row per model of the mesh: VGG16's latency, layer by layer, in all and layer for layer."""
    found = {}
    for model in ("exact", "infinite", "analytic"):
        run = neurosim.simulate(ROOT / "workloads" / "vgg16.yaml", {"noc": model, "compare": []})
        found[model] = run.record.results[0]
    exact = found["exact"]
    for model, result in found.items():
        whole = result.latency.ticks / exact.latency.ticks
        shares = [own.ticks / other.ticks for own, other in zip(result.layers, exact.layers, strict=True)]
        yield f"`{model}`", f"{result.latency.ticks:,}", f"{whole:.3f}", f"{min(shares):.2f} to {max(shares):.2f}"


def draw(measured: DataFrame):
    """Draw latency and throughput over the offered load: lines are this mesh, markers BookSim2."""
    figure = style.sheet(style.TWO_COLUMNS, 3.9)
    for column, traffic in enumerate(TRAFFICS):
        left = 0.45 + column * 2.3
        upper = style.panel(figure, left, 2.22, 1.95, 1.35)
        lower = style.panel(figure, left, 0.38, 1.95, 1.35)
        own = measured[measured.traffic == traffic]
        for (depth, speculative), curve in own.groupby(CURVE[1:], sort=False):
            look = {"color": COLORS[depth, speculative]}
            points = {**look, "marker": MARKERS[depth, speculative], "linestyle": "", "markersize": 3.5, "mfc": "none"}
            stable = curve.dropna(subset="latency").sort_values("offered")
            upper.plot(stable.offered, stable.latency, **look)
            upper.plot(stable.offered, stable.booksim_latency, **points)
            through = curve.dropna(subset="accepted")
            lower.plot(through.offered, through.accepted, **look)
            lower.plot(through.offered, through.booksim_accepted, **points)
        upper.set_ylim(15, 90)
        upper.set_xlim(0, 1.04 * own[own.latency.notna()].offered.max())
        upper.set_title(traffic.replace("hotspot", "hot spot"))
        lower.set_xlim(0, 1.04 * own.offered.max())
        lower.set_ylim(0, 1.15 * own.booksim_accepted.max())
        lower.set_xlabel("offered (packets / node / cycle)")
        for axes in (upper, lower):
            axes.grid(axis="y")
    figure.axes[0].set_ylabel("mean latency (cycles)")
    figure.axes[1].set_ylabel("accepted (packets / node / cycle)")
    names = [f"depth {depth}, {'3' if fast == '1' else '4'}-cycle router" for depth, fast in COLORS]
    keys = [
        figure.axes[0].plot([], [], color=COLORS[key], marker=MARKERS[key], markersize=3.5, mfc="none")[0]
        for key in COLORS
    ]
    figure.legend(keys, names, loc="upper left", bbox_to_anchor=(0.06, 0.995), ncols=4, handlelength=2)
    return figure


if __name__ == "__main__":
    main()
