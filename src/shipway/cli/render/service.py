"""One service as it is now, and all of them in a line each."""

from shipway.cli.render import certificate, changes, jobs, traffic
from shipway.cli.render.paint import Paint, clip, filled, pad, table
from shipway.cli.render.pressing import pressing
from shipway.cli.render.stages import cells, header
from shipway.cli.render.standing import Standing, sign, stale_seconds, standing
from shipway.cli.render.words import clock, duration, moment, names, version_of, work
from shipway.model.share import TOTAL, percent
from shipway.model.verdict import Kind, Verdict
from shipway.model.view import RunView, View

VERDICTS = {Kind.HEALTHY: "✓", Kind.HARMFUL: "✗", Kind.NOT_ENOUGH: "…", Kind.BLIND: "!"}
LABEL = 8
HOLDS = {
    "no-evidence": "the stay is over without enough evidence; a person decides",
    "no-evidence-ask": "the stay is over without enough evidence; a person decides",
    "decision": "the experiment is over; `shipway report` sets both versions side by side",
    "blind": "the metrics were missing for too long; a person decides",
}
"""Where the guard's own sentence, which stands below, says the rest."""
SHOWN_BY_TABLE = ("converging", "bake", "jobs", "paused")
"""Rules that say no more than the stage table does."""
NAME_MAX, SUMMARY_MAX = 24, 32


def as_data(view: View, *, now: float) -> dict[str, object]:
    """For `--json`: the view, with its standing in a word and whether it is too old to be trusted."""
    from shipway.cli.render import as_json

    stale = stale_seconds(view, now=now) is not None
    return {"service": view.service, "standing": str(standing(view)), "is_stale": stale, **as_json.plain(view)}


def lines(view: View, paint: Paint, *, now: float) -> list[str]:
    """All that a person must know, top down: what, how it goes, why, and what to press."""
    found = [headline(view, paint, now=now), *stale_lines(view, paint, now=now)]
    if view.run:
        found += ["", *stages(view, view.run, paint, now=now)]
    if view.jobs is not None:
        found += ["", *jobs.lines(view.jobs, paint, now=now)]
    elif view.revisions:
        found += ["", *traffic.lines(view, paint)]
    said = _said(view, paint, now=now)
    found += said if said[:1] == [""] else ["", *said]
    return [clip(line, 80) if " -> " in line else line for line in found]


def headline(view: View, paint: Paint, *, now: float) -> str:
    """`… checkout  releasing 1.9.0 by canary, stage 2 of 6`."""
    return clip(f"{sign(view, paint)} {paint.strong(view.service)}  {summary(view)}", 80)


def summary(view: View) -> str:
    """The state in one phrase."""
    run = view.run
    if run is None:
        return f"{version_of(view.proven)} is live" if standing(view) == Standing.LIVE else str(standing(view))  # type: ignore[arg-type]
    called = names(view)
    candidate = called[run.plan.candidate]
    stage = f"stage {run.row} of {len(run.plan.stages) - 1}, {run.plan.stages[run.row].name}"
    match standing(view):
        case Standing.HELD:
            return f"held: {candidate} by {run.plan.strategy}, {stage}"
        case Standing.BACK:
            return f"going back from {candidate}" + (f" to {called[run.plan.base]}" if run.plan.base else "")
        case Standing.PROMOTED:
            return f"{candidate} has all {work(run.plan)}; it can be taken back ({run.plan.stages[run.row].name})"
        case word:
            return f"{word} {candidate} by {run.plan.strategy}: {stage}"


def stale_lines(view: View, paint: Paint, *, now: float) -> list[str]:
    """Says when the picture is too old to be trusted, and what to do."""
    age = stale_seconds(view, now=now)
    if age is None:
        return []
    said = (
        f"This picture is {duration(age)} old: no controller has looked since {moment(view.at, now=now)}. "
        "The proxy keeps its last routes, but no guard watches. `shipway serve` runs a controller."
    )
    return filled(said, head=f"{paint.bad('!')} ")


def stages(view: View, run: RunView, paint: Paint, *, now: float) -> list[str]:
    """The plan with a marker at the current row."""
    rows = [["", "", *header(run.plan), ""]]
    for number, stage in enumerate(run.plan.stages):
        mark = "" if stage.is_repeat and number < run.row else _mark(run, number, paint)
        left = paint.strong(time_left(run, now=now)) if number == run.row else ""
        rows.append([mark, stage.name, *cells(run.plan, stage), left])
    head, *body = table(rows)
    return [paint.faint(clip(head, 80)), *(clip(line, 80) for line in body)]


def _mark(run: RunView, number: int, paint: Paint) -> str:
    if number == run.row:
        return paint.strong("▸")
    return paint.good("✓") if number < run.row else ""


def time_left(run: RunView, *, now: float) -> str:
    """What the current row waits for, as time."""
    if run.hold:
        return "held"
    if run.settled_at is None:
        late = (
            f", {duration(max(0, run.deadline_at - now))} at most"
            if run.deadline_at and not run.going_back
            else ""
        )
        return f"under way{late}"
    if run.is_paused:
        return "paused"
    wanted = run.plan.stages[run.row].stay.jobs
    if wanted and run.rule == "jobs":
        return run.reason.partition(" of this")[0]
    return f"{duration(max(0, run.stays_until - now))} left" if run.stays_until else "reached"


