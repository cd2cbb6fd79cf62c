"""What can be made of spikes, what it is made into, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from neurosim.conversion.convert import convert
from neurosim.errors import ConversionError
from neurosim.network.graph import Network
from neurosim.network.layers import (
    Activation,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
    Shortcut,
)
from neurosim.network.zoo import GraphBuilder
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.if_qcfs import IfQcfs

POOL = AvgPool2d((2, 2), (2, 2))


def network(sketch: GraphBuilder, **values) -> Network:
    """Return a sketch with weights 1/4, clip values 2 and everything else 1, but for ``values``."""
    start = {"weight": 0.25, "lam": 2.0, "running_mean": 0.0, "bias": 0.0}
    parameters = {
        name: np.full(shape, values.get(name, start.get(name.rpartition(".")[2], 1.0)))
        for name, shape in sketch.graph().parameters.items()
    }
    return Network(sketch.graph(), parameters, "synthetic")


def drawn(*layers, levels=15) -> GraphBuilder:
    """Return a stem with an activation, then ``layers`` named a, b, c ..., each behind the one before."""
    sketch = GraphBuilder("test", (1, 8, 8), levels)
    sketch.add("stem", Conv2d(2, (1, 1)))
    sketch.activate("stem")
    for name, layer in zip("abcdefgh", layers, strict=False):
        sketch.add(name, layer)
    return sketch


def refused(sketch, model=None, **options) -> str:
    values = options.pop("values", {})
    with pytest.raises(ConversionError) as caught:
        convert(network(sketch, **values), model or AccumulateFire(4), **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ([ReLU(), Linear(2)],
            "a: a ReLU has no largest value; measure clip values on images (conversion.calibration), or train with "
            "clipped activations",
        ),
        ([MaxPool2d((2, 2), (2, 2)), Linear(2)], "a: a maximum of spikes is not a sum; train with average pools"),
        ([Activation(), Linear(2)], "a: an activation of activations; put a layer with weights between"),
        (
            [Conv2d(2, (1, 1)), Conv2d(2, (1, 1))],
            "b: this Conv2d reads a, which has no activation; only activations can become spikes, "
            "so put one between them",
        ),
        (
            [Conv2d(2, (1, 1)), POOL, Linear(2)],
            "b: this AvgPool2d reads a, which has no activation; only activations can become spikes, "
            "so put one between them",
        ),
        (
            [AvgPool2d((3, 3), (2, 2)), POOL, Linear(2)],
            "b: this pool and the one before it do not make one window: the first must tile its map without overlap "
            "or padding",
        ),
        ([Flatten(), POOL, Linear(2)], "b: a 2 x 2 window does not fit a 1 x 1 map with padding 0 x 0"),
        ([BatchNorm2d(), Linear(2)], "a: batch normalisation behind Activation stem.act; it can only be folded into a "
         "Conv2d that feeds nothing else"),
        ([Linear(2), Activation()], "b: the network ends in it; the output must come from a Linear or Conv2d layer"),
        ([Conv2d(2, (1, 1)), Flatten()], "b: cannot convert a Flatten behind a"),
    ],
)  # fmt: skip
def test_what_cannot_become_spikes_is_refused_with_what_to_do(layers, said):
    with pytest.raises(ConversionError) as caught:
        convert(network(drawn(*layers)), AccumulateFire(4))
    assert str(caught.value) == said


def test_a_network_without_activation_is_refused():
    sketch = GraphBuilder("test", (1, 2, 2), 15)
    sketch.add("fc", Linear(2))
    assert refused(sketch) == "test: all activations must have the same levels, found none"


def test_a_residual_branch_from_the_pixels_is_refused():
    sketch = GraphBuilder("test", (1, 2, 2), 15)
    sketch.add("conv", Conv2d(1, (1, 1)))
    sketch.add("add", Add(), "conv", "input")
    sketch.add("act", Activation(15))
    sketch.add("fc", Linear(2))
    assert refused(sketch) == "add: a residual branch from the input; its pixels are not spikes"


def test_a_later_layer_cannot_read_the_pixels():
    sketch = drawn(Conv2d(2, (1, 1)))
    sketch.add("again", Conv2d(2, (1, 1)), "input")
    sketch.add("add", Add(), "a", "again")
    sketch.add("act", Activation(15))
    sketch.add("fc", Linear(2))
    assert refused(sketch) == "a: reads the input beside other layers; only a first layer can read pixels"


def test_batch_normalisation_of_a_shared_convolution_is_refused():
    sketch = drawn(Conv2d(2, (1, 1)), BatchNorm2d())
    sketch.add("add", Add(), "b", "a")
    sketch.add("act", Activation(15))
    sketch.add("fc", Linear(2))
    said = "b: batch normalisation behind a, whose output 2 layers read; it can only be folded into a Conv2d that "
    assert refused(sketch) == said + "feeds nothing else"


def test_codes_and_levels_must_agree():
    sketch = drawn(Linear(2), levels=16)
    said = "test: 16 activation levels, but accumulate_fire of 4 steps has codes 0 to 15; "
    assert (
        refused(sketch) == said + "take steps with 2^steps - 1 = 16, a 'policy', or 'levels: 15' to fold it untrained"
    )
    untrained = convert(network(sketch), AccumulateFire(4), levels=15)
    assert (untrained.levels, untrained.layers[1].unit) == (15, 2 / 15)
    rate = convert(network(sketch), IfQcfs(4))
    assert (rate.levels, rate.layers[1].unit) == (16, 2.0)


def test_a_clip_value_must_be_positive():
    assert refused(drawn(Linear(2)), values={"stem.act.lam": 0.0}) == (
        "stem.act: lam is 0, a clip value must be positive"
    )


def test_widths_out_of_range_are_refused():
    said = refused(drawn(Linear(2)), weight_bits=1, accumulator_bits=64)
    assert said == "weights of 1 bits and accumulators of 64: weights take 2 to 32 bits, accumulators 2 to 63"


def test_an_accumulator_too_narrow_at_every_exponent_is_refused_with_the_numbers():
    # At exponent 0 the threshold is 1 and its ladder starts at 8; the weight of each of 128 inputs is
    # rint(80 * 2/15) = 11, so that sums reach 128 * 15 * 11 = 21,120: 15 bits and a sign.
    said = refused(drawn(Linear(2)), values={"a.weight": 80.0}, accumulator_bits=15)
    assert said == "a: needs 16 accumulator bits at exponent 0 (threshold 1), the hardware has 15"


def test_a_weight_too_large_at_every_exponent_is_refused_with_the_numbers():
    said = refused(drawn(Linear(2)), values={"a.weight": 4000.0})
    assert said == (
        "a: its largest weight is 533 at exponent 0, 8 bits hold 127; "
        "use more weight bits, or clip the activations of this layer higher (measured clip values: a higher percentile)"
    )


def test_a_sum_beyond_sixty_three_bits_is_refused_whatever_the_hardware():
    # 31 steps: the unit is 2 / (2^31 - 1), so that a weight of 1/4 is 1,052,688 at exponent 0, and 2^50 times that
    # has 71 bits.
    wide = {"weight_bits": 32, "accumulator_bits": 63, "input_max": 2**50}
    said = refused(drawn(Linear(2), levels=2**31 - 1), AccumulateFire(31), **wide)
    assert said == "stem: needs 72 accumulator bits at exponent 0 (threshold 1), the hardware has 63"


def test_the_bias_counts_towards_the_width():
    # No weights, so that the exponent is bounded by the accumulator alone: the bias is 100 units of the output, and
    # 100 * 2^p has 7 + p bits and a sign.
    layer = convert(network(drawn(Linear(2)), **{"a.weight": 0.0, "a.bias": 100.0}), AccumulateFire(4)).layers[2]
    assert (layer.exponent, layer.accumulator_bits) == (16, 24)
    assert layer.bias.tolist() == [100 << 16] * 2


def test_a_pool_multiplies_the_threshold_and_the_bias_and_leaves_the_weights():
    values = {"a.bias": 0.5}
    plain = convert(network(drawn(Linear(2)), **values), AccumulateFire(4)).layers[2]
    pooled = convert(network(drawn(POOL, Linear(2)), **values, **{"b.bias": 0.5}), AccumulateFire(4)).layers[2]
    assert (plain.threshold, pooled.threshold) == (1 << plain.exponent, 4 << pooled.exponent)
    assert plain.exponent == pooled.exponent
    assert pooled.bias.tolist() == [4 * bias for bias in plain.bias]
    assert np.unique(pooled.sources[0].weights).tolist() == np.unique(plain.sources[0].weights).tolist()
    assert pooled.sources[0].pool is not None
    assert pooled.sources[0].window.kernel == (4, 4)


def test_pools_behind_one_another_make_one_window():
    layer = convert(network(drawn(POOL, POOL, Conv2d(1, (1, 1)), Activation(), Linear(2))), AccumulateFire(4)).layers[2]
    pool = layer.sources[0].pool
    assert (pool.kernel, pool.stride, pool.padding) == ((4, 4), (4, 4), (0, 0))
    everything = convert(network(drawn(POOL, GlobalAvgPool2d(), Flatten(), Linear(2))), AccumulateFire(4)).layers[2]
    assert everything.sources[0].pool.kernel == (8, 8)
    assert everything.threshold == 64 << everything.exponent


def test_an_identity_of_equal_unit_weighs_one_threshold():
    sketch = drawn(Conv2d(2, (3, 3), padding=(1, 1)))
    sketch.add("add", Add(), "a", "stem.act")
    sketch.add("act", Activation(15))
    sketch.add("fc", Linear(2))
    layer = convert(network(sketch), AccumulateFire(4)).layers[2]
    identity = layer.sources[1]
    assert (identity.kind, identity.is_stored, identity.weights.shape) == ("identity", False, ())
    assert int(identity.weights) == layer.threshold
    assert layer.name == "a"


def test_option_a_is_an_identity_that_skips_and_shifts():
    sketch = drawn(Conv2d(5, (3, 3), (2, 2), (1, 1)))
    sketch.add("skip", Shortcut(2, 1, 2), "stem.act")
    sketch.add("add", Add(), "a", "skip")
    sketch.add("act", Activation(15))
    sketch.add("fc", Linear(2))
    identity = convert(network(sketch), AccumulateFire(4)).layers[2].sources[1]
    assert (identity.window.stride, identity.channel_offset) == ((2, 2), 1)


def test_flatten_is_channel_major_as_in_training():
    sketch = drawn(Flatten(), Linear(1))
    weights = np.arange(128.0).reshape(1, 128) / 128
    net = network(sketch)
    net = Network(net.graph, {**net.parameters, "b.weight": weights}, "synthetic")
    layer = convert(net, AccumulateFire(4), weight_bits=16).layers[2]
    kept = layer.sources[0].weights[:, :, :, 0]
    assert kept.shape == (8, 8, 2)
    in_order = np.rint(kept.transpose(2, 0, 1).reshape(-1) / kept.max() * 127)
    assert in_order.tolist() == list(range(128))


def test_the_roles_names_and_units_of_the_layers():
    spiking = convert(network(drawn(Conv2d(2, (1, 1)), Activation(), Flatten(), Linear(3))), AccumulateFire(4))
    assert [layer.name for layer in spiking.layers] == ["input", "stem", "a", "d"]
    assert [layer.role for layer in spiking.layers] == ["input", "first", "hidden", "output"]
    assert [layer.unit for layer in spiking.layers] == [1 / 255, 2 / 15, 2 / 15, 1.0]
    assert [layer.shape for layer in spiking.layers] == [(1, 8, 8), (2, 8, 8), (2, 8, 8), (3, 1, 1)]
    assert spiking.layers[1].sources[0].weights.dtype == np.int8
    assert not spiking.layers[1].sources[0].weights.flags.writeable
    assert (spiking.name, spiking.weights_origin, spiking.weight_bits) == ("test", "synthetic", 8)


def test_a_per_channel_input_scale_goes_into_the_first_weights():
    sketch = GraphBuilder("test", (2, 1, 1), 15)
    sketch.add("conv", Conv2d(2, (1, 1)))
    sketch.activate("conv")
    sketch.add("fc", Linear(2))
    one = convert(network(sketch), AccumulateFire(4), input_unit=[0.01, 0.005]).layers[1]
    assert one.sources[0].weights[0, 0].tolist() == [[77, 77], [38, 38]]
    sketch = GraphBuilder("test", (2, 1, 1), 15)
    sketch.add("conv", Conv2d(2, (1, 1), groups=2))
    sketch.activate("conv")
    sketch.add("fc", Linear(2))
    depthwise = convert(network(sketch), AccumulateFire(4), input_unit=[0.01, 0.005]).layers[1]
    assert depthwise.sources[0].weights[0, 0].tolist() == [[77, 38]]
