"""``confusion.csv`` and ``activity.csv``: an evaluation as tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.evaluation.classification import ConversionRecord, EvaluationRecord
from neurosim.report.data.evaluation import layers

if TYPE_CHECKING:
    from pandas import DataFrame


def confusion(record: EvaluationRecord, part: ConversionRecord) -> DataFrame:
    """Return one row per label and prediction, with the number of images."""
    from pandas import DataFrame

    names = record.classes
    rows = [
        (part.name, label, names[label], answer, names[answer], images)
        for label, answers in enumerate(part.evaluation.confusion.tolist())
        for answer, images in enumerate(answers)
    ]
    return DataFrame(rows, columns=["result", "label", "label_name", "answer", "answer_name", "images"])


def activity(record: EvaluationRecord, part: ConversionRecord) -> DataFrame:
    """Return one row per spiking layer and time step, and one with the step ``all``, which has the layer's shares."""
    from pandas import DataFrame

    rows = []
    for layer in layers(part, record.images):
        if "spikes_by_step" not in layer:
            continue
        neurons_shown = layer["neurons"] * record.images
        common = {"result": part.name, "layer": layer["layer"], "name": layer["name"], "neurons": layer["neurons"]}
        shares = {name: layer[name] for name in ("silent_fraction", "saturated_fraction", "never_fraction")}
        work = {name: layer[name] for name in ("additions_per_image", "products_per_image")}
        for step, spikes in enumerate(layer["spikes_by_step"]):
            rows.append({**common, "step": str(step), "spikes": spikes, "spikes_per_neuron": spikes / neurons_shown})
        spikes = sum(layer["spikes_by_step"])
        rows.append(
            {**common, "step": "all", "spikes": spikes, "spikes_per_neuron": spikes / neurons_shown, **shares, **work}
        )
    return DataFrame(rows)


def write_tables(folder: Path, record: EvaluationRecord) -> list[Path]:
    """Write both tables with the rows of all conversions into ``folder``."""
    from pandas import concat

    paths = []
    for name, table in (("confusion", confusion), ("activity", activity)):
        paths.append(folder / f"{name}.csv")
        rows = concat([table(record, part) for part in record.parts])
        rows.to_csv(paths[-1], index=False, lineterminator="\n")
    return paths
