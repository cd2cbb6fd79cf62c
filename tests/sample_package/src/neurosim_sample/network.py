"""A perceptron with one hidden layer."""

from typing import Annotated

from annotated_types import Ge, Le

from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import Flatten, Linear


def sample_mlp(
    input: tuple[int, int, int], classes: int, hidden: Annotated[int, Ge(1), Le(4096)] = 32, levels: int = 15
) -> Graph:
    """A perceptron with one hidden layer."""
    sketch = GraphBuilder("sample_mlp", input, levels)
    sketch.add("flatten", Flatten())
    sketch.add("hidden", Linear(hidden))
    sketch.activate("hidden")
    sketch.add("classifier", Linear(classes))
    return sketch.graph()
