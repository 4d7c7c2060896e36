"""A chart as PNG, by matplotlib: the extra `shipway[pictures]`."""

from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from shipway.errors import ShipwayError
from shipway.reports.chart import INK, MUTED, Chart, Panel, labels, said, span, ticks, time_said, time_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_WIDE, INCHES_EACH, INCHES_HEAD = 9.6, 3.3, 1.1
INCHES_BELOW, INCHES_BETWEEN = 0.42, 0.78
"""Under the lowest panel, and between two."""
LEFT, WIDE = 0.075, 0.735
"""Parts of the width; the rest is for names."""
LINE_CHARACTERS, LINES_MAX = 108, 2
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
    tall = INCHES_EACH * max(1, len(chart.panels)) + INCHES_HEAD
    figure = Figure(figsize=(INCHES_WIDE, tall))
    FigureCanvasAgg(figure)
    figure.text(LEFT, 1.0 - 0.28 / tall, chart.title, fontsize=14, weight="bold", color=INK, va="top")
    said_below = "\n".join(wrap(chart.subtitle, LINE_CHARACTERS)[:LINES_MAX])
    figure.text(LEFT, 1.0 - 0.62 / tall, said_below, fontsize=10, color=INK, va="top")
    for number, panel in enumerate(chart.panels):
        bottom = INCHES_EACH * (len(chart.panels) - 1 - number) + INCHES_BELOW
        box = (LEFT, bottom / tall, WIDE, (INCHES_EACH - INCHES_BETWEEN) / tall)
        _panel(figure.add_axes(box), panel, chart.seconds)
    figure.savefig(path, dpi=DOTS_PER_INCH, format="png")


def _panel(axes: "Axes", panel: Panel, seconds: float) -> None:
    low, high = span(panel.values)
    axes.set_title(panel.title, loc="left", fontsize=10.5, weight="bold", color=INK, pad=9)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_xlim(0, seconds)
    axes.set_yticks(ticks(low, high), [said(value, panel.unit) for value in ticks(low, high)])
    axes.minorticks_off()
    axes.set_xticks(time_ticks(seconds), [time_said(at) for at in time_ticks(seconds)])
    axes.tick_params(colors=MUTED, labelsize=9, length=0)
    axes.tick_params(axis="x", length=3)
    axes.grid(axis="y", color="#e3e3e3", linewidth=0.8)
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.spines["bottom"].set_color("#999999")
    _curves(axes, panel)
    for label in labels(panel, low, high, gap=0.075):
        axes.text(
            1.012, label.part, label.name, color=label.colour, fontsize=9, va="center", transform=axes.transAxes
        )


def _curves(axes: "Axes", panel: Panel) -> None:
    for band in panel.bands:
        at, lowest, highest = (list(column) for column in zip(*band.points, strict=True))
        axes.fill_between(at, lowest, highest, color=band.colour, alpha=0.18, linewidth=0)
    if panel.level is not None:
        axes.axhline(panel.level, color="#222222", linewidth=1, linestyle=":")
    for line in panel.lines:
        axes.plot(
            [at for at, _ in line.points],
            [value for _, value in line.points],
            color=line.colour,
            linewidth=2.2 if line.is_strong else 1.3,
            linestyle="--" if line.is_dashed else "-",
        )
