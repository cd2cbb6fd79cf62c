"""Adding a layer type is adding one file, and so is a network: both written here, outside the package, on the chip."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neurosim.cli.application import app
from neurosim.cli.outcome import outcome
from neurosim.conversion.convert import convert
from neurosim.conversion.precision.clip_calibration import calibrate_clips
from neurosim.conversion.synthetic_weights import synthetic_weights
from neurosim.errors import ConversionError
from neurosim.network.forward import forward
from neurosim.network.graph import Graph, Network
from neurosim.network.layers import BatchNorm2d, Layer
from neurosim.network.zoo import GraphBuilder, build
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.plugins import known, resolve
from neurosim.simulation.functional.golden_model import golden_layers

LAYER = '''
"""A convolution along rows."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neurosim.network.fields import need_whole
from neurosim.network.layer import Layer
from neurosim.network.shapes import by_channel


@dataclass(frozen=True)
class RowConv(Layer):
    """Each output reads ``size`` neighbouring rows of its own column."""

    channels: int
    size: int
    kind: ClassVar[str] = "row_conv"
    weighted: ClassVar[bool] = True
    sums: ClassVar[bool] = True

    def check(self):
        need_whole("channels", self.channels, 1)
        need_whole("size", self.size, 1)

    def output(self, *shapes):
        ((_, rows, columns),) = shapes
        if rows < self.size:
            raise ValueError(f"{self.size} rows do not fit a map of {rows}")
        return self.channels, rows - self.size + 1, columns

    def parameters(self, shape):
        return {"weight": (self.channels, shape[0], self.size), "bias": (self.channels,)}

    def macs(self, shape):
        return shape[0] * self.size * int(np.prod(self.output(shape)))

    def forward(self, parameters, *sources):
        (x,) = sources
        rows = np.lib.stride_tricks.sliding_window_view(x, self.size, axis=2)
        sums = np.einsum("nirck,oik->norc", rows, parameters["weight"].astype(x.dtype))
        return sums + by_channel(parameters["bias"], x)

    def lower(self, node, *sources):
        own = node.parameters
        return node.convolve(sources[0], own["weight"][..., None], own["bias"], stride=(1, 1), padding=(0, 0))
'''

NETWORK = '''
"""Two convolutions along rows, a residual branch over the second, and a linear layer."""

from pathlib import Path
from typing import Annotated

from annotated_types import Ge

from neurosim.network.layers import Add, AvgPool2d, Flatten, Linear
from neurosim.network.zoo import GraphBuilder
from neurosim.plugins import resolve

RowConv = resolve("neurosim.network.layers", str(Path(__file__).parent / "row_conv.py"))


def listener(input, classes, width: Annotated[int, Ge(1)] = 4, levels: Annotated[int, Ge(1)] = 15):
    """Draw it."""
    sketch = GraphBuilder("listener", input, levels)
    sketch.add("first", RowConv(width, 3))
    source = sketch.activate("first")
    sketch.add("second", RowConv(width, 1))
    sketch.add("add", Add(), "second", source)
    sketch.activate("second")
    sketch.add("pool", AvgPool2d((2, 2), (2, 2)))
    sketch.add("flatten", Flatten())
    sketch.add("classifier", Linear(classes))
    return sketch.graph()
