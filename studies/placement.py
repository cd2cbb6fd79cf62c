"""Writes docs/placement.md from the measurements in docs/placement: its tables, and every number that stands in a text.

    python -m studies.placement

``python -m benchmarks.placement`` measures and calls this. What is generated stands between two marks,
``<!-- placement: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "placement"
PAGE = FOLDER.with_suffix(".md")
WIDTH = 120
NETWORKS = {"vgg16": "VGG16", "resnet18": "ResNet-18"}
REGION = re.compile(r"(<!-- placement: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

Stored = dict[str, Any]


def store(path: Path, found: Stored) -> None:
    """Write measurements."""
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def stored(name: str) -> Stored:
    """Return measurements, or nothing if there are none."""
    path = FOLDER / f"{name}.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def renewed(page: str) -> str:
    """Return a page with every generated part as what is stored gives it."""
    return REGION.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}\n{found[4]}", page)


def write() -> None:
    """Renew the page."""
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def networks() -> Iterator[tuple[str, Stored]]:
    """Yield the networks in full, by their printed names."""
    for name, printed in NETWORKS.items():
        if found := stored(name):
            yield printed, found


def results() -> Iterator[tuple[str, Stored]]:
    """Yield all results in full, by their printed names."""
    for printed, found in networks():
        for one in found["results"]:
            yield f"{printed}, {quoted(one['name'])}", one


def quoted(name: str) -> str:
    """Return a result's name with its parts as code."""
    return ", ".join(f"`{part}`" for part in name.split(", "))


def folded(text: str) -> str:
    """Return a paragraph in lines as long as the page's."""
    return textwrap.fill(text, WIDTH, break_on_hyphens=False, break_long_words=False)


def grid(head: Iterable[str], rows: Iterable[Iterable[str]], names: int = 1) -> str:
    """Return a Markdown table whose first columns, ``names`` of them, are names and whose others are numbers."""
    head = list(head)
    marks = ["---"] * names + ["---:"] * (len(head) - names)
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, marks, *rows))


def becoming(before: float, after: float) -> str:
    """Return two counts and by what share the second is less or more."""
    change = f", {'−' if after < before else '+'}{abs(100 * (after / before - 1)):.0f} %" if before else ""
    return f"{before:,} → {after:,}{change}"


def ratio(before: int, after: int) -> str:
    """Return two counts and their ratio."""
    return f"{before:,} → {after:,}, {after / before if before else 1:.2f}"


def span(shares: Iterable[float], digits: int = 0) -> str:
    """Return the least and the largest of some shares in percent, or the only one."""
    found = sorted(shares)
    least, most = (f"{100 * share:.{digits}f}" for share in (found[0], found[-1]))
    return f"{least} %" if least == most else f"{least} to {most} %"


def extremes(pair: list[int]) -> str:
    """Return a range of counts."""
    return f"{pair[0]:,}" if pair[0] == pair[1] else f"{pair[0]:,} to {pair[1]:,}"


def which(weights: Stored) -> str:
    """Return in words which weights a network had."""
    if "file" not in weights:
        return "synthetic ones, whose activity predicts nothing about a trained network"
    share = f"{100 * weights['right'] / weights['of']:.2f} % of {weights['of']:,} test images"
    return f"trained ones (`{weights['file']}`, SHA-256 {weights['sha256'][:8]}..., right about {share})"


def of_file(weights: Stored) -> str:
    """Return whether weights were trained, and the first digits of their file's hash."""
    return f"{weights['origin']}, {weights['sha256'][:8]}..." if "file" in weights else str(weights["origin"])


def of_weights() -> str:
    """Which weights the networks had."""
    told = [f"{printed} has {which(found['weights'])}" for printed, found in networks()]
    return folded(f"{'; '.join(told)}. Each cell is `spatial` → `annealed`.")


def effort() -> str:
    """How long the mapper takes."""
    told = [
        f"{found['placing_s']:.1f} s for {printed}'s {found['cores']} cores, the rehearsal {found['rehearsal_s']:.2f} s"
        for printed, found in networks()
        if "placing_s" in found
    ]
    return folded(f"Of one core's time it takes {'; '.join(told)}.")


