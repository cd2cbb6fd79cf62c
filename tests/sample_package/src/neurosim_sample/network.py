"""A convolution and the average of its rows."""

from typing import Annotated

from annotated_types import Ge, Le

from neurosim.network.graph import Graph
from neurosim.network.graph_builder import GraphBuilder
from neurosim.network.layers import Flatten, Linear
from neurosim_sample.layer import SampleRowMean


def sample_network(
    input: tuple[int, int, int], classes: int, channels: Annotated[int, Ge(1), Le(4096)] = 8, levels: int = 15
) -> Graph:
    """A 3 x 3 convolution, the average of its rows and a linear layer."""
    sketch = GraphBuilder("sample_network", input, levels)
    sketch.conv("conv", channels, 3)
    sketch.activate("conv")
    sketch.add("row_mean", SampleRowMean(input[1]))
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(classes))
    return sketch.graph()
