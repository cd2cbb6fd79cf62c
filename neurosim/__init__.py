"""Cycle-level neuromorphic chip simulator and energy estimator.

>>> import neurosim
>>> run = neurosim.simulate("workloads/vgg16.yaml", overrides={"chip.mesh.width": 12})
>>> run.price("datta2023_45nm_int32").layers()

Every name is imported when it is first used, so that ``import neurosim`` costs nothing. The public names are closed:
whatever type stands in a signature or an attribute of one of them is among them too.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.chip.spec import BarrierSpec as BarrierSpec
    from neurosim.chip.spec import Capacity as Capacity
    from neurosim.chip.spec import ChipSpec as ChipSpec
    from neurosim.chip.spec import HostPort as HostPort
    from neurosim.chip.spec import Memories as Memories
    from neurosim.chip.spec import MeshSpec as MeshSpec
    from neurosim.chip.spec import NeuronUnitSpec as NeuronUnitSpec
    from neurosim.chip.spec import OffChip as OffChip
    from neurosim.chip.spec import Stage as Stage
    from neurosim.chip.spec import SynapseUnitSpec as SynapseUnitSpec
    from neurosim.conversion.convert import convert as convert
    from neurosim.conversion.projections.graph_window import GraphWindow as GraphWindow
    from neurosim.conversion.projections.projection import Projection as Projection
    from neurosim.conversion.projections.projection import Window as Window
    from neurosim.conversion.spiking import SpikingLayer as SpikingLayer
    from neurosim.conversion.spiking import SpikingNetwork as SpikingNetwork
    from neurosim.energy.analysis.baselines import Baseline as Baseline
    from neurosim.energy.analysis.neurobench import SynapticOperations as SynapticOperations
    from neurosim.energy.analysis.neurobench import activation_sparsity as activation_sparsity
    from neurosim.energy.analysis.neurobench import count_convolution as count_convolution
    from neurosim.energy.analysis.neurobench import count_linear as count_linear
    from neurosim.energy.analysis.neurobench import memory_footprint as memory_footprint
    from neurosim.energy.analysis.ratio import Ratio as Ratio
    from neurosim.energy.cost_comparison import CostComparison as CostComparison
    from neurosim.energy.pricing.energy_report import Charge as Charge
    from neurosim.energy.pricing.energy_report import EnergyReport as EnergyReport
    from neurosim.energy.pricing.energy_report import Unpriced as Unpriced
    from neurosim.energy.pricing.policy import Policy as Policy
    from neurosim.energy.pricing.price import price as price
    from neurosim.energy.pricing.unit_price import UnitPrice as UnitPrice
    from neurosim.energy.tables.scale import Scale as Scale
    from neurosim.energy.tables.table import Band as Band
    from neurosim.energy.tables.table import CrossCheck as CrossCheck
    from neurosim.energy.tables.table import Entry as Entry
    from neurosim.energy.tables.table import IncludedOperation as IncludedOperation
    from neurosim.energy.tables.table import OperatingPoint as OperatingPoint
    from neurosim.energy.tables.table import Source as Source
    from neurosim.energy.tables.table import Table as Table
    from neurosim.energy.tables.table import Validity as Validity
    from neurosim.energy.tables.table import Widths as Widths
    from neurosim.errors import CapacityError as CapacityError
    from neurosim.errors import ConversionError as ConversionError
    from neurosim.errors import CountOverflowError as CountOverflowError
    from neurosim.errors import DocumentError as DocumentError
    from neurosim.errors import InterruptionError as InterruptionError
    from neurosim.errors import LimitError as LimitError
    from neurosim.errors import NeurosimError as NeurosimError
    from neurosim.errors import NeurosimWarning as NeurosimWarning
    from neurosim.errors import PricingError as PricingError
    from neurosim.errors import Problem as Problem
    from neurosim.errors import ScheduleError as ScheduleError
    from neurosim.evaluation.classification import ConversionRecord as ConversionRecord
    from neurosim.evaluation.classification import EvaluationRecord as EvaluationRecord
    from neurosim.evaluation.classification import LayerFacts as LayerFacts
    from neurosim.evaluation.counters import Evaluation as Evaluation
    from neurosim.experiments.case import Case as Case
    from neurosim.experiments.evaluate import EvaluationRun as EvaluationRun
    from neurosim.experiments.evaluate import evaluate as evaluate
    from neurosim.experiments.run import Run as Run
    from neurosim.experiments.run import load as load
    from neurosim.experiments.simulate import Experiment as Experiment
    from neurosim.experiments.simulate import perform as perform
    from neurosim.experiments.simulate import prepare as prepare
    from neurosim.experiments.simulate import simulate as simulate
    from neurosim.files.chip import read_chip as read_chip
    from neurosim.files.energy_tables.energy_table import read_table as read_table
    from neurosim.files.runs.output_folder import FolderKind as FolderKind
    from neurosim.files.runs.output_folder import OutputFolder as OutputFolder
    from neurosim.files.workload_schema import CalibrationConfig as CalibrationConfig
    from neurosim.files.workload_schema import ComparisonConfig as ComparisonConfig
    from neurosim.files.workload_schema import ConversionConfig as ConversionConfig
    from neurosim.files.workload_schema import EnergyConfig as EnergyConfig
    from neurosim.files.workload_schema import MappingConfig as MappingConfig
    from neurosim.files.workload_schema import NetworkConfig as NetworkConfig
    from neurosim.files.workload_schema import StimulusConfig as StimulusConfig
    from neurosim.files.workload_schema import Workload as Workload
    from neurosim.ledger.ledger import Ledger as Ledger
    from neurosim.ledger.record import Accuracy as Accuracy
    from neurosim.ledger.record import Activity as Activity
    from neurosim.ledger.record import BarrierFacts as BarrierFacts
    from neurosim.ledger.record import ChipFacts as ChipFacts
    from neurosim.ledger.record import ConversionFacts as ConversionFacts
    from neurosim.ledger.record import CoreFacts as CoreFacts
    from neurosim.ledger.record import CoreUse as CoreUse
    from neurosim.ledger.record import Duration as Duration
    from neurosim.ledger.record import LatencyParts as LatencyParts
    from neurosim.ledger.record import LayerResult as LayerResult
    from neurosim.ledger.record import LinkUse as LinkUse
    from neurosim.ledger.record import Lossless as Lossless
    from neurosim.ledger.record import MemoryFacts as MemoryFacts
    from neurosim.ledger.record import MemoryUse as MemoryUse
    from neurosim.ledger.record import NetworkFacts as NetworkFacts
    from neurosim.ledger.record import NocFacts as NocFacts
    from neurosim.ledger.record import Record as Record
    from neurosim.ledger.record import Result as Result
    from neurosim.ledger.record import Slice as Slice
    from neurosim.ledger.record import StimulusFacts as StimulusFacts
    from neurosim.mapping.partitioning.core_memories import CoreMemory as CoreMemory
    from neurosim.mapping.partitioning.core_memories import MemoryDemand as MemoryDemand
    from neurosim.mapping.placement import LayerPlacement as LayerPlacement
    from neurosim.mapping.placement import Placement as Placement
    from neurosim.network.adjacency import Adjacency as Adjacency
    from neurosim.network.graph import Graph as Graph
    from neurosim.network.graph import Network as Network
    from neurosim.network.graph import Node as Node
    from neurosim.network.layer import ChannelScales as ChannelScales
    from neurosim.network.layer import NodeLowering as NodeLowering
    from neurosim.network.layers import Conv2d as Conv2d
    from neurosim.network.layers import GraphConv as GraphConv
    from neurosim.network.layers import Input as Input
    from neurosim.network.layers import Layer as Layer
    from neurosim.network.zoo import build as build
    from neurosim.neurons.model import Datapath as Datapath
    from neurosim.neurons.model import Membrane as Membrane
    from neurosim.neurons.model import NeuronModel as NeuronModel
    from neurosim.neurons.model import Parameters as Parameters
    from neurosim.provenance import __version__ as __version__
    from neurosim.schedule.phase import Phase as Phase
    from neurosim.schedule.phase import Schedule as Schedule
    from neurosim.schedule.phase import WorkItem as WorkItem
    from neurosim.simulation.functional.path_agreement import PathAgreement as PathAgreement
    from neurosim.stimuli.encode import encode as encode
    from neurosim.stimuli.stimulus import Stimulus as Stimulus

_NAMES = {
    # A workload becomes a result.
    "neurosim.experiments.case": ("Case",),
    "neurosim.experiments.evaluate": ("EvaluationRun", "evaluate"),
    "neurosim.experiments.run": ("Run", "load"),
    "neurosim.experiments.simulate": ("Experiment", "perform", "prepare", "simulate"),
    "neurosim.files.runs.output_folder": ("FolderKind", "OutputFolder"),
    "neurosim.files.workload_schema": (
        "CalibrationConfig",
        "ComparisonConfig",
        "ConversionConfig",
        "EnergyConfig",
        "MappingConfig",
        "NetworkConfig",
        "StimulusConfig",
        "Workload",
    ),
    # What is computed, and what is shown.
    "neurosim.network.adjacency": ("Adjacency",),
    "neurosim.network.graph": ("Graph", "Network", "Node"),
    "neurosim.network.layer": ("ChannelScales", "NodeLowering"),
    "neurosim.network.layers": ("Conv2d", "GraphConv", "Input", "Layer"),
    "neurosim.network.zoo": ("build",),
    "neurosim.stimuli.encode": ("encode",),
    "neurosim.stimuli.stimulus": ("Stimulus",),
    "neurosim.conversion.convert": ("convert",),
    "neurosim.conversion.projections.graph_window": ("GraphWindow",),
    "neurosim.conversion.projections.projection": ("Projection", "Window"),
    "neurosim.conversion.spiking": ("SpikingLayer", "SpikingNetwork"),
    "neurosim.neurons.model": ("Datapath", "Membrane", "NeuronModel", "Parameters"),
    # The chip, where the network lies on it, and when it works.
    "neurosim.chip.spec": (
        "BarrierSpec",
        "Capacity",
        "ChipSpec",
        "HostPort",
        "Memories",
        "MeshSpec",
        "NeuronUnitSpec",
        "OffChip",
        "Stage",
        "SynapseUnitSpec",
    ),
    "neurosim.files.chip": ("read_chip",),
    "neurosim.mapping.partitioning.core_memories": ("CoreMemory", "MemoryDemand"),
    "neurosim.mapping.placement": ("LayerPlacement", "Placement"),
    "neurosim.schedule.phase": ("Phase", "Schedule", "WorkItem"),
    # What was done.
    "neurosim.ledger.ledger": ("Ledger",),
    "neurosim.ledger.record": (
        "Accuracy",
        "Activity",
        "BarrierFacts",
        "ChipFacts",
        "ConversionFacts",
        "CoreFacts",
        "CoreUse",
        "Duration",
        "LatencyParts",
        "LayerResult",
        "LinkUse",
        "Lossless",
        "MemoryFacts",
        "MemoryUse",
        "NetworkFacts",
        "NocFacts",
        "Record",
        "Result",
        "Slice",
        "StimulusFacts",
    ),
    "neurosim.evaluation.classification": ("ConversionRecord", "EvaluationRecord", "LayerFacts"),
    "neurosim.evaluation.counters": ("Evaluation",),
    "neurosim.simulation.functional.path_agreement": ("PathAgreement",),
    # What it costs.
    "neurosim.files.energy_tables.energy_table": ("read_table",),
    "neurosim.energy.analysis.baselines": ("Baseline",),
    "neurosim.energy.analysis.neurobench": (
        "SynapticOperations",
        "activation_sparsity",
        "count_convolution",
        "count_linear",
        "memory_footprint",
    ),
    "neurosim.energy.analysis.ratio": ("Ratio",),
    "neurosim.energy.cost_comparison": ("CostComparison",),
    "neurosim.energy.pricing.energy_report": ("Charge", "EnergyReport", "Unpriced"),
    "neurosim.energy.pricing.policy": ("Policy",),
    "neurosim.energy.pricing.price": ("price",),
    "neurosim.energy.pricing.unit_price": ("UnitPrice",),
    "neurosim.energy.tables.scale": ("Scale",),
    "neurosim.energy.tables.table": (
        "Band",
        "CrossCheck",
        "Entry",
        "IncludedOperation",
        "OperatingPoint",
        "Source",
        "Table",
        "Validity",
        "Widths",
    ),
    # What can go wrong.
    "neurosim.errors": (
        "CapacityError",
        "ConversionError",
        "CountOverflowError",
        "DocumentError",
        "InterruptionError",
        "LimitError",
        "NeurosimError",
        "NeurosimWarning",
        "PricingError",
        "Problem",
        "ScheduleError",
    ),
}
"""The public names of each module."""

_HOME = {name: module for module, names in _NAMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605 - a list of the dict's names


def __getattr__(name: str) -> Any:
    home = "neurosim.provenance" if name == "__version__" else _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'neurosim' has no attribute '{name}'")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
