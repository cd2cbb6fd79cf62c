"""Which partitionings of all layers fit together: axons depend on both ends of a link, and cores are shared out.

A depth-first search with constraint propagation, layer after layer, the most promising partitioning first. Options that
are in no solution are removed beforehand: of two neighbouring layers, pairs of which one has too few axons for the
other; and of each layer, those compatible with no partitioning of a neighbour. On a chain of layers the search then
never fails, and the first solution is the cheapest. Where layers have several sources, a partitioning may fail later;
a failure is remembered and not repeated with the same neighbours. The search ends with a solution or with the proof
that none exists, unless it gives up after ``MOST_TRIES``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurosim.mapping.partitioning.axons import Edges, LayerLink, pairs, subsets

Array = NDArray[np.int64]
Costs = NDArray[np.float64]
Chosen = list[int]

MOST_TRIES = 20_000
"""Partitionings tried before the search gives up; the largest shipped network needs 60, one a layer (our choice)."""


@dataclass(frozen=True, eq=False)
class PartitionOptions:
    """The partitionings that fit a layer by itself.

    Parameters
    ----------
    edges : sequence of tuples of ndarray, (options,)
        Where each option cuts rows, columns and channels.
    costs : ndarray of float64, (options,)
        The sum over layers is minimised.
    cores : ndarray of int64, (options,)
        Cores that each option takes.
    input_axons, output_axons : int
        Those that a core has.
    both : sequence of ndarray of int64, (options,), each (cores,)
        Input and output axons together that each core has room for; None where they have memories of their own.
    """

    edges: Sequence[Edges]
    costs: Costs
    cores: Array
    input_axons: int
    output_axons: int
    both: Sequence[Array] | None = None

    def __len__(self) -> int:
        return len(self.edges)

    @cached_property
    def parts(self) -> Array:
        """(options, 3) int64: numbers of parts of rows, columns and channels."""
        return np.array([[len(axis) - 1 for axis in edges] for edges in self.edges], np.int64).reshape(-1, 3)


class OptionLink:
    """A link between two layers, for all their options.

    ``compatible`` (source options, destination options) bool: each end has enough axons for the other alone.
    """

    def __init__(self, link: LayerLink, source: PartitionOptions, destination: PartitionOptions, shared: bool) -> None:
        self.link, self.source, self.destination, self.shared = link, source, destination, shared
        self._pairs: dict[tuple[int, int], tuple[Array, Array]] = {}
        self._axes = [self._tables(axis) for axis in range(3)]
        # The largest core is the product of the axes' largest parts only for a single projection; for a sum over
        # projections the mean over cores is a lower bound of it.
        least_in, least_out = self._combined("max" if len(link.projections) == 1 else "mean")
        self.compatible = (least_in <= destination.input_axons) & (least_out <= source.output_axons)

    def means(self) -> tuple[Costs, Costs]:
        """Return input and output axons of a core on average, each (source options, destination options) float64."""
        return self._combined("mean")

    def exactly(self, source: int, destination: int) -> tuple[Array, Array]:
        """Return the axons by core, (input axons of the destination, output axons of the source)."""
        if (source, destination) not in self._pairs:
            self._pairs[source, destination] = pairs(
                self.link, self.source.edges[source], self.destination.edges[destination], self.shared
            )
        return self._pairs[source, destination]

    def _tables(self, axis: int) -> tuple[Array, Array, dict[str, list[tuple[Costs, Costs]]]]:
        """Return the parts of each option along one axis, and for each pair of parts mean and largest of both ends."""
        sources, source_of, source_first = _distinct(self.source.parts[:, axis])
        ends, end_of, end_first = _distinct(self.destination.parts[:, axis])
        tables: dict[str, list[tuple[Costs, Costs]]] = {"mean": [], "max": []}
        for _, which in subsets(len(self.link.projections)):
            values = np.empty((4, len(sources), len(ends)))
            for i, first in enumerate(source_first):
                for j, last in enumerate(end_first):
                    own, other = self.source.edges[first][axis], self.destination.edges[last][axis]
                    inputs, outputs = self.link.along(axis, which, own, other, self.shared)
                    values[:, i, j] = inputs.mean(), outputs.mean(), inputs.max(), outputs.max()
            tables["mean"].append((values[0], values[1]))
            tables["max"].append((values[2], values[3]))
        return source_of, end_of, tables

    def _combined(self, kind: Literal["mean", "max"]) -> tuple[Costs, Costs]:
        """Return the axons of both ends, each (source options, destination options) float64."""
        ends = []
        for end in (0, 1):
            total = np.zeros((len(self.source), len(self.destination)))
            for number, (sign, _) in enumerate(subsets(len(self.link.projections))):
                part: Costs = np.full((1, 1), float(sign))
                for source_of, end_of, tables in self._axes:
                    part = part * tables[kind][number][end][source_of[:, None], end_of[None, :]]
                total += part
            ends.append(total)
        return ends[0], ends[1]


def _distinct(parts: Array) -> tuple[Array, Array, Array]:
    values, first, inverse = np.unique(parts, return_index=True, return_inverse=True)
    return values, inverse, first


class PartitionSearch:
    """The cheapest combination of options whose axons fit.

    ``gave_up`` says that the last search ended without a proof.

    Parameters
    ----------
    options : sequence of PartitionOptions, (layers,)
        Those of every layer, the host's first.
    links : sequence of LayerLink
        The links between layers.
    shared : bool
        Whether positions of a channel share weights, and then axons as well.
    """

    def __init__(self, options: Sequence[PartitionOptions], links: Sequence[LayerLink], shared: bool) -> None:
        self.options = options
        self.into: list[list[OptionLink]] = [[] for _ in options]
        self.out_of: list[list[OptionLink]] = [[] for _ in options]
        for link in links:
            each = OptionLink(link, options[link.source], options[link.destination], shared)
            self.into[link.destination].append(each)
            self.out_of[link.source].append(each)
        self.alive = [np.ones(len(own), np.bool_) for own in options]
        self.gave_up = False
        self._propagate()

    def _propagate(self) -> None:
        """Remove, until nothing changes, options compatible with no option of a neighbour or no combination of them."""
        changed = True
        while changed:
            changed = False
            for layer, own in enumerate(self.options):
                alive = self.alive[layer].copy()
                # Least axons of each option, given the options of its neighbours that are left.
                least_in, least_out = np.zeros(len(own)), np.zeros(len(own))
                for each in self.into[layer]:
                    possible = each.compatible & self.alive[each.link.source][:, None]
                    alive &= possible.any(0)
                    least_in += np.where(possible, each.means()[0], np.inf).min(0, initial=np.inf)
                for each in self.out_of[layer]:
                    possible = each.compatible & self.alive[each.link.destination]
                    alive &= possible.any(1)
                    least_out += np.where(possible, each.means()[1], np.inf).min(1, initial=np.inf)
                alive &= (least_in <= own.input_axons) & (least_out <= own.output_axons)
                if own.both is not None:
                    alive &= least_in + least_out <= np.array([room.mean() for room in own.both])
                changed |= bool((alive != self.alive[layer]).any())
                self.alive[layer] = alive

    def best(self, cores: int | None, fewest_cores: bool = False) -> Chosen | None:
        """Return the option of each layer, or None where no combination fits or none was found in ``MOST_TRIES``.

        All layers together take at most so many ``cores``, if given. ``fewest_cores`` minimises cores, not costs.
        """
        if not all(alive.any() for alive in self.alive):
            return None
        cores_to_go = self._to_go([own.cores for own in self.options])
        costs_to_go = cores_to_go if fewest_cores else self._to_go([own.costs for own in self.options])
        descent = _Descent(self, cores, costs_to_go, cores_to_go)
        chosen = descent.run()
        self.gave_up = descent.tries >= MOST_TRIES
        return chosen

    def _to_go(self, own: Sequence[NDArray[np.generic]]) -> list[tuple[Costs, Costs]]:
        """Return for each layer (cost of its options and of their subtrees, least of it by the parent's option).

        The parent of a layer is its first source. Costs are lower bounds: other sources may forbid the cheapest.
        """
        total = [np.where(alive, cost, np.inf).astype(np.float64) for alive, cost in zip(self.alive, own, strict=True)]
        least = [np.zeros(0)] * len(total)
        # From the last layer back: subtrees are complete before their parent.
        for layer in range(len(total) - 1, 0, -1):
            parent = self.into[layer][0]
            least[layer] = np.where(parent.compatible, total[layer], np.inf).min(1)
            total[parent.link.source] = total[parent.link.source] + least[layer]
        return list(zip(total, least, strict=True))


class _Descent:
    """One depth-first search; ``costs`` and ``least`` are ``PartitionSearch._to_go`` of the objective and of cores."""

    def __init__(
        self,
        search: PartitionSearch,
        cores: int | None,
        costs: list[tuple[Costs, Costs]],
        least: list[tuple[Costs, Costs]],
    ) -> None:
        self.search, self.cores, self.costs, self.least = search, cores, costs, least
        self.chosen: Chosen = []
        self.tries = 0
        self.failed: dict[tuple[int, ...], float] = {}  # by layer and the options that matter: the cores it began with
        self.matter = [self._matters(layer) for layer in range(len(search.options))]

    def run(self) -> Chosen | None:
        """Return the option of each layer, or None."""
        return self.chosen if self._descend(float(self.least[0][0].min())) else None

    def _matters(self, layer: int) -> list[int]:
        """Return the layers before ``layer`` whose options a check of it, or of a later one, depends on."""
        search, earlier = self.search, set()
        for owner in range(len(search.options)):
            sources = [each.link.source for each in search.into[owner]]
            readers = [each.link.destination for each in search.out_of[owner]]
            if owner >= layer or (search.options[owner].both is not None and max(readers, default=0) >= layer):
                earlier |= {owner, *sources, *readers}
            elif max(readers, default=0) >= layer:
                earlier |= {owner, *readers}
        return sorted(other for other in earlier if other < layer)

    def _descend(self, least_cores: float) -> bool:
        """Choose for the next layer and all later ones; ``least_cores`` is a lower bound of the cores of all layers."""
        layer = len(self.chosen)
        if layer == len(self.search.options):
            return True
        # Whether the rest can succeed depends on these choices alone, and on the cores that are left.
        state = (layer, *(self.chosen[other] for other in self.matter[layer]))
        if least_cores >= self.failed.get(state, np.inf):
            return False
        costs = self.costs[layer][0].copy()
        cores = np.full(len(costs), least_cores)
        if layer > 0:
            cores += self.least[layer][0] - self.least[layer][1][self.chosen[self.search.into[layer][0].link.source]]
        costs[~self._possible(layer)] = np.inf
        # Branch and bound: an option whose lower bound exceeds the chip's cores is cut off.
        if self.cores is not None:
            costs[cores > self.cores] = np.inf
        # The most promising option first: the first solution on a chain of layers is the cheapest.
        for option in np.argsort(costs, kind="stable"):
            if costs[option] == np.inf or self.tries >= MOST_TRIES:
                break
            self.tries += 1
            self.chosen.append(int(option))
            if self._fits(layer) and self._descend(float(cores[option])):
                return True
            self.chosen.pop()
        self.failed[state] = 0.0 if self.cores is None else min(least_cores, self.failed.get(state, np.inf))
        return False

    def _possible(self, layer: int) -> NDArray[np.bool_]:
        """Return (options,) bool: those compatible with the option of each source."""
        possible = self.search.alive[layer].copy()
        for each in self.search.into[layer]:
            possible &= each.compatible[self.chosen[each.link.source]]
        return possible

    def _fits(self, layer: int) -> bool:
        """Return whether axons suffice in the layer just chosen and in its sources, for the links chosen so far."""
        return all(self._has_axons(owner) for owner in {layer, *(n.link.source for n in self.search.into[layer])})

    def _has_axons(self, owner: int) -> bool:
        own, option = self.search.options[owner], self.chosen[owner]
        inputs, outputs = np.zeros((2, int(own.parts[option].prod())), np.int64)
        for each in self.search.into[owner]:
            inputs += each.exactly(self.chosen[each.link.source], option)[0]
        for each in self.search.out_of[owner]:
            if each.link.destination < len(self.chosen):
                outputs += each.exactly(option, self.chosen[each.link.destination])[1]
        if inputs.max() > own.input_axons or outputs.max() > own.output_axons:
            return False
        return own.both is None or bool((inputs + outputs <= own.both[option]).all())
