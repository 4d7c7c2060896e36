"""A chart as PNG, by matplotlib: the extra `shipway[pictures]`."""

from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import ShipwayError
from shipway.reports.chart import Chart, Panel, said, span, ticks, time_said, time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_WIDE, INCHES_EACH = 9.0, 3.2
DOTS_PER_INCH = 130


class NoPictures(ShipwayError):
    """The library that draws PNG is not installed."""

    code = "no-pictures"


def save(chart: Chart, path: Path) -> None:
    """Write the picture. Raises `NoPictures` without matplotlib."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise NoPictures(
            "PNG needs matplotlib",
            where=f"--picture {path}",
            why="It is large, so it is not installed with Shipway by itself.",
            fix="Install `shipway[pictures]`, or name a file that ends in .html: that needs nothing.",
        ) from error
    figure = Figure(figsize=(INCHES_WIDE, INCHES_EACH * max(1, len(chart.panels))), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(chart.title)
    for number, panel in enumerate(chart.panels, start=1):
        _panel(figure.add_subplot(len(chart.panels), 1, number), panel, chart.seconds)
    figure.savefig(path, dpi=DOTS_PER_INCH, format="png")


def _panel(axes: "Axes", panel: Panel, seconds: float) -> None:
    low, high = span(panel.values)
    axes.set_title(panel.title, loc="left", fontsize=10)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_xlim(0, seconds)
    axes.set_yticks(ticks(low, high), [said(value, panel.unit) for value in ticks(low, high)])
    axes.minorticks_off()
    axes.set_xticks(time_ticks(seconds), [time_said(at) for at in time_ticks(seconds)])
    axes.grid(axis="y", color="#e3e3e3")
    for band in panel.bands:
        at, lowest, highest = (list(column) for column in zip(*band.points, strict=True))
        axes.fill_between(at, lowest, highest, color=band.colour, alpha=0.18, linewidth=0, label=band.name)
    for line in panel.lines:
        axes.plot(
            [at for at, _ in line.points],
            [value for _, value in line.points],
            color=line.colour,
            linewidth=2.2 if line.is_strong else 1.2,
            linestyle="--" if line.is_dashed else "-",
            label=line.name,
        )
    if panel.level is not None:
        axes.axhline(panel.level, color="#222222", linewidth=1, linestyle=":")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8, frameon=False)
