"""docs/glossary.md names every public class of the package, and no name stands for two of them."""

from __future__ import annotations

from studies.pages import glossary

DECLARED_TWICE: dict[str, str] = {}
"""Names that may stand twice, protocols that another room declares for itself; with why."""


def test_every_public_class_is_named():
    missing = glossary.missing()
    assert not missing, "\n".join(f"{name}: {', '.join(files)}" for name, files in missing.items())


def test_every_named_class_is_there():
    assert glossary.unknown() == []


def test_no_public_class_name_stands_twice():
    twice = {name: files for name, files in glossary.public_classes().items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if name not in DECLARED_TWICE} == {}


def test_an_unnamed_class_is_found(monkeypatch):
    classes = {**glossary.public_classes(), "Nameless": ["neurosim/nameless.py"]}
    monkeypatch.setattr(glossary, "public_classes", lambda: classes)
    assert glossary.missing() == {"Nameless": ["neurosim/nameless.py"]}
