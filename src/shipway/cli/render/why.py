"""Cause, evidence and next command of what is happening now."""

from shipway.cli.render import certificate, changes, jobs, traffic
from shipway.cli.render.paint import Paint, filled, pad
from shipway.cli.render.rules import meaning
from shipway.cli.render.service import headline, metric_lines, press_lines, stale_lines, time_left, verdict_lines
from shipway.cli.render.words import duration, moment, version_of
from shipway.model.past import Past
from shipway.model.service_kind import ServiceKind
from shipway.model.view import RunView, View

LABEL = 8


def lines(view: View, paint: Paint, *, now: float) -> list[str]:
    """From the outside in: what, because of which rule, on which evidence, waiting for what, and what to press."""
    found = [headline(view, paint, now=now), *stale_lines(view, paint, now=now), ""]
    if view.run:
        found += _run(view.run, paint, now=now)
        found += [line for said in changes.words(view) for line in _said("schema", said, paint)]
        found += ["", *traffic.lines(view, paint)] if view.revisions and view.jobs is None else []
    else:
        found += _resting(view, paint, now=now)
    found += ["", *jobs.lines(view.jobs, paint, now=now)] if view.jobs else []
    return [*found, *_outside(view, paint, now=now), *press_lines(view, paint, without="shipway why")]


def _said(label: str, text: str, paint: Paint) -> list[str]:
    return filled(text, head=f"{paint.faint(pad(label, LABEL))} ") if text else []


def _run(run: RunView, paint: Paint, *, now: float) -> list[str]:
    rule = run.hold_rule or run.back_rule or run.rule
    cause = run.hold or run.going_back or run.reason
    found = _said("cause", cause or "it goes on as planned", paint)
    found += _said("rule", f"{rule}: {meaning(rule)}" if meaning(rule) else rule, paint)
    found += verdict_lines(run.verdict, paint) + metric_lines(run, paint)
    found += _said("past", run.calibration, paint)
    found += _said("adopted", run.adopted, paint)
    found += _said("awaits", _awaited(run, now=now), paint)
    return found + _said("begun", f"{moment(run.started_at, now=now)} by {run.by}", paint)


def _awaited(run: RunView, *, now: float) -> str:
    if run.hold:
        return "a person, or that the cause is over"
    if run.going_back:
        return "that every proxy and replica is as before" if run.recovered_at else "that every proxy confirms it"
    if run.is_paused:
        return "`shipway resume`"
    if run.settled_at is None:
        return f"that the stage is seen to be reached ({time_left(run, now=now)})"
    if run.rule == "contract-waits":
        return "that nothing needs the old shape any more; then it asks"
    if run.rule == "gates":
        return "that all of the stage's gates agree"
    if run.rule == "jobs":
        return "the ends of the stage's jobs"
    return f"the end of the stage's stay ({time_left(run, now=now)})" if run.stays_until else "what the rule says"


def _resting(view: View, paint: Paint, *, now: float) -> list[str]:
    if view.last is None:
        return ["Nothing was released yet."]
    return past(view.last, paint, now=now)


def past(last: Past, paint: Paint, *, now: float) -> list[str]:
    """How the last release ended, with the times that matter."""
    outcome = last.outcome.replace("-", " ")
    found = _said("last", f"{version_of(last.candidate)} {outcome}, {moment(last.ended_at, now=now)}", paint)
    found += _said("cause", last.reason, paint)
    return found + _said("times", times(last), paint)


def times(last: Past) -> str:
    """First bad response, verdict, traffic back, recovered: how long each took."""
    if last.turned_at is None:
        return ""
    said: list[str] = []
    if last.first_bad_at is not None:
        what = "bad response" if last.kind == ServiceKind.HTTP else "failed job"
        said.append(f"first {what}, verdict {duration(last.turned_at - last.first_bad_at)} later")
    if last.recovered_at is not None:
        work = "traffic" if last.kind == ServiceKind.HTTP else "jobs"
        said.append(f"{work} back {duration(last.recovered_at - last.turned_at)} after the verdict")
    said.append(f"all as before {duration(last.ended_at - last.turned_at)} after it")
    return "; ".join(said)


def _outside(view: View, paint: Paint, *, now: float) -> list[str]:
    found = [line for what in view.foreign for line in _said("changed", what, paint)]
    for port, what in view.unreachable.items():
        found += _said("silent", f"{port}: {what.splitlines()[0]}", paint)
    is_cause = view.run is not None and view.run.hold_rule == "blocked"
    for key, error in view.failures.items():
        found += _said("failed", f"{key}: {_told(error, is_cause=is_cause)}", paint)
    return [*found, *certificate.lines(view.certificate, paint, now=now)]


def _told(error: str, *, is_cause: bool) -> str:
    """All of it, unless it stands above already."""
    lines = error.splitlines()[: 1 if is_cause else None]
    return ". ".join(line.rstrip(".") for line in lines)
