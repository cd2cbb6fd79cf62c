"""The networks that neurosim knows by name, without weights.

A network is a function ``builder(input, classes, **options)`` that returns a graph: one of ``NETWORKS``, of another
package, or of the user's own file (``kind: mine.py``). ``build`` finds it and checks the options, and has some that
every network has. The shipped ones use average pools, because a maximum of spikes is not a sum, and clipped activations
of ``levels`` steps, unless an option says otherwise. Small inputs (under 64 rows) get the CIFAR form of a network,
larger ones the ImageNet form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, cast

from annotated_types import Gt, Lt

from neurosim.errors import DocumentError
from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import AvgPool2d, BatchNorm2d
from neurosim.network.shapes import Shape
from neurosim.network.zoo.gcn import gcn
from neurosim.network.zoo.mobilenetv2 import mobilenetv2
from neurosim.network.zoo.resnet import resnet18, resnet20, resnet32, resnet34, resnet44, resnet56, resnet110
from neurosim.network.zoo.small import digits_cnn, lenet
from neurosim.network.zoo.vgg import vgg8, vgg11, vgg13, vgg16, vgg19
from neurosim.plugins import DISTRIBUTION, known, made, origin, parameters, resolve, unknown

__all__ = ["MODIFIERS", "NETWORKS", "GraphBuilder", "build", "builder", "network_names", "option_names"]

NETWORKS: dict[str, Callable[..., Graph]] = {
    "vgg16": vgg16,
    "vgg11": vgg11,
    "vgg13": vgg13,
    "vgg19": vgg19,
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet20": resnet20,
    "resnet32": resnet32,
    "resnet44": resnet44,
    "resnet56": resnet56,
    "resnet110": resnet110,
    "mobilenetv2": mobilenetv2,
    "vgg8": vgg8,
    "lenet": lenet,
    "digits_cnn": digits_cnn,
    "gcn": gcn,
}
PACKAGE = "neurosim.network.zoo"
MODIFIERS = {
    "activation": Literal["clipped", "relu"],
    "pool": Literal["average", "max"],
    "eps": Annotated[float, Gt(0), Lt(1)],
}
"""Options of every network, and their types: what is changed in a graph once it is drawn."""
ARGUMENTS = ("input", "classes")
"""What every builder takes beside its options."""


def network_names() -> list[str]:
    """Return the networks that are known by name, sorted, those of other packages among them."""
    return sorted({*NETWORKS, *known(PACKAGE)})


def builder(name: str) -> Callable[..., Graph]:
    """Return the function that draws a network: one of the zoo, of another package, or of the user's own file.

    DocumentError for a name that does not exist, and for one that another package has as well.
    """
    if name in NETWORKS and name in known(PACKAGE):
        raise DocumentError(f"network '{name}' is given by {DISTRIBUTION} and by {origin(PACKAGE, name)}")
    if name in NETWORKS:
        return NETWORKS[name]
    if not name.endswith(".py") and name not in known(PACKAGE):
        raise DocumentError(unknown("network", name, network_names()))
    return cast(Callable[..., Graph], resolve(PACKAGE, name))


def option_names(name: str) -> list[str]:
    """Return the options of a network of the zoo, those that every one has among them."""
    return [*(name for name in parameters(builder(name)) if name not in ARGUMENTS), *MODIFIERS]


def build(name: str, input: Shape, classes: int, **options: Any) -> Graph:
    """Draw a network by its name.

    Parameters
    ----------
    name : str
        One of ``NETWORKS``, a network of an installed package, or the path of a ``.py`` file with a builder.
    input : tuple of int
        (channels, rows, columns) of an image; (features, nodes, 1) of a graph.
    classes : int
        Outputs of the last layer.
    **options : Any
        Those of the network, and three that every network has. ``activation="relu"`` makes every activation a ReLU,
        as of a network that was trained with it; else they are clipped. ``pool="max"`` makes every pool a maximum;
        else they are averages. ``eps`` is what stands beside the variance in every batch normalisation, 1e-5 unless
        it is given.

    Returns
    -------
    Graph
        The layers without weights.

    Raises
    ------
    DocumentError
        For an unknown name, option or value, with every problem.
    ConversionError
        For an input that is too small for a layer, with the name of its node.
    """
    given = {"input": input, "classes": classes}
    graph: Graph = made(builder(name), f"network {name}", options, given, MODIFIERS)
    return _changed(graph, **{key: value for key, value in options.items() if key in MODIFIERS})


def _changed(graph: Graph, activation: str = "clipped", pool: str | None = None, eps: float | None = None) -> Graph:
    """Return a graph with the options of every network put in; one that it has no use for is a DocumentError."""
    for option, value, kind in (("pool", pool, AvgPool2d), ("eps", eps, BatchNorm2d)):
        if value is not None and not graph.of_type(kind):
            without = {"pool": "pools that a maximum could take the place of", "eps": "batch normalisation"}[option]
            raise DocumentError(f"network {graph.name}: {option} has no meaning, it has no {without}; leave it out")
    graph = graph if pool is None else graph.pooled(pool == "max")
    graph = graph if eps is None else graph.replaced(dict.fromkeys(graph.of_type(BatchNorm2d), BatchNorm2d(eps)))
    return graph.rectified() if activation == "relu" else graph
