"""Labels: how the values of a record are called in tables, pages and figures; the stored values stay as they are."""

from __future__ import annotations

from neurosim.ledger.record import Result

BOTTLENECKS = {
    "accumulate": "weight memory",  # the synapse unit, which reads a weight for every addition
    "neuron scan": "neuron update",
    "link": "NoC link",
    "mesh": "NoC",  # no single resource: packets waited for each other
}
"""What limits the time of a layer: ``LayerResult.bound`` to the critical resource."""

LATENCY_PARTS = {
    "host": "host port",
    "compute": "compute",
    "mesh": "NoC",
    "barrier": "barriers",
    "reload": "weight reload",
}
"""The parts of a latency: fields of ``LatencyParts`` to what they are called."""

NOC_MODELS = {
    "cycle_accurate": "finite queues",
    "unbounded_queues": "unbounded queues",
    "lower_bound": "lower bound",
    "exact": "finite queues",
    "infinite": "unbounded queues",
    "analytic": "lower bound",
}
"""Models of the network on chip, by the names of now and of runs stored earlier."""

MEMORIES = {"synapse memory": "weight memory", "potential memory": "state memory"}
"""Core memories whose stored name is an older one."""


BASELINES = {
    "ann_dense": "ANN, dense",
    "ann_50": "ANN, 50 % sparse",
    "ann_measured": "ANN, measured sparsity",
    "bit_serial": "ANN, bit-serial",
    "qnn_iso": "QNN, iso-capacity",
}
"""Baseline accelerators by their stored name."""


def bottleneck(bound: str) -> str:
    """Return the resource that limits a layer."""
    return BOTTLENECKS.get(bound, bound)


def noc_label(model: str) -> str:
    """Return a NoC model as a reader knows it."""
    return f"NoC with {NOC_MODELS[model]}" if model in NOC_MODELS else f"NoC {model}"


def memory_label(memory: str) -> str:
    """Return a core memory as a reader knows it."""
    return MEMORIES.get(memory, memory)


def evidence_label(evidence: str) -> str:
    """Return what a unit energy rests on."""
    return "in-house (unpublished)" if evidence == "inhouse" else evidence


def result_title(result: Result) -> str:
    """Return a result's name, with its schedule where the name does not say it."""
    name = result.name.replace(" ", "_")
    return result.name if result.schedule in name else f"{result.name}, {result.schedule}"


def baseline_name(name: str) -> str:
    """Return a baseline's name as it is printed; a dataflow follows in brackets."""
    for flow in ("ideal_reuse", "no_reuse"):
        if name.endswith(f"_{flow}"):
            return f"{baseline_name(name.removesuffix(f'_{flow}'))} ({flow.replace('_', ' ')})"
    return BASELINES.get(name, name.replace("_", " "))
