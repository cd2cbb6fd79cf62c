"""What a workload file may say: one frozen dataclass for each of its sections.

The names of the fields are the keys of the file. Only ``network``, ``chip`` and ``energy`` have no default.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from neurosim.chip.noc.packets import NocModel, canonical_model
from neurosim.chip.spec import STRICT, ChipSpec
from neurosim.energy.tables.scopes import Scope

MOST_STEPS = 32  # as many weighted steps never fit an accumulator, more never fit an int64
MOST_COMPARISONS = 100
MOST_SCHEDULES = 20
MOST_TABLES = 100
Name = Annotated[str, Field(max_length=200)]  # of a folder, a figure, a row
Positive = Annotated[int, Field(ge=1, le=2**31 - 1)]
Side = Annotated[int, Field(ge=1, le=2**24)]  # of an image, or nodes of a graph
Images = Annotated[int, Field(ge=1, le=10_000_000)]
Classes = Annotated[int, Field(ge=1, le=2**20)]
Steps = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Schedules = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_SCHEDULES)]
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

    zoo: str | None = None
    file: str | None = None
    input: tuple[Side, Side, Side] | None = None
    classes: Classes | None = None
    weights: str | None = None
    options: Options = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class StimulusConfig:
    """What the network is shown, and how many images of it."""

    __pydantic_config__ = STRICT

    kind: str = "photo"
    images: Images = 1
    file: str | None = None
    options: Options = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class CalibrationConfig:
    """Where a network without clip values gets them: ``percentile`` of its activations on images of a data set.

    ``kind`` is the data set, ``options`` are its own; only what it has to train on is looked at, ``images`` of it drawn
    by the workload's seed. One value ``by`` channel, or one for a whole layer.
    """

    __pydantic_config__ = STRICT

    kind: str
    images: Images = 256
    percentile: Annotated[float, Field(gt=0, le=100)] = 100.0
    by: Literal["channel", "layer"] = "channel"
    options: Options = dataclasses.field(default_factory=dict)

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

    kind: str = "accumulate_fire"
    steps: Steps = 4
    levels: Positive | None = None
    weight_bits: Annotated[int, Field(ge=2, le=32)] = 8
    policy: Literal["requantise", "truncate", "pad"] | None = None
    options: Options = dataclasses.field(default_factory=dict)
    calibration: CalibrationConfig | None = None


@dataclass(frozen=True)
class MappingConfig:
    """The mapper, and whether all layers are on the chip at once.

    ``options`` are the mapper's own, the parameters of its constructor. One that minds how often neurons send may
    also be given the ``traffic`` of an earlier run, by its folder; it is measured anew if it is not.
    """

    __pydantic_config__ = STRICT

    kind: str = "spatial"
    residency: Literal["resident", "time_multiplexed"] = "resident"
    options: Options = dataclasses.field(default_factory=dict)

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

    tables: Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_TABLES)]
    scope: Scope = "compute"
    widths: Literal["exact", "nominal", "powerlaw"] | None = None
    sram: Literal["exact", "loglog"] = "exact"
    scale: str | None = None
    from_vdd: str | None = None
    allow_partial: bool = False


@dataclass(frozen=True)
class ComparisonConfig:
    """A further run of the same network on the same input."""

    __pydantic_config__ = STRICT

    name: Name
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
    schema: Literal["neurosim/workload/1"] = "neurosim/workload/1"
    name: Name = ""
    stimulus: StimulusConfig = StimulusConfig()
    conversion: ConversionConfig = ConversionConfig()
    mapping: MappingConfig = MappingConfig()
    schedules: Schedules = ("layer_by_layer",)
    noc: Annotated[NocModel, AfterValidator(canonical_model)] = "cycle_accurate"
    compare: Annotated[tuple[ComparisonConfig, ...], Field(max_length=MOST_COMPARISONS)] = ()
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 1
