"""Draws docs/figures/architecture.svg: the rooms of the package, how data flows through them, and the import contract.

    python -m studies.architecture

The contract is read from pyproject.toml, so the drawing cannot disagree with what ``lint-imports`` checks; a test
compares the file with what this program draws.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIGURE = ROOT / "docs" / "figures" / "architecture.svg"
WIDTH, HEIGHT = 1120, 720
INK, SOFT, PAPER = "#222222", "#666666", "#ffffff"
INPUT, WORK, COUNTS, ENERGY, FACE, TOOL = "#dbe9f6", "#fbe3d6", "#fff3c4", "#dcefdc", "#eeeeee", "#f7f7f7"
TIP = 'marker-end="url(#tip)"'
COLOURS = {
    **dict.fromkeys(("network", "neurons", "datasets", "stimuli", "schedule", "chip"), INPUT),
    **dict.fromkeys(("conversion", "mapping", "simulation", "evaluation", "training"), WORK),
    "ledger": COUNTS,
    "energy": ENERGY,
    **dict.fromkeys(("cli", "reproduce", "experiments", "files", "report"), FACE),
}
"""Rooms that are not named are tools, which know nothing of networks and chips."""


@dataclass(frozen=True)
class Room:
    """A box of the drawing: a package, what it holds in one or two lines, and its rectangle in pixels."""

    name: str
    lines: tuple[str, ...]
    x: int
    y: int
    width: int
    height: int = 62

    @property
    def bottom(self) -> int:
        """The y of the lower edge."""
        return self.y + self.height


ROOMS = {
    room.name: room
    for room in (
        Room("cli", ("one file a verb; exit code and message",), 30, 50, 330, 46),
        Room("experiments", ("a workload becomes a result: run, eval, sweep, train",), 380, 50, 360, 46),
        Room("files", ("workload, chip, recipe and table documents; every value with its place",), 30, 116, 710, 46),
        Room("network", ("layers, graph, zoo,", "importers"), 30, 200, 130),
        Room("neurons", ("a membrane's", "update and spikes"), 175, 200, 130),
        Room("stimuli", ("images and labels", "shown (datasets)"), 320, 200, 130),
        Room("schedule", ("phases: which layer", "works when"), 465, 200, 130),
        Room("chip", ("cores, NoC, barrier", "in ticks"), 610, 200, 130),
        Room("conversion", ("integer weights,", "thresholds, steps"), 30, 305, 275),
        Room("mapping", ("each layer cut into partitions,", "each partition on a core"), 30, 410, 275),
        Room("simulation", ("event-driven spikes, packets through the NoC under one clock,",
                            "every operation counted, every spike checked"), 320, 410, 420),
        Room("ledger", ("layer, step, core, operation, count;", "the record of a run"), 320, 515, 275),
        Room("energy", ("tables, unit energies,", "prices the ledger"), 30, 515, 275),
        Room("report", ("terminal, JSON, HTML, figures, timeline; computes no physics",), 30, 620, 710, 46),
    )
}  # fmt: skip
FLOWS = (
    # from, to, and where: x of a vertical arrow, or y of a horizontal one
    ("files", "network", 95), ("files", "neurons", 240), ("files", "stimuli", 385), ("files", "schedule", 530),
    ("files", "chip", 675), ("network", "conversion", 95), ("neurons", "conversion", 240),
    ("conversion", "mapping", 167), ("mapping", "simulation", 441), ("stimuli", "simulation", 385),
    ("schedule", "simulation", 530), ("chip", "simulation", 675), ("simulation", "ledger", 457),
    ("ledger", "energy", 546), ("ledger", "report", 457), ("energy", "report", 167),
)  # fmt: skip


def main() -> None:
    """Draw the figure."""
    FIGURE.write_text(drawing(), encoding="utf-8")


def contract() -> list[list[str]]:
    """Return the layers of the import contract, the top one first; the rooms of one layer do not know each other."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = (each["layers"] for each in options["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    return [layer.split(" | ") for layer in layers]


def drawing() -> str:
    """Return the figure as SVG."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif">',
        "<title>The rooms of neurosim: how data flows, and who may import whom</title>",
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0 L8 4 L0 8 z" fill="{SOFT}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        text(30, 32, "Data flows one way", 15, bold=True),
        text(780, 32, "Imports go downwards only", 15, bold=True),
        *(arrow(*flow) for flow in FLOWS),
        *(part for room in ROOMS.values() for part in box(room)),
        *notes(),
        *tower(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def text(
    x: float, y: float, words: str, size: int = 12, *, bold: bool = False, colour: str = INK, middle: bool = False
) -> str:
    """Return one line of text."""
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}{anchor}>{escape(words)}</text>'


def rectangle(x: float, y: float, width: float, height: float, fill: str) -> str:
    """Return a rectangle with round corners."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="5" fill="{fill}" stroke="{INK}" '
        'stroke-width="0.8"/>'
    )


def box(room: Room) -> Iterator[str]:
    """Yield a room with its name and what it holds."""
    middle = room.x + room.width / 2
    yield rectangle(room.x, room.y, room.width, room.height, COLOURS[room.name])
    yield text(middle, room.y + 19, f"{room.name}/", 14, bold=True, middle=True)
    for number, line in enumerate(room.lines):
        yield text(middle, room.y + 36 + 15 * number, line, 12, middle=True)


def arrow(source: str, target: str, at: int) -> str:
    """Return the arrow between two rooms, vertical if one is above the other."""
    start, end = ROOMS[source], ROOMS[target]
    if end.y >= start.bottom:
        x1, y1, x2, y2 = at, start.bottom, at, end.y
    elif end.x > start.x:
        x1, y1, x2, y2 = start.x + start.width, at, end.x, at
    else:
        x1, y1, x2, y2 = start.x, at, end.x + end.width, at
    return f'<path d="M{x1} {y1} L{x2} {y2}" stroke="{SOFT}" stroke-width="1.4" {TIP}/>'


def notes() -> Iterator[str]:
    """Yield what the drawing says beside its rooms."""
    yield f'<path d="M30 139 L15 139 L15 546 L30 546" fill="none" stroke="{SOFT}" stroke-width="1.4" {TIP}/>'
    yield text(610, 540, "The simulator never", 12, colour=SOFT)
    yield text(610, 556, "knows a joule; energy", 12, colour=SOFT)
    yield text(610, 572, "never knows the chip.", 12, colour=SOFT)
    yield text(30, 700, "evaluation/ and training/ use conversion/ and simulation/functional/, without a chip.", 12,
               colour=SOFT)  # fmt: skip


def tower() -> Iterator[str]:
    """Yield the layers of the import contract, one upon the other."""
    layers = contract()
    height = min(34.0, (HEIGHT - 70) / len(layers))
    for number, rooms in enumerate(layers):
        width = (310 - 6 * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            x, y = 780 + place * (width + 6), 50 + number * height
            yield rectangle(x, y, width, height - 5, COLOURS.get(room, TOOL))
            yield text(x + width / 2, y + (height - 5) / 2 + 4, room, 11, bold=room in COLOURS, middle=True)


if __name__ == "__main__":
    main()
