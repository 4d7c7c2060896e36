"""Both versions of a release side by side, for whoever decides between them."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from shipway.analysis import custom_words
from shipway.analysis.rates import Between
from shipway.analysis.ratio import RATIOS
from shipway.analysis.words import figure
from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.words import duration, latency
from shipway.engine.side_by_side import ALPHA, Divided, Quantile, Side, SideBySide
from shipway.model.metric import RESTARTS, Metric
from shipway.model.recording import Recording
from shipway.model.share import TOTAL, percent

NAMES = ("p50", "p95", "p99")


class Report(Struct, frozen=True, kw_only=True):
    """What `shipway report` tells."""

    service: str
    recording: Recording
    stable: str
    candidate: str
    is_open: bool
    """Whether somebody can still decide."""
    found: SideBySide


def lines(report: Report, paint: Paint, picture: Path | None) -> list[str]:
    """A heading, a table with a row for each measure, and what to know about it."""
    found = report.found
    over = f"{duration(found.seconds)} of {', '.join(found.stages) or 'no stage with users on both'}"
    head = f"{paint.strong(report.service)}  {report.stable} and {report.candidate}, {over}"
    top, *body = table([["", f"{report.stable} stable", f"{report.candidate} new"], *_rows(found)])
    shown = [clip(head, 80), "", paint.faint(clip(top, 80)), *(clip(line, 80) for line in body), ""]
    shown += [line for said in _said(report, paint) for line in filled(said)]
    shown += ["", f"The picture is {picture}."] if picture else []
    return shown + (_press(report, paint) if report.is_open else [])


def _rows(found: SideBySide) -> Iterator[list[str]]:
    sides = (found.stable, found.candidate)
    whole = sum(side.requests for side in sides) or 1
    yield ["requests", *(f"{side.requests:,} ({side.requests / whole:.1%})" for side in sides)]
    yield ["errors", *(f"{side.errors:,}" for side in sides)]
    yield ["error rate", *(_between(side.error_rate, _part) if side.requests else "-" for side in sides)]
    for number, name in enumerate(NAMES):
        if any(side.quantiles for side in sides):
            yield [name, *(_quantile(side, number) for side in sides)]
    for name in sorted({name for side in sides for name in side.metrics}):
        yield [name, *(_metric(side, name, found.kinds.get(name)) for side in sides)]


def _between(between: Between, said: Callable[[float], str]) -> str:
    if between.low == between.high:
        return said(between.estimate)
    return f"{said(between.estimate)} ({said(between.low)} to {said(between.high)})"


def _part(part: float) -> str:
    """With digits as far as they tell: 0%, 0.031%, 1.2%, 52.1%, 100%."""
    return f"{100 * part:.{3 if part >= 0.1 else 2}g}%" if part >= 1e-5 else "0%"


def _amount(value: float) -> str:
    """1.5, 12k, 64.2M."""
    for unit, one in (("G", 1e9), ("M", 1e6), ("k", 1e4)):
        if value >= one:
            return f"{figure(value / (1e3 if unit == 'k' else one), digits=3)}{unit}"
    return figure(value, digits=3)


def _quantile(side: Side, number: int) -> str:
    if not side.quantiles:
        return "-"
    low, estimate, high = side.quantiles[number]
    return f"{latency(estimate)} ({latency(low)} to {latency(high)})"


def _metric(side: Side, name: str, metric: Metric | None) -> str:
    between = side.metrics.get(name)
    if between is None:
        return "-"
    if metric is not None and metric.is_level:
        return _between(between, partial(custom_words.value, metric))
    if metric is not None and metric.resource == RESTARTS:
        return f"{_between(between, _amount)} an hour"
    return _between(between, _part if between.high <= 1.0 else _amount)


def _said(report: Report, paint: Paint) -> Iterator[str]:
    found, new = report.found, report.candidate
    if found.ratio is not None:
        yield _ratio(report)
    if found.divided is not None:
        yield _divided(found.divided, new, paint)
    sure = f"{100 * (1 - ALPHA):g}%"
    yield f"What stands in brackets holds with {sure} at every look together; requests count one by one."


def _divided(divided: Divided, new: str, paint: Paint) -> str:
    wished, counted = percent(divided.wished), f"{divided.counted:.1%}"
    if not divided.is_mismatch:
        said = f"{new} has {wished} of the users and got {counted} of their requests"
        return f"{paint.good('✓')} Requests are divided as they should be: {said}."
    return (
        f"{paint.bad('✗')} {counted} of the requests went to {new}, which has {wished} of the users. Neither "
        "chance nor busy users explain that: something divides them before, or users of one version ask more "
        "often, or give up. Do not compare before you know why."
    )


def _ratio(report: Report) -> str:
    ratio, new = report.found.ratio, report.candidate
    assert ratio is not None
    if ratio.low <= RATIOS[0] and ratio.high >= RATIOS[-1]:
        return f"How many times as often {new} fails cannot be told from so few errors."
    low = figure(ratio.low, digits=2) if ratio.low > RATIOS[0] else "none"
    high = figure(ratio.high, digits=2) if ratio.high < RATIOS[-1] else "more than 200"
    return f"{new} fails {figure(ratio.likeliest, digits=2)} times as often, between {low} and {high} times."


def _press(report: Report, paint: Paint) -> list[str]:
    rows = [
        [paint.press("shipway promote"), f"go on to all users with {report.candidate}"],
        [paint.press("shipway abort"), f"keep {report.stable}"],
    ]
    return ["", *(f"  {line}" for line in table(rows, gap=3, columns=78))]


def as_data(report: Report) -> dict[str, object]:
    """For `--json`: fractions and seconds."""
    found = report.found
    divided = found.divided
    return {
        "service": report.service,
        "release": report.recording.name,
        "stages": list(found.stages),
        "seconds": found.seconds,
        "sure": 1 - ALPHA,
        "stable": {"version": report.stable, **_side(found.stable)},
        "candidate": {"version": report.candidate, **_side(found.candidate)},
        "error_ratio": _ratio_data(found),
        "division": None
        if divided is None
        else {
            "users": divided.wished / TOTAL,
            "requests": divided.counted,
            "is_mismatch": divided.is_mismatch,
        },
    }


def _ratio_data(found: SideBySide) -> dict[str, float] | None:
    ratio = found.ratio
    return None if ratio is None else {"low": ratio.low, "estimate": ratio.likeliest, "high": ratio.high}


def _side(side: Side) -> dict[str, object]:
    quantiles = dict(zip(NAMES, side.quantiles, strict=False))
    return {
        "requests": side.requests,
        "errors": side.errors,
        "error_rate": _data(side.error_rate),
        **{name: _seconds(quantile) for name, quantile in quantiles.items()},
        "metrics": {name: _data(between) for name, between in side.metrics.items()},
    }


def _data(between: Between) -> dict[str, float]:
    return {"low": between.low, "estimate": between.estimate, "high": between.high}


def _seconds(quantile: Quantile) -> dict[str, float | None]:
    return dict(zip(("low", "estimate", "high"), quantile, strict=True))
