"""The rungs of the ladder: five ways to run one image, each nearer to the chip, each giving a ``Trace``.

plain NumPy < kernels as Python < compiled kernels < every layer on one core < every layer cut over many cores.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from neurosim.chip.core import accumulate_kernels as synapse_kernels
from neurosim.chip.core import neuron_unit
from neurosim.chip.core.accumulate_kernels import accumulate, add_identity, collect
from neurosim.conversion.projections.projection import POINT
from neurosim.ledger import vocabulary
from neurosim.simulation import image_run, observe
from neurosim.simulation.functional.event_driven import EventDrivenRun
from tests.reference.behaviour_plain import Trace, play
from tests.reference.random_networks import finest_placement, legal_schedules, small_chip, whole_placement

KERNELS = {
    neuron_unit: ("shift", "compare", "subtract", "clear"),
    synapse_kernels: ("join_events", "add_rows", "add_grouped_rows", "add_products"),
}


class Unit:
    """The product's neuron unit as a datapath that counts for itself."""

    def __init__(self, neurons):
        self.neurons, self.counts = neurons, Counter()

    def __getattr__(self, name):
        def call(*arguments):
            unit = neuron_unit.NeuronUnit(small_chip().neuron_unit)
            result = getattr(unit, name)(*arguments)
            fired = int(arguments[1].sum()) if unit.where_fired else 0
            for counts, times in ((unit.everywhere, self.neurons), (unit.where_fired, fired), (unit.once, 1)):
                for operation, often in counts.items():
                    self.counts[operation] += often * times
            for operation, mask in unit.somewhere:
                self.counts[operation] += int(mask.sum())
            return result

        return call


def add_events(inbox, synapses, spikes, graded):
    """Accumulate by the product's gather kernels; the additions come from its box sums."""
    pool, window = synapses.pool or POINT, synapses.window
    events = collect(spikes, pool.kernel, pool.stride, pool.padding, graded)
    if synapses.is_stored or graded:
        accumulate(inbox, events, synapses.weights, window.stride, window.padding, synapses.groups)
    else:
        place = (*events.shape, events.first, events.channel, inbox.dtype.type(synapses.weights))
        add_identity(inbox, *place, *window.stride, synapses.channel_offset)
    return synapses.events(spikes != 0 if graded else spikes)


@contextmanager
def interpreted():
    """The product's kernels as plain Python functions."""
    with ExitStack() as stack:
        for module, names in KERNELS.items():
            for name in names:
                stack.enter_context(patch.object(module, name, getattr(module, name).py_func))
        yield


def plain(network, image):
    return play(network, image)


def python_kernels(network, image):
    with interpreted():
        return play(network, image, Unit, add_events)


def compiled_kernels(network, image):
    return play(network, image, Unit, add_events)


def one_core_a_layer(network, image):
    placement, cores = whole_placement(network)
    return on_chip(network, image, placement, small_chip(-(-cores // 2), 1, 2))


def one_core_a_neuron(network, image):
    placement, cores = finest_placement(network)
    return on_chip(network, image, placement, small_chip(8, -(-cores // 32), 4))


LEVELS = (plain, python_kernels, compiled_kernels, one_core_a_layer, one_core_a_neuron)


def watch(network, spec, placement, schedule, images, labels=None, model="cycle_accurate"):
    """``observe``, and the inferences that it keeps to itself."""
    seen = []

    class Watched(EventDrivenRun):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            seen.append(self)

    with patch.object(image_run, "EventDrivenRun", Watched):
        observation = observe.observe(network, spec, placement, schedule, images, labels, model)
    return observation, seen


def on_chip(network, image, placement, spec):
    observation, (inference,) = watch(network, spec, placement, legal_schedules(network.model)[0], image[None])
    counts = Counter()
    for (layer, name), count in observation.ledger.by("layer", "op").items():
        counted = vocabulary.parse(name).operation
        if counted.name in ("add", "multiply", "shift", "compare", "reset"):
            counts[layer, counted.name] += count
    spikes = {key: scan.spikes for key, scan in inference.scans.items()}
    potentials = {number: inference.membranes[number].potential for number in range(1, len(network.layers))}
    return Trace(spikes, potentials, counts)