def savings() -> str:
    """What every result gains."""
    rows = []
    for name, one in results():
        old, new = one["spatial"], one["annealed"]
        mean = [each["hops"] / each["packets"] for each in (old, new)]
        links = [each["busiest_link_ticks"] // each["link_ticks"] for each in (old, new)]
        rows.append(
            [
                name,
                f"{old['packets']:,}",
                becoming(old["hops"], new["hops"]),
                f"{mean[0]:.2f} → {mean[1]:.2f}",
                becoming(*links),
                becoming(old["latency_ticks"], new["latency_ticks"]),
                becoming(old["interval_ticks"], new["interval_ticks"]),
                f"{old['hops_pj'] / 1e6:.1f} → {new['hops_pj'] / 1e6:.1f}",
            ]
        )
    head = ["", "packets", "packets x hops", "mean hops", "busiest link, packets", "latency, ticks", "interval, ticks"]
    return grid([*head, "hops, µJ"], rows)


def links() -> str:
    """How busy the busiest link is."""
    taken = [
        one[mapper]["busiest_link_ticks"] / one[mapper]["latency_ticks"]
        for _, one in results()
        for mapper in one
        if mapper != "name"
    ]
    return (
        f"Not because links were full: the busiest one is taken in {span(taken, 1)} of the ticks. "
        "Packets wait for *cores*."
    )


def queues() -> str:
    """Latency by the depth of the queues."""
    found = dict(networks())
    cases = [quoted(one["name"]) for one in next(iter(found.values()))["results"]]
    rows = [
        [f"{printed}, {row['queues']}", *(ratio(*pair) for pair in row["latency_ticks"])]
        for printed, network in found.items()
        for row in network["by_queues"]
    ]
    return grid(["latency in ticks", *cases], rows)


def priced() -> list[Stored]:
    """Return the results whose parts of the latency and whole energy are stored."""
    return [one for _, one in results() if "compute_ticks" in one["annealed"]]


def of_networks() -> str:
    """Return the printed names of the networks that :func:`priced` speaks of."""
    return " and ".join(printed for printed, found in networks() if "compute_ticks" in found["results"][0]["annealed"])


def floor() -> str:
    """What no placement touches."""
    shares = [one["annealed"]["compute_ticks"] / one["annealed"]["latency_ticks"] for one in priced()]
    return folded(
        "**The busiest core.** Its work is the floor of every latency above, and no placement touches it. It is "
        f"{span(shares)} of what is left for {of_networks()}."
    )


def energy() -> str:
    """What the hops are of the energy."""
    shares = [one["spatial"]["hops_pj"] / one["spatial"]["priced_pj"] for one in priced()]
    fewer = [1 - one["annealed"]["hops"] / one["spatial"]["hops"] for one in priced()]
    whole = [1 - one["annealed"]["priced_pj"] / one["spatial"]["priced_pj"] for one in priced()]
    return folded(
        f"**The energy of the chip.** Of what `horowitz2014_45nm+generic_noc_32b` prices for {of_networks()}, hops are "
        f"{span(shares, 1)} (memories between the sizes stated, adds between the widths stated; compare, shift and "
        f"reset have no price there). With {span(fewer)} fewer of them the whole falls by {span(whole, 2)}: compute "
        "and memory are as they were."
    )


def others() -> str:
    """What other workloads gain."""
    rows = [
        [
            f"{quoted(found['network'])}, {quoted(found['name'])}",
            of_file(found["weights"]),
            f"{found['cores']}",
            ratio(*found["hops"]),
            ratio(*found["latency_ticks"]),
        ]
        for found in stored("others").values()
    ]
    return grid(["", "weights", "cores", "packets x hops", "latency, ticks"], rows, names=2)


def activity() -> str:
    """Hops by what the mapper is shown."""
    rows = [
        [f"{printed}, `{row['model']}`", f"{found['seeds']}", f"{row['nothing']:,}"]
        + [extremes(row[name]) for name in ("uniform", "another", "itself")]
        for printed, found in networks()
        for row in found["by_activity"]
    ]
    return grid(["", "seeds", "nothing (`spatial`)", "uniform activity", "another image", "the crop itself"], rows)


def seeds() -> str:
    """What depends on the seed."""
    several = [row for _, found in networks() if found["seeds"] > 1 for row in found["by_seed"]]
    wide = [
        100 * max((row[key][1] / row[key][0] - 1 for row in several), default=0) for key in ("hops", "latency_ticks")
    ]
    rows = [
        [f"{printed}, {quoted(row['name'])}", f"{found['seeds']}"]
        + [extremes(row[key]) for key in ("hops", "busiest_link_ticks", "latency_ticks", "interval_ticks")]
        for printed, found in networks()
        for row in found["by_seed"]
    ]
    head = ["", "seeds", "packets x hops", "busiest link, ticks", "latency, ticks", "interval, ticks"]
    told = folded(
        "**The last tenth of the time.** Placements that differ by the seed alone, with hops within "
        f"{wide[0]:.0f} % of each other, differ by up to {wide[1]:.0f} % in latency, "
        "and by more in the interval between images:"
    )
    return f"{told}\n\n{grid(head, rows)}"


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part for part in (of_weights, effort, savings, links, queues, floor, energy, others, activity, seeds)
}


if __name__ == "__main__":
    write()