def _said(view: View, paint: Paint, *, now: float) -> list[str]:
    found: list[str] = []
    if view.run:
        found += _run(view, view.run, paint, now=now)
    elif view.last:
        found += _last(view, paint, now=now)
    for line in changes.words(view):
        found += filled(line, head=_labelled("schema", paint))
    found += _troubles(view, paint)
    if view.address and not view.is_down:
        preview = f"   preview {view.preview}" if view.preview else ""
        found += [_labelled("address", paint) + view.address + preview]
        found += certificate.lines(view.certificate, paint, now=now)
    return found + press_lines(view, paint)


def _labelled(label: str, paint: Paint) -> str:
    return paint.faint(pad(label, LABEL)) + " "


def _run(view: View, run: RunView, paint: Paint, *, now: float) -> list[str]:
    found: list[str] = []
    if run.hold:
        found += filled(HOLDS.get(run.hold_rule, run.hold), head=_labelled("held", paint))
    if run.going_back:
        found += filled(run.going_back, head=_labelled("because", paint))
        found += filled(_turned(run, now=now), head=_labelled(work(run.plan), paint))
    found += verdict_lines(run.verdict, paint) if not run.going_back else []
    found += metric_lines(run, paint) if not run.going_back else []
    said_already = (run.hold, run.going_back, run.verdict.sentence if run.verdict else "")
    if run.reason and run.rule not in SHOWN_BY_TABLE and run.reason not in said_already and not run.hold:
        found += filled(run.reason, head=_labelled("now", paint))
    begun = f"{moment(run.started_at, now=now)}, {duration(now - run.started_at)} ago, by {run.by}"
    return [*found, clip(_labelled("begun", paint) + begun, 80)]


def _turned(run: RunView, *, now: float) -> str:
    if run.turned_at is None:
        return "turning back"
    if run.recovered_at is None:
        return f"going back since {clock(run.turned_at)}, {duration(now - run.turned_at)} ago; not confirmed yet"
    return (
        f"confirmed back {duration(run.recovered_at - run.turned_at)} after the verdict, {clock(run.recovered_at)}"
    )


def verdict_lines(verdict: Verdict | None, paint: Paint) -> list[str]:
    """The guard's judgement in its own sentence."""
    if verdict is None or not verdict.sentence:
        return []
    return _judged("guard", f"{_word(verdict)}: {verdict.sentence}", verdict, paint)


def metric_lines(run: RunView, paint: Paint) -> list[str]:
    """Each metric that people defined, by itself; without those that the guard's sentence is about."""
    said = run.verdict.sentence if run.verdict else ""
    shown = [verdict for verdict in run.metrics.values() if verdict.sentence not in said]
    lines = (_judged("metric", verdict.sentence, verdict, paint) for verdict in shown)
    return [line for found in lines for line in found]


def _judged(label: str, said: str, verdict: Verdict, paint: Paint) -> list[str]:
    mark = VERDICTS[verdict.kind]
    painted = {"✓": paint.good, "✗": paint.bad}.get(mark, paint.warn)(mark)
    return filled(said, head=f"{_labelled(label, paint)}{painted} ")


def _word(verdict: Verdict) -> str:
    return str(verdict.severity) if verdict.severity else str(verdict.kind).replace("-", " ")


def _last(view: View, paint: Paint, *, now: float) -> list[str]:
    past = view.last
    if past is None:
        return []
    what = "ramp on " if past.base == past.candidate else ""
    said = f"{what}{version_of(past.candidate)} {past.outcome.replace('-', ' ')} {moment(past.ended_at, now=now)}"
    return filled(said + (f": {past.reason}" if past.reason else ""), head=_labelled("last", paint))


def _troubles(view: View, paint: Paint) -> list[str]:
    said = [f"changed by other hands: {what}" for what in view.foreign]
    said += [f"adopted: {view.run.adopted}"] if view.run and view.run.adopted else []
    said += list(view.problems)
    said += [f"{port} does not answer: {what.splitlines()[0]}" for port, what in view.unreachable.items()]
    said += [f"{key}: {error.splitlines()[0]}" for key, error in view.failures.items()]
    said += [f"{view.queued} more in the queue"] if view.queued else []
    return [line for text in said for line in filled(text, head=f"{_labelled('', paint)}{paint.warn('!')} ")]


def press_lines(view: View, paint: Paint, *, without: str = "") -> list[str]:
    """What can be typed now, but for the command that shows it."""
    rows = [[paint.press(command), meaning] for command, meaning in pressing(view) if command != without]
    return ["", *(f"  {line}" for line in table(rows, gap=3, columns=78))] if rows else []


def overview(views: list[View], paint: Paint, *, now: float) -> list[str]:
    """A line for each service."""
    return [clip(line, 80) for line in table([_row(view, paint, now=now) for view in views])]


def _row(view: View, paint: Paint, *, now: float) -> list[str]:
    stale = stale_seconds(view, now=now)
    old = paint.bad(f"! seen {duration(stale)} ago") if stale is not None else ""
    left = time_left(view.run, now=now).partition(",")[0] if view.run else ""
    name = paint.strong(clip(view.service, NAME_MAX))
    state = jobs.in_a_word(view.jobs, now=now) if view.jobs else _ready(view)
    return [f"{sign(view, paint)} {name}", clip(short_summary(view), SUMMARY_MAX), old or left or state]


def short_summary(view: View) -> str:
    """The state in a few words."""
    run = view.run
    if run is None or standing(view) == Standing.BACK:
        return summary(view)
    candidate, stage = names(view)[run.plan.candidate], run.plan.stages[run.row].name
    return f"{standing(view)} {candidate}: {stage}"


def _ready(view: View) -> str:
    live = [one for one in view.revisions if one.share_lowest == TOTAL or len(view.revisions) == 1]
    return f"{live[0].ready} of {live[0].wanted} ready, {percent(live[0].share_lowest)}" if live else ""
