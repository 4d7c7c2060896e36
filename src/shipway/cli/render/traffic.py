"""How each revision does: its confirmed share, its replicas, its requests, errors and latency."""

from shipway.cli.render import usage
from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.words import NAME_MAX, latency, names, per_second, rate, share
from shipway.model.service_kind import ServiceKind
from shipway.model.view import RevisionView, View

RATES = ["requests", "errors", "p50", "p95", "p99"]
JOB_RATES = ["done", "failed", *RATES[2:]]
ORDER = {"stable": 0, "candidate": 1, "former": 2}
CALLED = {"stable": "stable", "candidate": "new", "former": "former"}


def lines(view: View, paint: Paint) -> list[str]:
    """A table, the stable revision first, and why replicas are not ready."""
    shown = sorted(view.revisions, key=lambda one: ORDER[one.role])
    measured = any(one.requests_per_second is not None for one in shown)
    called = names(view)
    what, rates = ("jobs", JOB_RATES) if view.kind == ServiceKind.WORKER else ("traffic", RATES)
    head = ["  ", "", what, "ready", *(rates if measured else [])]
    rows = [["  ", *row] for one in shown for row in _rows(one, called[one.id], paint, measured=measured)]
    top, *body = table([head, *rows])
    found = [paint.faint(top), *(clip(line, 80) for line in body), *_details(shown, paint)]
    return found + usage.lines([(one, called[one.id]) for one in shown], paint)


def _rows(one: RevisionView, name: str, paint: Paint, *, measured: bool) -> list[list[str]]:
    """A revision, and below it the copies of users' requests that it gets."""
    row = _row(one, name, paint, measured=measured)
    return [row, _copies(one, measured=measured)] if one.copied else [row]


def _copies(one: RevisionView, *, measured: bool) -> list[str]:
    cells = ["  copies", share(one.copied), ""]
    return (
        [*cells, per_second(one.copies_per_second), rate(one.copies_error_rate), "", "", ""] if measured else cells
    )


def _row(one: RevisionView, name: str, paint: Paint, *, measured: bool) -> list[str]:
    cells = [f"{paint.strong(clip(name, NAME_MAX))} {CALLED[one.role]}", confirmed(one), ready(one, paint)]
    return [*cells, *_rates(one, paint)] if measured else cells


def _rates(one: RevisionView, paint: Paint) -> list[str]:
    errors = rate(one.error_rate)
    slow = [latency(one.p50), latency(one.p95), latency(one.p99)]
    return [
        per_second(one.requests_per_second),
        paint.bad(errors) if (one.error_rate or 0) >= 0.01 else errors,
        *slow,
    ]


def confirmed(one: RevisionView) -> str:
    """What every proxy confirmed, as an interval while they differ."""
    if one.share_lowest == one.share_highest:
        return share(one.share_lowest)
    return f"{share(one.share_lowest)} to {share(one.share_highest)}"


def ready(one: RevisionView, paint: Paint) -> str:
    """`3 of 4`; while more run than wanted, how many are leaving."""
    leaving = one.running - one.wanted
    if leaving > 0 and not one.wanted:
        return f"{leaving} leaving"
    said = f"{one.ready} of {one.wanted}" + (f", {leaving} leaving" if leaving > 0 else "")
    return paint.warn(said) if one.ready < one.wanted else said


def _details(shown: list[RevisionView], paint: Paint) -> list[str]:
    said = [detail for one in shown for detail in one.details]
    return [line for text in said for line in filled(text, head=f"  {paint.warn('!')} ")]
