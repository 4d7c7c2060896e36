"""What `shipway analyze` found, as a picture's values."""

from shipway.analysis.ratio import RATIOS
from shipway.analysis.words import figure
from shipway.cli.render.analysis import sentence
from shipway.engine.analyze import Analysis, Quantiles, Version
from shipway.reports.chart import CANDIDATE, INK, STABLE, Band, Chart, Line, Panel, Point

SHOWN = (0.1, 20.0)
"""Beyond these a ratio means no more than "far less" and "far more"."""
LABELS = ("p50", "p95", "p99")


def chart(found: Analysis) -> Chart:
    """The error ratio with its confidence sequence, and latency quantiles where latency was counted."""
    panels = [_ratio(found)] if found.ratios else []
    panels += [_latency(found)] if found.stable.over_time or found.candidate.over_time else []
    return Chart(title=found.name, subtitle=sentence(found), seconds=max(1.0, found.seconds), panels=tuple(panels))


def _ratio(found: Analysis) -> Panel:
    last, sure = found.ratios[-1], f"{100 * (1 - found.alpha):g}%"
    band = tuple((one.at, one.low, one.high) for one in found.ratios)
    least = tuple((one.at, one.low) for one in found.ratios)
    best = tuple((one.at, one.likeliest) for one in found.ratios)
    return Panel(
        title="How many times as often the candidate fails",
        unit="x",
        bands=(Band(name=f"at most {_times(last.high)}, {sure} sure", colour=CANDIDATE, points=band),),
        lines=(
            Line(name=f"likeliest {_times(last.likeliest)}", colour=INK, points=best, is_strong=True),
            Line(name=f"at least {_times(last.low)}, {sure} sure", colour=CANDIDATE, points=least),
        ),
        level=1.0,
        level_name="as often as stable",
        window=SHOWN,
    )


def _times(ratio: float) -> str:
    return (
        f"{figure(ratio, digits=2)}×"
        if RATIOS[0] < ratio < RATIOS[-1]
        else ("0×" if ratio <= RATIOS[0] else "any")
    )


def _latency(found: Analysis) -> Panel:
    pairs = ((found.stable, STABLE), (found.candidate, CANDIDATE))
    return Panel(
        title="How long answers take",
        unit="s",
        lines=tuple(_line(version, label, colour) for version, colour in pairs for label in LABELS),
    )


def _line(version: Version, label: str, colour: str) -> Line:
    points = (_point(one, label) for one in version.over_time)
    return Line(
        name=f"{version.name} {label}",
        colour=colour,
        points=tuple(point for point in points if point is not None),
        is_dashed=version.name == "stable",
        is_strong=label == "p99",
    )


def _point(one: Quantiles, label: str) -> Point | None:
    value = {"p50": one.p50, "p95": one.p95, "p99": one.p99}[label]
    return None if value is None else (one.at, value)
