"""Every command and every Python block of the documentation does what its page shows."""

import re

import pytest

from studies.pages import build, generated, session

ROOT = build.ROOT
REMEDY = "python -m studies.pages.build brings the pages up to date"
PAGES = {page.relative_to(ROOT).as_posix(): page for page in build.pages()}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_happens(page, tmp_path):
    found = session.Session(tmp_path).run(PAGES[page].read_text(encoding="utf-8"))
    assert "\n\n".join(map(str, found)) == "", REMEDY


@pytest.mark.parametrize("page", PAGES)
def test_the_listings_of_a_page_are_those_of_the_program(page):
    text = PAGES[page].read_text(encoding="utf-8")
    assert generated.renew(text) == text, REMEDY


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page):
    text = session.FENCE.sub("", PAGES[page].read_text(encoding="utf-8"))
    broken = []
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        name, _, heading = link.partition("#")
        target = (PAGES[page].parent / name).resolve() if name else PAGES[page]
        if not target.exists() or (heading and heading not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings have."""
    headings = re.findall(r"^#+ (.+)$", session.FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_gives_its_two_commands_each_alone_on_a_line():
    text = session.FENCE.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))
    install = "    python3 -m venv .venv && .venv/bin/pip install --quiet -e"
    assert [line for line in text.splitlines() if line.startswith("    ")] == [
        f"{install} . && .venv/bin/neurosim run workloads/vgg16.yaml",
        f"{install} '.[test]' && .venv/bin/pytest",
    ]


def test_a_difference_names_the_command_and_both_texts(tmp_path):
    page = "```console\n$ echo one\ntwo\n```\n```python\nprint(1)\n```\n```text output\n2\n```\n"
    assert [str(found) for found in session.Session(tmp_path).run(page)] == [
        "$ echo one\n--- page\n+++ really\n@@ -1 +1 @@\n-two\n+one",
        "$ python: print(1) ...\n--- page\n+++ really\n@@ -1 +1 @@\n-2\n+1",
    ]


def test_an_ellipsis_stands_for_lines_or_a_part_of_one_and_nothing_else_is_let_through():
    assert session.matches("a\n...\nd\n", "a\nb\nc\nd\n")
    assert session.matches("run ...-x\n", "run 12-x\n")
    assert not session.matches("a\n...\nd\n", "a\nb\n")
    assert not session.matches("a\n", "a\nb\n")


def test_what_is_out_of_date_is_rewritten_and_cut_as_it_was(tmp_path):
    page = "```console\n$ printf 'a\\nb\\nc\\n'\nx\n...\n```\n\n```console\n$ echo one\n$ echo two\nold\n```\n"
    assert build.renewed(page) == page.replace("x\n", "a\n").replace("$ echo one\n", "$ echo one\none\n").replace(
        "old", "two"
    )
