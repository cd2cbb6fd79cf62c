"""HTML as Python: elements that nest, and text that is always escaped on its way in."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Mapping
from typing import Any

VOID = ("br", "col", "img", "link", "meta")


class Markup(str):
    """Text that is HTML already; all other text is escaped when it becomes part of an element."""

    __slots__ = ()


Content = Any
"""What an element may hold: markup, text, numbers, None for nothing, or an iterable of these."""


def markup(content: Content) -> Markup:
    """Return content as HTML: markup as it is, anything else escaped."""
    if isinstance(content, Markup):
        return content
    if content is None:
        return Markup()
    if isinstance(content, Iterable) and not isinstance(content, str | Mapping):
        return Markup("".join(map(markup, content)))
    return Markup(html.escape(str(content), quote=True))


def element(name: str, /, *content: Content, **attributes: object) -> Markup:
    """Return an element; an attribute that is None or False is left out, True stands alone.

    In the names of attributes a trailing ``_`` is dropped and others become ``-``: ``class_``, ``data_of``.
    """
    text = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{text}>")
    return Markup(f"<{name}{text}>{markup(content)}</{name}>")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    key = key.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{markup(value)}"'


def pairs(terms: Iterable[tuple[Content, Content]], **attributes: object) -> Markup:
    """Return a description list of terms and their values."""
    rows = (element("div", element("dt", term), element("dd", value)) for term, value in terms)
    return element("dl", rows, **attributes)


def table(caption: Content, head: Iterable[Content], rows: Iterable[Iterable[Content]], **attributes: object) -> Markup:
    """Return a table that scrolls sideways where it has no room; its first column heads the rows.

    A cell is content, or a ``td`` made by :func:`cell`; a head is content, or a ``th`` made by :func:`heading`.
    """
    titles = element("tr", (title if _is(title, "th") else heading(title) for title in head))
    lines = (element("tr", _cells(row)) for row in rows)
    whole = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", titles),
        element("tbody", lines),
        **attributes,
    )
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def cell(*content: Content, **attributes: object) -> Markup:
    """Return a cell of a table with attributes of its own."""
    return element("td", *content, **attributes)


def heading(*content: Content, **attributes: object) -> Markup:
    """Return the head of a column with attributes of its own."""
    return element("th", *content, scope="col", **attributes)


def _cells(row: Iterable[Content]) -> Iterable[Markup]:
    for place, content in enumerate(row):
        if place == 0:
            yield element("th", content, scope="row")
        else:
            yield content if _is(content, "td") else cell(content)


def _is(content: Content, name: str) -> bool:
    return isinstance(content, Markup) and content.startswith((f"<{name}>", f"<{name} "))


def link(target: str, text: Content) -> Markup:
    """Return a link if its target is on the web, else its text alone."""
    if target.startswith(("https://", "http://")):
        return element("a", text, href=target, rel="noreferrer")
    return markup(text)


def attached(kind: str, content: bytes) -> str:
    """Return content as a ``data:`` URL of this media type (RFC 2397)."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
