"""What a comparison of two versions found."""

from pathlib import Path

from shipway.analysis.ratio import RATIOS
from shipway.analysis.words import figure
from shipway.cli.render import as_json
from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.words import duration, latency, rate
from shipway.engine.analyze import Analysis, Version
from shipway.model.verdict import Kind

SIGNS = {Kind.HEALTHY: "✓", Kind.HARMFUL: "✗", Kind.NOT_ENOUGH: "…", Kind.BLIND: "!"}
HEAD = ["", "requests", "errors", "rate", "p50", "p95", "p99"]


def as_data(found: Analysis) -> dict[str, object]:
    """For `--json`: everything but the curves' many points is first."""
    data = as_json.plain(found)
    return {
        "verdict": data["verdict"],
        "ratio": ratio(found),
        **{key: data[key] for key in data if key != "verdict"},
    }


def ratio(found: Analysis) -> dict[str, float | None]:
    """The error ratio at the end, with what it lies between; none where there is none, or no end."""
    last = found.ratios[-1] if found.ratios else None
    if last is None:
        return {"low": None, "likeliest": None, "high": None}
    high = None if last.high >= RATIOS[-1] else last.high
    return {"low": None if last.low <= RATIOS[0] else last.low, "likeliest": last.likeliest, "high": high}


def lines(found: Analysis, paint: Paint, picture: Path | None) -> list[str]:
    """The verdict, what it rests on, and where the picture is."""
    mark = SIGNS[found.verdict.kind]
    painted = {"✓": paint.good, "✗": paint.bad}.get(mark, paint.warn)(mark)
    head, *body = table(rows(found))
    shown = [*filled(sentence(found), head=f"{painted} "), "", paint.faint(clip(head, 80))]
    shown += [clip(line, 80) for line in body]
    shown += ["", *filled(between(found))] if found.ratios else []
    shown += [line for one in found.metrics.values() for line in filled(one.sentence, head=f"{SIGNS[one.kind]} ")]
    return [*shown, *(["", f"The picture is {picture}."] if picture else [])]


def sentence(found: Analysis) -> str:
    """`high: candidate errors 4.1 times …`."""
    verdict = found.verdict
    word = str(verdict.severity) if verdict.severity else str(verdict.kind).replace("-", " ")
    return f"{word}: {verdict.sentence}"


def rows(found: Analysis) -> list[list[str]]:
    """Both versions, with the head first; latency where any was counted."""
    shown = [HEAD, *(_row(one) for one in (found.stable, found.candidate))]
    is_timed = any(one.whole.p50 is not None for one in (found.stable, found.candidate))
    return shown if is_timed else [row[: HEAD.index("p50")] for row in shown]


def _row(one: Version) -> list[str]:
    share = rate(one.errors / one.requests if one.requests else None)
    slow = [latency(one.whole.p50), latency(one.whole.p95), latency(one.whole.p99)]
    return [one.name, f"{one.requests:,}", f"{one.errors:,}", share, *slow]


def between(found: Analysis) -> str:
    """How large the difference is, and how sure that is."""
    last = found.ratios[-1]
    if last.low <= RATIOS[0] and last.high >= RATIOS[-1]:
        return "How many times as often the candidate fails cannot be told from so few errors."
    low = figure(last.low, digits=2) if last.low > RATIOS[0] else "none"
    high = figure(last.high, digits=2) if last.high < RATIOS[-1] else "more than 200"
    sure = f"{100 * (1 - found.alpha):g}%"
    return (
        f"The candidate fails {figure(last.likeliest, digits=2)} times as often; between {low} and {high} times, "
        f"with {sure} at every look in {duration(found.seconds)}."
    )
