"""The ledger of a run holds exactly the operations of conversion.md section 9, for every option of every model."""

from collections import Counter

import numpy as np
import pytest

from neurosim.ledger import vocabulary
from neurosim.neurons.accumulate_fire import AccumulateFire
from neurosim.neurons.bos import Bos
from neurosim.neurons.group import Group
from neurosim.neurons.if_hard import IfHard
from neurosim.neurons.if_qcfs import IfQcfs
from neurosim.neurons.if_soft import IfSoft
from neurosim.neurons.lif import Lif
from neurosim.neurons.one_spike import OneSpike
from neurosim.neurons.radix import Radix
from neurosim.neurons.srp import Srp
from neurosim.neurons.weighted_stream import WeightedStream
from neurosim.simulation.counting.counters import expected_operations
from neurosim.simulation.summarise import result
from tests.reference.behaviour_levels import watch
from tests.reference.behaviour_plain import dense
from tests.reference.neurons_drive import integrate
from tests.reference.random_networks import legal_schedules, random_images, random_network, small_chip, whole_placement

T = 3


def run_of(model, seed, schedule=None):
    rng = np.random.default_rng(seed)
    network = random_network(rng, model, pixels=4, hidden=2)
    images = random_images(rng, network, 2)
    placement, cores = whole_placement(network)
    chip = small_chip(-(-cores // 2), 1, 2)
    seen, inferences = watch(network, chip, placement, schedule or legal_schedules(model)[0], images)
    return network, seen, inferences, chip


def counted(seen, number):
    totals = Counter()
    for (layer, name), count in seen.ledger.by("layer", "op").items():
        operation = vocabulary.parse(name).operation.name
        if layer == number and operation in ("add", "shift", "compare", "reset", "multiply"):
            totals[operation] += count
    return totals


class Work:
    """What one layer of one image was given: A, its neurons, its own spikes (scans, neurons)."""

    def __init__(self, network, inference, number):
        self.layer, self.model = network.layers[number], network.model
        self.n, self.is_first = self.layer.neurons, self.layer.role == "first"
        self.sources = [(source, dense(source)[1]) for source in self.layer.sources]
        self.fires = self.layer.is_spiking
        scans = sorted(step for layer, step in inference.scans if layer == number)
        self.spikes = np.stack([inference.scans[number, step].spikes.ravel() for step in scans]).astype(int)
        self.adds = self.events = 0  # unary and graded
        for source in self.layer.sources:
            fan_out = source.fan_out()
            for (layer, _), scan in inference.scans.items():
                if layer == source.source:
                    values = (scan.spikes != 0) if layer == 0 else scan.spikes
                    self.adds += int((values * fan_out).sum())
                    self.events += int(((scan.spikes != 0) * fan_out).sum())
        self.inference = inference
        self.mac_nz = self.adds if self.is_first and self.model.reads_pixels else 0

    def currents(self, step):
        """(neurons,) what the sources bring with their scan ``step``, the bias included."""
        total = np.broadcast_to(self.layer.bias, self.layer.map_shape).astype(np.int64).copy()
        for source, weight in self.sources:
            total += np.tensordot(self.inference.scans[source.source, step].spikes.astype(np.int64), weight, 3)
        return total.ravel()

    def first_pass(self):
        """Neurons that ``bos`` corrects and spikes of its first pass, by the loop of section 7 over its currents."""
        threshold, corrected, fired = self.layer.threshold, 0, 0
        currents = [self.currents(0 if self.is_first else T + step) for step in range(T)]
        for own in np.stack(currents).T.tolist():
            spikes, u = integrate(own, threshold, T, threshold // 2)
            fired += sum(spikes)
            corrected += (u < 0 and sum(spikes) > 0) or u >= threshold
        return corrected, fired

    @property
    def growths(self):
        """Section 9: T + W - 1 for a silent neuron, W + k for one that fired at k; W = 0 in a first layer."""
        if not self.fires:
            return (T - 1) * self.n
        wait = 0 if self.is_first and self.model.reads_pixels else self.model.delay
        fired = self.spikes.any(0)
        return int(np.where(fired, wait + self.spikes.argmax(0), T + wait - 1).sum())

    @property
    def looks(self):
        """k + 1 comparisons for a neuron that fired at k, T for a silent one, none in an output layer."""
        return int(np.where(self.spikes.any(0), self.spikes.argmax(0) + 1, T).sum()) * self.fires


def weighted_bits(work):
    data = 0 if work.is_first else (T - 1) * work.n
    return {
        "add": work.adds + work.n,
        "shift": data + (T - 1) * work.fires,
        "compare": T * work.n * work.fires,
        "reset": int(work.spikes.sum()),
        "multiply": work.mac_nz,
    }


def rate(work, steps=T):
    return {
        "add": work.adds + steps * work.n,
        "compare": steps * work.n * work.fires,
        "reset": int(work.spikes.sum()) * work.fires,
        "multiply": work.mac_nz,
    }


def leaky(work):
    forms = rate(work)
    leaks = (T - 1) * work.n * work.fires
    return forms | {"add": forms["add"] + leaks, "shift": leaks}


def group(work):
    model = work.model
    looks = model.tau if model.compare == "parallel" else int(np.ceil(np.log2(model.tau + 1)))
    graded = model.spikes == "graded"
    return {
        "add": (work.events if graded else work.adds) + T * work.n,
        "compare": looks * T * work.n * work.fires,
        "reset": int((work.spikes > 0).sum()),
        "multiply": work.events if graded or work.is_first else 0,
    }


def stream(work):
    periods = work.model.periods
    merges = periods if work.is_first else periods * T
    return {
        "add": work.adds + (periods + merges) * work.n,
        "shift": periods * (T - 1) * ((0 if work.is_first else work.n) + work.fires),
        "compare": periods * T * work.n * work.fires,
        "reset": int(work.spikes.sum()),
        "multiply": work.mac_nz,
    }


def two_passes(work):
    forms = rate(work, work.model.pre + T)
    return forms | {"compare": forms["compare"] + work.n * work.fires}


def offset(work):
    """As ``rate`` over both passes, in each of which the recorded spikes drive their synapses; not in a first layer."""
    if not work.fires:
        return rate(work)
    forms = rate(work, 2 * T)
    corrected, resets = work.first_pass()
    return forms | {
        "add": forms["add"] + (0 if work.is_first else work.adds) + corrected,
        "compare": forms["compare"] + 2 * work.n,
        "reset": resets + int(work.spikes[T:].sum()),
    }


def one_spike(work):
    base = work.model.growth
    forms = {"add": work.adds + work.n, "compare": work.looks, "multiply": work.mac_nz}
    parts = {2: 0, 3 / 2: 1, 5 / 4: 1, 7 / 4: 2}.get(float(base))  # additions of one growth
    if parts is None:
        forms["multiply"] += work.growths
    else:
        forms |= {"shift": max(parts, 1) * work.growths, "add": forms["add"] + parts * work.growths}
    return forms


FORMS = [
    (AccumulateFire(T), weighted_bits),
    (Radix(T), weighted_bits),
    (IfSoft(T), rate),
    (IfHard(T), rate),
    (IfQcfs(T), rate),
    (Lif(T), leaky),
    (Lif(T, leak=1, reset_to="zero"), leaky),
    (Group(T), group),
    (Group(T, 6, "search"), group),
    (Group(T, 6, "parallel", "graded"), group),
    (Group(T, 7, "search", "graded"), group),
    (WeightedStream(T), stream),
    (WeightedStream(T, 2), stream),
    (Srp(T, pre=2), two_passes),
    (Bos(T), offset),
    (OneSpike(T), one_spike),
    (OneSpike(T, 2, 1), one_spike),
    (OneSpike(T, 2, 0), one_spike),
    (OneSpike(T, 1.5), one_spike),
    (OneSpike(T, "5/4", 1, 2), one_spike),
    (OneSpike(T, "7/4"), one_spike),
    (OneSpike(T, "4/3"), one_spike),
    (OneSpike(T, input="single_spike"), one_spike),
    (OneSpike(T, 1.5, 1, input="single_spike"), one_spike),
]


@pytest.mark.parametrize(("model", "forms"), FORMS, ids=lambda value: str(value)[:70] if hasattr(value, "kind") else "")
@pytest.mark.parametrize("seed", range(3))
def test_the_ledger_of_a_run_equals_the_closed_forms(model, forms, seed):
    network, seen, inferences, chip = run_of(model, seed)
    for number in range(1, len(network.layers)):
        wanted = Counter()
        for inference in inferences:
            wanted.update(forms(Work(network, inference, number)))
        assert counted(seen, number) == +wanted
    assert set(seen.ledger.totals()) <= expected_operations(network, chip, seen.planned)


def test_graded_spikes_are_one_packet_and_unary_spikes_as_many_as_they_say():
    packets = {}
    for spikes in ("unary", "graded"):
        _, seen, (inference, *_), _ = run_of(Group(T, 5, "parallel", spikes), 1)
        scans = [scan for (layer, _), scan in inference.scans.items() if layer == 1]
        values = np.concatenate([scan.spikes.ravel() for scan in scans]).astype(int)
        ways = len(seen.routing.layers[1].targets)
        packets[spikes] = sum(int(scan.packet_list.packets.sum()) for scan in scans)
        assert packets[spikes] == ways * int(values.sum() if spikes == "unary" else (values > 0).sum())
    assert 0 < packets["graded"] < packets["unary"]


@pytest.mark.parametrize("model", [Group(T, 5, "parallel", "graded"), Group(T, 5), Bos(T), IfSoft(T)], ids=str)
def test_additions_of_residuals_are_one_for_a_graded_spike_and_two_for_one_that_is_replayed(model):
    found = 0
    for seed in range(12):
        network, seen, inferences, chip = run_of(model, seed)
        for number, layer in enumerate(network.layers):
            wanted = 0
            for source in (synapses for synapses in layer.sources if not synapses.is_stored):
                planes = [scan.spikes for own in inferences for (n, _), scan in own.scans.items() if n == source.source]
                events = [plane != 0 if model.is_graded else plane for plane in planes]
                wanted += (2 if model.kind == "bos" else 1) * sum(source.events(plane) for plane in events)
            assert len(inferences) * result("", seen, chip, ()).layers[number].identity_adds == wanted
            found += wanted
    assert found > 0
