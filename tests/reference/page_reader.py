"""A page as a reader finds it: parsed strictly, every element closed where it should be."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "col", "img", "link", "meta"}


@dataclass
class Node:
    """An element, its attributes and what is in it."""

    name: str
    attributes: dict
    inside: list = field(default_factory=list)

    def all(self, *names):
        """Every element below this one, or those of these names."""
        for child in self.inside:
            if isinstance(child, Node):
                if not names or child.name in names:
                    yield child
                yield from child.all(*names)

    @property
    def text(self):
        """Its text, with blanks as a reader sees them."""
        return " ".join("".join(self._texts()).split())

    def _texts(self):
        for child in self.inside:
            if isinstance(child, str):
                yield child
            elif child.name != "style":
                yield from child._texts()
                yield " " if child.name in ("br", "p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3") else ""


class Reader(HTMLParser):
    """Builds the tree; an element that is closed by another's end, or twice an attribute, is an error."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        node = Node(tag, dict(attrs))
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open[-1].name == tag, f"</{tag}> within <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].inside.append(data)


def read(page):
    """The tree of a page; everything that was opened is closed."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == [reader.root]
    return reader.root


def shown(tree):
    """The (place, value) of every number that says where it stands in the summary."""
    for node in tree.all("data"):
        parts = node.attributes["data-of"].split("/")[1:]
        yield tuple(part.replace("~1", "/").replace("~0", "~") for part in parts), json.loads(node.attributes["value"])


def found_in(summary, place):
    """What stands at a place of a summary."""
    for part in place:
        summary = summary[int(part)] if isinstance(summary, list) else summary[part]
    return summary
