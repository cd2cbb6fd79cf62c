"""Compares docs/glossary.md with the classes of the package; nothing is imported, the files are only parsed.

python -m studies.pages.glossary --missing      public classes that the page does not name, with their files
python -m studies.pages.glossary --unknown      classes that the page names and that are not there
"""

from __future__ import annotations

import argparse
import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "glossary.md"


def public_classes() -> dict[str, list[str]]:
    """Return the files that define each public class at their top level, by the class's name."""
    files: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "neurosim").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files[node.name].append(path.relative_to(ROOT).as_posix())
    return dict(files)


def named_classes() -> set[str]:
    """Return the classes that the page names: whatever of a row's last cell is code and begins with a capital."""
    cells = [line.rstrip(" |").rpartition(" | ")[2] for line in PAGE.read_text(encoding="utf-8").splitlines()
             if line.startswith("| ")]  # fmt: skip
    return {name for cell in cells for name in re.findall(r"`([A-Z]\w*)`", cell)}


def missing() -> dict[str, list[str]]:
    """Return the public classes that the page does not name, with their files."""
    named = named_classes()
    return {name: files for name, files in public_classes().items() if name not in named}


def unknown() -> list[str]:
    """Return the classes that the page names and that are not there."""
    return sorted(named_classes() - public_classes().keys())


def main() -> None:
    """Print what differs."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--missing", action="store_true", help="classes that the page does not name")
    options.add_argument("--unknown", action="store_true", help="names of the page that are no classes")
    chosen = options.parse_args()
    if chosen.missing or not chosen.unknown:
        for name, files in sorted(missing().items(), key=lambda pair: pair[1]):
            print(f"{name}: {', '.join(files)}")
    if chosen.unknown or not chosen.missing:
        for name in unknown():
            print(f"{name}: no class of the package")


if __name__ == "__main__":
    main()