'''

WORKLOAD = """
schema: neurosim/workload/1
network: {kind: listener.py, input: [1, 8, 8], classes: 10, options: {width: %s}}
stimulus: {kind: digits, images: 2}
conversion: {kind: accumulate_fire, steps: 4}
chip: loihi_like
schedules: [layer_by_layer]
compare:
  - {name: rate, conversion: {kind: if_qcfs, steps: 4}, schedules: [step_by_step, pipelined]}
energy: {tables: [datta2023_45nm_int8], scope: compute}
"""
LAYERS = "neurosim.network.layers"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "row_conv.py").write_text(LAYER)
    (tmp_path / "listener.py").write_text(NETWORK)
    return tmp_path


def run(folder, capsys, *arguments, width=4):
    (folder / "mine.yaml").write_text(WORKLOAD % width)
    code = outcome(lambda: app([*arguments, "mine.yaml"], prog_name="neurosim", standalone_mode=False))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_layer_and_a_network_in_files_of_their_own_run_on_the_chip_without_a_mismatch(folder, capsys):
    code, out, err = run(folder, capsys, "run", "--json")
    assert code == 0, err
    summary = json.loads(out)
    assert summary["network"]["name"] == "listener"
    first, *rate = summary["results"]
    assert first["lossless"]["mismatches"] == 0
    assert first["lossless"]["checked"] > 0
    assert [result["schedule"] for result in rate] == ["step_by_step", "pipelined"]
    assert all(result["activity"]["spikes"] > 0 for result in summary["results"])


def test_the_run_id_is_that_of_the_file_of_the_network(folder, capsys):
    _, first, _ = run(folder, capsys, "run", "--json")
    (folder / "listener.py").write_text(NETWORK + "\n# changed\n")
    _, second, _ = run(folder, capsys, "run", "--json")
    assert json.loads(first)["run_id"] != json.loads(second)["run_id"]


def test_the_options_of_a_network_are_checked_like_those_of_any(folder, capsys):
    code, _, err = run(folder, capsys, "check", width=0)
    assert code == 2
    assert err.startswith("mine.yaml:3:")
    assert "network.options.width: " in err


def drawn(images=3):
    random = np.random.default_rng(1)
    graph, shown = build("listener.py", (1, 8, 8), 10), random.integers(0, 256, (images, 8, 8, 1))
    return synthetic_weights(graph, shown, 1 / 255, activity=0.3), shown


def test_its_integers_are_its_floats_but_for_rounding(folder):
    network, images = drawn()
    spiking = convert(network, AccumulateFire(4), weight_bits=28, accumulator_bits=60)
    output = golden_layers(spiking, images)[-1].accumulated[:, 0, 0] / spiking.layers[-1].threshold
    logits = forward(network, images.transpose(0, 3, 1, 2) / 255)
    assert np.allclose(output, logits, rtol=0, atol=1e-3 * np.abs(logits).max())


def test_its_clip_values_are_measured_by_channel(folder):
    network, images = drawn()
    weights = {name: value for name, value in network.parameters.items() if not name.endswith(".lam")}
    relu = Network(network.graph.rectified(), weights, "synthetic")
    clipped = calibrate_clips(relu, images, 1 / 255)
    assert clipped.graph.levels == 15
    assert clipped.graph.parameters["first.weight"] == (4, 1, 3)
    convert(clipped, AccumulateFire(4))


def test_a_field_that_cannot_be_names_the_node(folder):
    layer = resolve(LAYERS, "row_conv.py")
    sketch = GraphBuilder("test", (1, 2, 2), 15)
    with pytest.raises(ConversionError, match=r"^deep: 3 rows do not fit a map of 2$"):
        sketch.add("deep", layer(4, 3))


def test_what_a_layer_leaves_out_is_refused_with_its_node(folder):
    layer = resolve(LAYERS, "row_conv.py")

    class Mute(Layer):
        """A layer that says nothing."""

    sketch = GraphBuilder("test", (1, 4, 4), 15)
    sketch.add("rows", layer(4, 3))
    sketch.add("norm", BatchNorm2d())
    sketch.activate("rows")
    sketch.add("mute", Mute())
    graph = sketch.graph()
    network = Network(graph, {name: np.ones(shape) for name, shape in graph.parameters.items()}, "synthetic")
    with pytest.raises(ConversionError, match=r"^mute: cannot evaluate a Mute$"):
        forward(network, np.ones((1, 1, 4, 4)))
    with pytest.raises(ConversionError, match=r"^norm: batch normalisation behind RowConv rows; it can only be folded"):
        convert(network, AccumulateFire(4))
    nodes = [node for node in graph.nodes if node.name != "norm"]
    bare = Graph("test", tuple(replace(node, inputs=("rows",)) if node.name == "rows.act" else node for node in nodes))
    network = Network(bare, {name: np.ones(shape) for name, shape in bare.parameters.items()}, "synthetic")
    with pytest.raises(ConversionError, match=r"^mute: cannot convert a Mute behind rows.act$"):
        convert(network, AccumulateFire(4))


def test_the_folder_is_the_list_of_layer_types():
    for name in known(LAYERS):
        layer = resolve(LAYERS, name)
        assert issubclass(layer, Layer)
        assert layer.kind == name
    assert len(known(LAYERS)) == 12
