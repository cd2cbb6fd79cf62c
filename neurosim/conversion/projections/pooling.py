"""Average pools as sums inside the synapses that read them."""

from __future__ import annotations

from neurosim.conversion.projections.projection import Pair, Window


def compose(first: Window | None, second: Window, rows: int, columns: int) -> Window | None:
    """Return the one window that equals ``second`` behind ``first`` on a ``rows`` x ``columns`` map.

    None where no single window is equal: the first pool must tile its map without overlap or padding, and where the
    second is padded the tiles must cover the whole map.
    """
    if first is None:
        return second
    # Then a position of the second window covers whole tiles, and the composed window is the product of both.
    tiles = first.kernel == first.stride and first.padding == (0, 0)
    whole = rows % first.kernel[0] == 0 and columns % first.kernel[1] == 0
    if not tiles or (second.padding != (0, 0) and not whole):
        return None

    def scaled(pair: Pair) -> Pair:
        return (pair[0] * first.kernel[0], pair[1] * first.kernel[1])

    return Window(scaled(second.kernel), scaled(second.stride), scaled(second.padding))
