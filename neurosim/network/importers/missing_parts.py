"""What a state dict has that the network of the zoo has not, or the other way round, and the option that mends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from neurosim.network.graph import Graph
from neurosim.network.importers.state_dict_names import CLIPS, NAMES, RESNETS, VGGS, kind, places
from neurosim.network.layers import Activation, BatchNorm2d, Conv2d, Layer, Linear, Shortcut
from neurosim.network.zoo import NETWORKS

Arrays = Mapping[str, NDArray[Any]]
Layers = dict[type[Layer], list[str]]
KINDS: tuple[type[Layer], ...] = (Conv2d, Linear, BatchNorm2d, Activation)
NEVER_CLIPS = BatchNorm2d().parameters((1, 1, 1)).keys()
MANY = 3  # names that a message shows


def lacking(graph: Graph, arrays: Arrays) -> list[str]:
    """Return in which layers a file and ``graph`` differ; where they do, single arrays that are wrong say little."""
    there = places(arrays)
    usual = {name for names in NAMES[graph.name](graph).values() for name in names}
    layers: Layers = {layer: [place for place in there if kind(arrays, place) is layer] for layer in KINDS}
    if not usual & set(there) and not layers[Conv2d]:
        names = ", ".join([*sorted(arrays)[:MANY], *["..."] * (len(arrays) > MANY)]) or "none"
        return [f"none of its arrays ({names}) is called like one of {graph.name}"]
    return [
        *_clip_values(graph, arrays, layers[Activation]),
        *_norms(graph, layers[BatchNorm2d]),
        *_convolutions(graph, layers[Conv2d]),
        *_linear(graph, layers[Linear]),
    ]


def _count(graph: Graph, layer: type[Layer]) -> int:
    return len(graph.of_type(layer))


def _clip_values(graph: Graph, arrays: Arrays, places: list[str]) -> Iterator[str]:
    """Yield that a network has clip values and its file none, or the other way round."""
    count = _count(graph, Activation)
    if places and not count:
        clip = next(name for name in arrays if name.rpartition(".")[2] in CLIPS)
        yield f"has {len(places)} clip values ('{clip}' is one): leave out network.options.activation: relu"
    if count and not places:
        numbers = [name for name in arrays if arrays[name].size == 1 and name.rpartition(".")[2] not in NEVER_CLIPS]
        what = f"no clip value (lam) for any of the {count} activations of {graph.name}; "
        if numbers:
            yield (
                what
                + f"a clip value is called {', '.join(CLIPS[:-1])} or {CLIPS[-1]}: if '{numbers[0]}' is one, rename it"
            )
        else:
            yield what + "if they were a ReLU, say network.options: {activation: relu}"


def _norms(graph: Graph, found: list[str]) -> Iterator[str]:
    """Yield that a network has batch normalisation and its file none, or the other way round."""
    wanted, is_vgg = _count(graph, BatchNorm2d), graph.name in VGGS
    if wanted and not found:
        advice = "set network.options.batch_norm: false" if is_vgg else "the zoo has none of it without"
        yield f"has no batch normalisation (running_mean, running_var), {graph.name} has {wanted}: {advice}"
    if found and not wanted:
        advice = "leave out network.options.batch_norm: false" if is_vgg else "the zoo has none of it with it"
        yield f"has batch normalisation ({found[0]} ...), {graph.name} has none: {advice}"


def _convolutions(graph: Graph, places: list[str]) -> Iterator[str]:
    """Yield that shortcuts are of another kind, or that there are more or fewer convolutions outside of them."""
    shortcuts = [place for place in places if "shortcut" in place or "downsample" in place]
    nodes = list(graph.of_type(Conv2d))
    branches = [name for name in nodes if name.endswith(".shortcut")]
    if shortcuts and not branches and _count(graph, Shortcut):
        yield f"has convolutions in its shortcuts ({shortcuts[0]}): set network.options.shortcut: conv"
    if branches and not shortcuts:
        yield "has no convolutions in its shortcuts: set network.options.shortcut: identity"
    found, wanted = len(places) - len(shortcuts), len(nodes) - len(branches)
    if found != wanted:
        outside = " outside its shortcuts" if shortcuts else ""
        yield f"has {found} convolutions{outside}, {graph.name} has {wanted}{_other(graph, found)}"


def _linear(graph: Graph, places: list[str]) -> Iterator[str]:
    """Yield that there are more or fewer linear layers."""
    found, wanted, advice = len(places), _count(graph, Linear), ""
    if graph.name in VGGS and {found, wanted} == {1, 3}:
        advice = f": set network.options.hidden to {'the width of the first two' if found == 3 else '0'}"
    if found != wanted:
        yield f"has {found} linear layers, {graph.name} has {wanted}{advice}"


def _other(graph: Graph, convolutions: int) -> str:
    """Return which network of the same family has so many convolutions outside its shortcuts."""
    family = next((names for names in (VGGS, RESNETS) if graph.name in names), ())
    for name in family:
        convolutions_there = NETWORKS[name](graph.input.shape, 10).of_type(Conv2d)
        plain = [node for node in convolutions_there if not node.endswith(".shortcut")]
        if len(plain) == convolutions:
            return f"; {name} has as many"
    return f"; the zoo has {', '.join(family)}" if family else ""
