"""Energy and latency over the first value that a sweep varies, one line for each of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.report.data.sweep import written
from neurosim.report.figures.layout import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

COLORS = (style.BLUE, style.VERMILION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY, style.INK)
MARKERS = "osD^vP"
WIDE, TALL, GAP, LEFT = 2.3, 1.9, 0.55, 0.5  # inches


def draw(frame: DataFrame, names: Sequence[str]) -> tuple[Figure, DataFrame]:
    """Draw the rows of ``sweep.csv``; energy is that of the first table. Returns the rows drawn as well."""
    energies = [column for column in frame.columns if column.startswith("energy_pj:")]
    shown = frame[frame["result"].notna()].copy()
    others = list(names[1:])
    several = shown["result"].nunique() > 1
    shown["series"] = [_series(row, others, several) for _, row in shown.iterrows()]
    series = list(dict.fromkeys(shown["series"]))
    legend = style.text_width(series) + 0.4 if len(series) > 1 else 0.1
    figure = style.sheet(LEFT + 2 * WIDE + GAP + legend, TALL + 0.7)
    places = {value: place for place, value in enumerate(dict.fromkeys(map(written, shown[names[0]])))}
    scopes = ", ".join(dict.fromkeys(shown["scope"]))
    quantities = [(energies[0], "pJ", f"energy per image, {scopes} ({{}})\n{energies[0].partition(':')[2]}")]
    quantities.append(("latency_s", "s", "latency of one image ({})"))
    for number, (column, unit, title) in enumerate(quantities):
        axes = style.panel(figure, LEFT + number * (WIDE + GAP), 0.36, WIDE, TALL)
        printed, size = style.axis_unit(max(shown[column].dropna(), default=1.0), unit)
        for place, name in enumerate(series):
            own = shown[(shown["series"] == name) & shown[column].notna()]
            axes.plot(
                [places[written(value)] for value in own[names[0]]],
                own[column] / size,
                color=COLORS[place % len(COLORS)],
                marker=MARKERS[place % len(MARKERS)],
                markersize=3.5,
                label=name,
            )
        axes.set_xticks(range(len(places)), list(places))
        axes.set_xlabel(names[0])
        axes.set_title(title.format(printed))
        axes.set_ylim(bottom=0)
        axes.yaxis.grid(True)
    if len(series) > 1:
        across, up = figure.get_size_inches()
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper right", bbox_to_anchor=(1 - 0.05 / across, 1 - 0.24 / up))
    return figure, shown[[*names, "result", "series", energies[0], "latency_s"]]


def _series(row: Any, others: Sequence[str], several: bool) -> str:
    values = [f"{name.rpartition('.')[2]} {written(row[name])}" for name in others]
    return ", ".join([*values, *([row["result"]] if several else [])])


def write_figure(folder: Path, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the figure of a sweep (PDF, PNG, CSV) into ``folder/figures``; none where every point was refused."""
    from pandas import DataFrame

    frame = DataFrame(list(rows))
    if frame["result"].notna().any():
        with style.paper():
            figure, data = draw(frame, names)
        style.save(figure, data, folder / "figures", "sweep")
