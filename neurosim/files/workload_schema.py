"""What a workload file may say: one frozen dataclass for each of its sections.

The names of the fields are the keys of the file. Only ``network``, ``chip`` and ``energy`` have no default.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Len, MaxLen
from pydantic import AfterValidator

from neurosim.chip.noc.packets import NocModel, canonical_model
from neurosim.chip.spec import STRICT, ChipSpec
from neurosim.energy.tables.scopes import Scope

MOST_STEPS = 32  # as many weighted steps never fit an accumulator, more never fit an int64
MOST_COMPARISONS = 100
MOST_SCHEDULES = 20
MOST_TABLES = 100
Name = Annotated[str, MaxLen(200)]  # of a folder, a figure, a row
Positive = Annotated[int, Ge(1), Le(2**31 - 1)]
Side = Annotated[int, Ge(1), Le(2**24)]  # of an image, or nodes of a graph
Images = Annotated[int, Ge(1), Le(10_000_000)]
Classes = Annotated[int, Ge(1), Le(2**20)]
Steps = Annotated[int, Ge(1), Le(MOST_STEPS)]
Schedules = Annotated[tuple[str, ...], Len(1, MOST_SCHEDULES)]
Options = dict[str, Any]
TRAFFIC = "traffic"
"""The option of every mapper that ``reads_activity``: a run folder. It is read for the mapper, which never sees it."""


@dataclass(frozen=True)
class NetworkConfig:
    """Which network: one of the zoo, or a ``file`` (.npz) that names it; ``input`` is (channels, rows, columns).

    ``kind`` is another name of ``zoo``, which may also be the path of a user's own ``.py`` file. Without ``weights``
    such a network gets synthetic ones.
    """

    __pydantic_config__ = STRICT

    zoo: Annotated[str | None, "name of a network of the zoo"] = None
    file: Annotated[str | None, "file (`.npz`) that holds weights and names their network"] = None
    input: Annotated[tuple[Side, Side, Side] | None, "channels, rows and columns of an image"] = None
    classes: Annotated[Classes | None, "number of classes"] = None
    weights: Annotated[str | None, "weight file of a network of the zoo; synthetic weights without one"] = None
    options: Annotated[Options, "options of that network"] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class StimulusConfig:
    """What the network is shown, and how many images of it."""

    __pydantic_config__ = STRICT

    kind: Annotated[str, "kind of stimulus, or a file `.py`"] = "photo"
    images: Annotated[Images, "how many images are shown"] = 1
    file: Annotated[str | None, "file that is shown, where the kind reads one"] = None
    options: Annotated[Options, "options of that kind"] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class CalibrationConfig:
    """Where a network without clip values gets them: ``percentile`` of its activations on images of a data set.

    ``kind`` is the data set, ``options`` are its own; only what it has to train on is looked at, ``images`` of it drawn
    by the workload's seed. One value ``by`` channel, or one for a whole layer.
    """

    __pydantic_config__ = STRICT

    kind: Annotated[str, "data set whose training images are used"]
    images: Annotated[Images, "how many of them, drawn by the seed"] = 256
    percentile: Annotated[float, Gt(0), Le(100), "of the activations, in percent; 100 is their maximum"] = 100.0
    by: Annotated[Literal["channel", "layer"], "one clip value for each channel, or for each layer"] = "channel"
    options: Annotated[Options, "options of that data set"] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        """Return what is measured, in words."""
        what = "maximum" if self.percentile == 100 else f"{self.percentile:g} % percentile"
        return f"clip values: the {what} of each {self.by} on {self.images:,} images of {self.kind} to train on"


@dataclass(frozen=True)
class ConversionConfig:
    """The neuron model and its time steps; ``levels`` defaults to what the model resolves in so many steps.

    ``policy`` says what to do with a network that was trained for another number of steps (conversion.md,
    section 10.2); ``calibration`` gives clip values to one that was trained without any; ``options`` are the parameters
    of the model beyond its steps.
    """

    __pydantic_config__ = STRICT

    kind: Annotated[str, "neuron model, or a file `.py`"] = "accumulate_fire"
    steps: Annotated[Steps, "time steps T"] = 4
    levels: Annotated[
        Positive | None, "non-zero activation levels; those that the model resolves in T steps unless given"
    ] = None
    weight_bits: Annotated[int, Ge(2), Le(32), "width of a weight, in bits"] = 8
    policy: Annotated[
        Literal["requantise", "truncate", "pad"] | None,
        "how a network that was trained for another number of steps is converted",
    ] = None
    options: Annotated[Options, "options of the neuron model"] = dataclasses.field(default_factory=dict)
    calibration: Annotated[CalibrationConfig | None, "where a network without clip values gets them"] = None


@dataclass(frozen=True)
class MappingConfig:
    """The mapper, and whether all layers are on the chip at once.

    ``options`` are the mapper's own, the parameters of its constructor. One that minds how often neurons send may
    also be given the ``traffic`` of an earlier run, by its folder; it is measured anew if it is not.
    """

    __pydantic_config__ = STRICT

    kind: Annotated[str, "mapper, or a file `.py`"] = "spatial"
    residency: Annotated[
        Literal["resident", "time_multiplexed"], "whether all layers are on the chip at once, or take turns"
    ] = "resident"
    options: Annotated[Options, "options of the mapper"] = dataclasses.field(default_factory=dict)

    @property
    def traffic(self) -> str | None:
        """The folder of the run whose traffic is asked for."""
        return self.options.get(TRAFFIC)

    @property
    def own_options(self) -> Options:
        """The options that the mapper itself is given."""
        return {name: value for name, value in self.options.items() if name != TRAFFIC}


@dataclass(frozen=True)
class EnergyConfig:
    """The tables that price the run, each on its own; ``A+B`` joins two. The policies are those of energy.md."""

    __pydantic_config__ = STRICT

    tables: Annotated[
        tuple[str, ...], Len(1, MOST_TABLES), "energy tables, each of which prices the run; `A+B` joins two"
    ]
    scope: Annotated[Scope, "how much of the chip an energy covers"] = "compute"
    widths: Annotated[
        Literal["exact", "nominal", "powerlaw"] | None, "what to do about widths that a table does not state"
    ] = None
    sram: Annotated[Literal["exact", "loglog"], "what to do about memory sizes that a table does not state"] = "exact"
    scale: Annotated[str | None, "node and voltage to scale logic to, `stillmaker2017:14nm@0.75V`"] = None
    from_vdd: Annotated[str | None, "voltage to scale from, where a table states none"] = None
    allow_partial: Annotated[bool, "whether operations without a price are reported rather than refused"] = False


@dataclass(frozen=True)
class ComparisonConfig:
    """A further run of the same network on the same input."""

    __pydantic_config__ = STRICT

    name: Annotated[Name, "what the report calls it"]
    conversion: ConversionConfig = ConversionConfig()
    schedules: Schedules = ("layer_by_layer",)


@dataclass(frozen=True)
class Workload:
    """One experiment: a network, what it is shown, a chip, schedules and energy tables; the whole of a workload file.

    ``name`` is the file's, unless it says otherwise. All paths are relative to the current directory or absolute.
    """

    __pydantic_config__ = STRICT

    network: NetworkConfig
    chip: ChipSpec
    energy: EnergyConfig
    schema: Annotated[Literal["neurosim/workload/1"], "of the file"] = "neurosim/workload/1"
    name: Annotated[Name, "of the workload; that of the file unless given"] = ""
    stimulus: StimulusConfig = StimulusConfig()
    conversion: ConversionConfig = ConversionConfig()
    mapping: MappingConfig = MappingConfig()
    schedules: Annotated[
        Schedules, "orders in which layers and steps are computed, each a result; a name or a file `.py`"
    ] = ("layer_by_layer",)
    noc: Annotated[
        NocModel,
        AfterValidator(canonical_model),
        "how packets are simulated: with finite queues, with unbounded queues, or as a lower bound",
    ] = "cycle_accurate"
    compare: Annotated[
        tuple[ComparisonConfig, ...],
        MaxLen(MOST_COMPARISONS),
        "further runs of the same network on the same input: `name`, `conversion`, `schedules`",
    ] = ()
    seed: Annotated[int, Ge(0), Le(2**32 - 1), "of synthetic weights, drawn images and the mapper"] = 1
