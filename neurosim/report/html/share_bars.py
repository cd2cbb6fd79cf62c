"""Stacked bars: a breakdown as one bar with its key, without a script."""

from __future__ import annotations

from collections.abc import Mapping

from neurosim import units
from neurosim.report.html.markup import Content, Markup, element

UNCOLORED = "#999999"


def stacked(title: str, whole: Content, parts: Mapping[str, float], colors: Mapping[str, str]) -> Markup:
    """Return a bar of parts, each as long as its share, under a title with the ``whole``; parts of 0 are left out."""
    total = sum(parts.values()) or 1.0
    shares = {part: amount / total for part, amount in parts.items() if amount}
    written = {part: units.format_share(share) for part, share in shares.items()}
    pieces = (
        element("span", style=f"width:{100 * share:.2f}%;background:{colors.get(part, UNCOLORED)}")
        for part, share in shares.items()
    )
    key = (
        element("li", element("i", style=f"background:{colors.get(part, UNCOLORED)}"), f"{part} ", element("b", share))
        for part, share in written.items()
    )
    described = ", ".join(f"{part} {share}" for part, share in written.items())
    return element(
        "div",
        element("p", element("strong", title), " ", whole),
        element("div", pieces, class_="stack", role="img", aria_label=f"{title}: {described}"),
        element("ul", key, class_="key"),
        class_="shares",
    )


def bar(share: float) -> str:
    """Return the style of a cell that is filled up to a share of its width."""
    return f"--share:{100 * share:.1f}%"
