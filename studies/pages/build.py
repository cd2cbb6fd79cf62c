"""Brings the documentation up to date: its listings, what its commands show, and its figures.

    python -m studies.pages.build [PAGE...]      rewrite what is out of date
    python -m studies.pages.build --check        name it, and exit 1

Run it in the environment in which neurosim is installed. Tests do the same as ``--check``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from studies.pages import generated, session

ROOT = generated.ROOT
FIGURES = ("energy_against_baselines", "latency_by_schedule", "core_utilisation")
PAGES = ("README", "start", "model", "conversion", "training", "energy", "extend", "data", "cli")


def pages() -> list[Path]:
    """Return the pages that are kept up to date; other pages have tests of their own."""
    cards = ROOT / "workloads" / "weights" / "README.md"
    return [ROOT / "README.md", cards, *(ROOT / "docs" / f"{name}.md" for name in PAGES)]


def differences(page: str) -> Iterator[session.Difference]:
    """Yield what a page shows and is not so."""
    with tempfile.TemporaryDirectory() as folder:
        yield from session.Session(Path(folder)).run(page)


def renewed(page: str) -> str:
    """Return a page with everything as it should be."""
    found = list(differences(page))
    for difference in reversed(found):
        start = difference.block.start
        if difference.command.startswith("python: "):
            end = start + len(difference.block.body)
        else:
            start = page.index(f"$ {difference.command}\n", start) + len(difference.command) + 3
            end = start + len(difference.shown)
        now = session.renewed(difference.shown, difference.found)
        blank = "\n" if difference.shown.endswith("\n\n") else ""
        page = page[:start] + now + blank + page[end:]
    return generated.renew(page)


def draw() -> None:
    """Run the shipped VGG16 and keep the figures that the pages show."""
    import neurosim

    run = neurosim.simulate(ROOT / "workloads" / "vgg16.yaml")
    with tempfile.TemporaryDirectory() as folder:
        for file in run.draw(Path(folder), FIGURES):
            if file.suffix == ".png":
                (ROOT / "docs" / "figures" / file.name).write_bytes(file.read_bytes())


def main() -> int:
    """Bring the pages up to date, or say which are not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 where something is out of date")
    parser.add_argument("--figures", action="store_true", help="draw the figures as well")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    asked = parser.parse_args()
    stale = 0
    for page in asked.pages or pages():
        old = page.read_text(encoding="utf-8")
        new = renewed(old)
        if new != old:
            stale += 1
            print(f"{page.name}: {'is out of date' if asked.check else 'rewritten'}")
            if not asked.check:
                page.write_text(new, encoding="utf-8")
    if asked.figures and not asked.check:
        draw()
    return int(asked.check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
