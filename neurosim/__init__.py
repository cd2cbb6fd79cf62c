"""Cycle-level neuromorphic chip simulator and energy estimator.

>>> import neurosim
>>> run = neurosim.simulate("workloads/vgg16.yaml", set={"chip.mesh.width": 12})
>>> run.price("datta2023_45nm_int32").layers()

Every name is imported when it is first used, so that ``import neurosim`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "simulate": "neurosim.experiments.simulate",
    "prepare": "neurosim.experiments.simulate",
    "perform": "neurosim.experiments.simulate",
    "Experiment": "neurosim.experiments.simulate",
    "evaluate": "neurosim.experiments.evaluate",
    "load": "neurosim.experiments.run",
    "Run": "neurosim.experiments.run",
    "build": "neurosim.network.zoo",
    "Network": "neurosim.network.graph",
    "Graph": "neurosim.network.graph",
    "convert": "neurosim.conversion.convert",
    "SpikingNetwork": "neurosim.conversion.spiking",
    "encode": "neurosim.stimuli.encode",
    "read_chip": "neurosim.files.chip",
    "ChipSpec": "neurosim.chip.spec",
    "observe": "neurosim.simulation.observe",
    "Ledger": "neurosim.ledger.ledger",
    "Record": "neurosim.ledger.record",
    "read_table": "neurosim.files.energy_tables.energy_table",
    "price": "neurosim.energy.pricing.price",
    "Policy": "neurosim.energy.pricing.policy",
    "count_linear": "neurosim.energy.analysis.neurobench",
    "count_convolution": "neurosim.energy.analysis.neurobench",
    "SynapticOperations": "neurosim.energy.analysis.neurobench",
    "NeurosimError": "neurosim.errors",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 - a list of the dict's names


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'neurosim' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
