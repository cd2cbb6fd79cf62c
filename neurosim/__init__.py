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
    "simulate": "neurosim.experiment",
    "prepare": "neurosim.experiment",
    "perform": "neurosim.experiment",
    "Experiment": "neurosim.experiment",
    "evaluate": "neurosim.evaluation",
    "load": "neurosim.run",
    "Run": "neurosim.run",
    "build": "neurosim.network.zoo",
    "Network": "neurosim.network.graph",
    "Graph": "neurosim.network.graph",
    "convert": "neurosim.conversion.convert",
    "SpikingNetwork": "neurosim.conversion.spiking",
    "encode": "neurosim.conversion.stimulus",
    "read_chip": "neurosim.files.chip",
    "ChipSpec": "neurosim.chip.spec",
    "observe": "neurosim.simulation.run",
    "Ledger": "neurosim.simulation.ledger",
    "Record": "neurosim.simulation.record",
    "read_table": "neurosim.files.table",
    "price": "neurosim.energy.price",
    "Policy": "neurosim.energy.policy",
    "count_linear": "neurosim.energy.neurobench",
    "count_convolution": "neurosim.energy.neurobench",
    "SynapticOperations": "neurosim.energy.neurobench",
    "NeurosimError": "neurosim.errors",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 - a list of the dict's names


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'neurosim' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
