"""The provenance section of a page: the manifest of the run, from which it can be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from neurosim import units
from neurosim.report.html.markup import Content, Markup, element, pairs
from neurosim.report.html.summary_values import SummaryValues

WALL = {
    "compile_s": "compiling kernels",
    "build_s": "building the chip",
    "functional_s": "functional simulation",
    "reference_s": "comparison with the quantised network",
    "timing_s": "timing and NoC",
    "report_s": "figures",
    "total_s": "total",
}


def provenance_rows(manifest: Mapping[str, Any], facts: SummaryValues) -> Iterator[Markup]:
    """Yield the versions, the host, the wall time of each part, and all inputs."""
    yield pairs(_origin(manifest, facts), class_="facts")
    inputs = json.dumps(manifest["inputs"], indent=1, ensure_ascii=False, sort_keys=True)
    summary = element("summary", "All inputs of the run, resolved, with the hashes of all files")
    yield element("details", summary, element("pre", inputs, tabindex="0"))


def _origin(manifest: Mapping[str, Any], facts: SummaryValues) -> Iterator[tuple[Content, Content]]:
    host, packages = manifest["host"], manifest["packages"]
    yield "run id", element("code", manifest["run_id"])
    yield "made", manifest["created"]
    yield "neurosim", f"{manifest['neurosim_version']}, model version {manifest['model_version']}"
    yield "seed", str(manifest["seed"])
    yield "packages", ", ".join(f"{name} {version}" for name, version in packages.items())
    cores = f"{host['cores']} cores" if host.get("cores") else ""
    machine = (host["processor"], cores, f"{host['system']} {host['machine']}", f"Python {host['python']}")
    yield "host", ", ".join(part for part in machine if part)
    yield "wall time", _wall(facts)
    if facts.value("wall").get("peak_rss_mb"):
        yield "peak memory", facts.scaled("wall", "peak_rss_mb", noun="MB", digits=3)


def _wall(facts: SummaryValues) -> Content:
    """Return the seconds of each part; one without a label here is written as it is stored."""
    spent = [name for name in facts.value("wall") if name.endswith("_s")]
    order = [name for name in (*WALL, *sorted(set(spent) - set(WALL))) if name in spent]
    written = [(f"{WALL.get(name, name)} ", facts.quantity("wall", name, unit="s", digits=3)) for name in order]
    return [(", " if place else "", *part) for place, part in enumerate(written)] or units.format_duration(0)
