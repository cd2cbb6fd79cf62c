"""The ladder: one behavioural suite on five levels, from plain NumPy to a chip with every neuron on its own core."""

from tests.reference import behaviour_levels
from tests.reference.behaviour import Behaviour


class TestPlainNumpy(Behaviour):
    level = behaviour_levels.plain


class TestKernelsAsPython(Behaviour):
    level = behaviour_levels.python_kernels


class TestCompiledKernels(Behaviour):
    level = behaviour_levels.compiled_kernels


class TestOneCoreALayer(Behaviour):
    level = behaviour_levels.one_core_a_layer


class TestOneCoreANeuron(Behaviour):
    level = behaviour_levels.one_core_a_neuron


def test_the_ladder_has_no_rung_that_is_not_climbed():
    climbed = {test.level for name, test in globals().items() if name.startswith("Test")}
    assert climbed == set(behaviour_levels.LEVELS)
