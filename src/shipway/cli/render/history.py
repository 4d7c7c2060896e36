"""Releases, the newest first, each with its revision's number and its four times."""

from msgspec import Struct

from shipway.cli.render.paint import Paint, by_row, clip, filled
from shipway.cli.render.why import times
from shipway.cli.render.words import moment, version_of
from shipway.engine.state import ServiceState
from shipway.model.past import Past
from shipway.model.revision import RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.ports.revisions import Kept

SIGNS = {"finished": "✓", "rolled-back": "✗", "releasing": "…"}
INDENT = " " * 5
SHOWN_HOURS = 0.005
"""Less than that is told in --json alone."""


class Line(Struct, frozen=True, kw_only=True):
    """One release, or a revision that was kept and never released. Times are epoch seconds."""

    number: int | None
    revision: RevisionId
    version: str
    at: float
    by: str = ""
    strategy: str = ""
    kind: ServiceKind = ServiceKind.HTTP
    outcome: str = ""
    is_live: bool = False
    reason: str = ""
    first_bad_at: float | None = None
    verdict_at: float | None = None
    traffic_back_at: float | None = None
    recovered_at: float | None = None
    extra_replica_hours: float | None = None
    """Of replicas beyond full capacity; none while it goes on."""
    price: float | None = None


def history(state: ServiceState, revisions: tuple[Kept, ...]) -> list[Line]:
    """Everything that is remembered, the newest first."""
    numbers = {kept.revision.id: kept.number for kept in revisions}
    lines = [_past(past, numbers) for past in state.past]
    lines += [_running(state, numbers)] if state.run else []
    released = {line.revision for line in lines}
    lines += [_kept(kept) for kept in revisions if kept.revision.id not in released]
    lines.sort(key=lambda line: line.at, reverse=True)
    return _with_live(lines, state)


def _past(past: Past, numbers: dict[RevisionId, int]) -> Line:
    return Line(
        number=numbers.get(past.candidate),
        revision=past.candidate,
        version=version_of(past.candidate),
        at=past.started_at,
        by=past.by,
        strategy=past.strategy,
        kind=past.kind,
        outcome=past.outcome,
        reason=past.reason,
        first_bad_at=past.first_bad_at,
        verdict_at=past.turned_at,
        traffic_back_at=past.recovered_at,
        recovered_at=past.ended_at if past.turned_at is not None else None,
        extra_replica_hours=past.extra_replica_hours,
        price=past.price,
    )


def _running(state: ServiceState, numbers: dict[RevisionId, int]) -> Line:
    run = state.run
    assert run is not None
    candidate = run.plan.candidate
    return Line(
        number=numbers.get(candidate),
        revision=candidate,
        version=version_of(candidate),
        at=run.started_at,
        by=run.by,
        strategy=run.plan.strategy,
        outcome="releasing",
    )


def _kept(kept: Kept) -> Line:
    return Line(
        number=kept.number, revision=kept.revision.id, version=kept.revision.version, at=kept.at, outcome="kept"
    )


def _with_live(lines: list[Line], state: ServiceState) -> list[Line]:
    """The newest release of what is proven is what is live."""
    from msgspec.structs import replace

    for at, line in enumerate(lines):
        if line.revision == state.proven and not state.is_down and line.outcome == "finished":
            return [*lines[:at], replace(line, is_live=True), *lines[at + 1 :]]
    return lines


def lines(shown: list[Line], paint: Paint, *, now: float) -> list[str]:
    """A table; below a release that was taken back, why and how fast."""
    if not shown:
        return ["Nothing was deployed yet."]
    rows = [
        [" no", "version", "begun", "by", "strategy", "outcome"],
        *(_row(line, paint, now=now) for line in shown),
    ]
    head, *body = by_row(rows)
    found = [*map(paint.faint, head)]
    for line, row in zip(shown, body, strict=True):
        found += [*(clip(text, 80) for text in row), *_below(line)]
    return [*found, *_spent(shown)]


def _spent(shown: list[Line]) -> list[str]:
    """What these releases cost beside full capacity."""
    costly = [line for line in shown if (line.extra_replica_hours or 0.0) >= SHOWN_HOURS]
    if not costly:
        return []
    hours = sum(line.extra_replica_hours or 0.0 for line in costly)
    price = sum(line.price or 0.0 for line in costly)
    said = f"Beyond full capacity: {hours:.2f} replica-hours"
    return ["", *filled(said + (f", {price:.2f}." if price else "."))]


def _row(line: Line, paint: Paint, *, now: float) -> list[str]:
    sign = SIGNS.get(line.outcome, "·")
    painted = {"✓": paint.good, "✗": paint.bad, "…": paint.warn}.get(sign, paint.faint)(sign)
    outcome = paint.strong("live") if line.is_live else line.outcome.replace("-", " ")
    number = "" if line.number is None else str(line.number)
    when = moment(line.at, now=now)
    by = clip(line.by, 14)
    return [f"{number:>3}", clip(line.version, 14), when, by, line.strategy, f"{painted} {outcome}"]


def _below(line: Line) -> list[str]:
    return [*_reasons(line), *_cost(line)]


def _cost(line: Line) -> list[str]:
    hours = line.extra_replica_hours or 0.0
    if hours < SHOWN_HOURS:
        return []
    price = "" if line.price is None else f", {line.price:.2f}"
    return filled(f"{hours:.2f} replica-hours beyond full capacity{price}", head=INDENT)


def _reasons(line: Line) -> list[str]:
    if line.verdict_at is None:
        return filled(line.reason, head=INDENT) if line.reason and line.outcome == "superseded" else []
    past = Past(
        id=0,
        strategy=line.strategy,
        base=None,
        candidate=line.revision,
        kind=line.kind,
        by=line.by,
        outcome=line.outcome,
        reason=line.reason,
        started_at=line.at,
        ended_at=line.recovered_at or line.verdict_at,
        first_bad_at=line.first_bad_at,
        turned_at=line.verdict_at,
        recovered_at=line.traffic_back_at,
    )
    return [*filled(line.reason, head=INDENT), *filled(times(past), head=INDENT)]
