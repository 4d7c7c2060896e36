"""Scheduled jobs: when the next ones are, what runs, and how the last ones ended."""

from collections.abc import Mapping, Sequence

from shipway.cli.render.paint import WIDTH, Paint, by_row, clip, filled, pad, width
from shipway.cli.render.words import clock, duration, moment, plural, version_of
from shipway.model.job import BAD, Cause, Job, Outcome
from shipway.model.schedule import Schedule
from shipway.model.view import JobsView

LABEL = 8
INDENT = " " * 4
SIGNS = {Outcome.OK: "✓", Outcome.FAILED: "✗", Outcome.TIMED_OUT: "✗", Outcome.SKIPPED: "·"}
CAUSES = {Cause.HAND: "by hand", Cause.RERUN: "again"}
SHOWN = 5
"""Ended jobs that `status` shows."""


def spoken(schedule: Schedule) -> str:
    """`every 5 s`, `at 30 2 * * * Europe/Berlin`."""
    if schedule.every is not None:
        return f"every {duration(schedule.every)}"
    return f"at {schedule.cron} {schedule.timezone}"


def policy(schedule: Schedule) -> str:
    """What follows where an instant cannot have its job at once, or the job does not end."""
    busy = {
        "skip": "While one runs, an instant has none.",
        "queue": "While one runs, the next waits.",
        "replace": "One that still runs is ended for the next.",
        "allow": "Several may run side by side.",
    }
    within, limit = duration(schedule.start_within), duration(schedule.time_limit)
    return f"{busy[schedule.overlap]} A job begins within {within} or not at all, and is ended after {limit}."


def as_data(jobs: JobsView) -> Mapping[str, object]:
    """For `--json`."""
    from shipway.cli.render import as_json

    data = as_json.plain(jobs)
    assert isinstance(data, dict)
    return data


def lines(jobs: JobsView, paint: Paint, *, now: float, limit: int = SHOWN) -> list[str]:
    """From what comes to what was, the newest first."""
    found = [*_following(jobs, paint, now=now)]
    shown = [*reversed(jobs.open), *reversed(jobs.past)][:limit]
    if not shown:
        return found
    rows = [["  ", "job", "begun", "version", "took", "end"], *(_row(job, paint, now=now) for job in shown)]
    head, *body = by_row(rows)
    found += ["", *map(paint.faint, head)]
    for job, row in zip(shown, body, strict=True):
        said = [*([ended(job)] if width(row[0]) > WIDTH else []), *([job.detail] if job.detail else [])]
        found += [clip(line, WIDTH) for line in row]
        found += [line for text in said for line in filled(text, head=INDENT)]
    return found


def _following(jobs: JobsView, paint: Paint, *, now: float) -> list[str]:
    if jobs.schedule is None or jobs.revision is None:
        return filled("none: no version is scheduled", head=_labelled("next", paint))
    comes = "none in fifty years"
    if jobs.next:
        left = duration(max(0.0, jobs.next[0] - now))
        comes = f"{moment(jobs.next[0], now=now)}, in {left}, of {version_of(jobs.revision)}"
    return [
        clip(_labelled("next", paint) + comes, 80),
        clip(_labelled("schedule", paint) + spoken(jobs.schedule), 80),
    ]


def _labelled(label: str, paint: Paint) -> str:
    return paint.faint(pad(label, LABEL)) + " "


def _row(job: Job, paint: Paint, *, now: float) -> list[str]:
    sign = SIGNS.get(job.outcome, "!") if job.outcome else "…"
    painted = {"✓": paint.good, "✗": paint.bad, "·": paint.faint}.get(sign, paint.warn)(sign)
    version = version_of(job.revision) if job.revision else ""
    begun = "" if job.started_at is None else clock(job.started_at)
    return [f"{painted} ", job.id, begun, version, _took(job, now=now), ended(job)]


def _took(job: Job, *, now: float) -> str:
    if job.started_at is None:
        return ""
    return duration((job.ended_at or now) - job.started_at)


def ended(job: Job) -> str:
    """How it ended, in a few words."""
    if job.outcome is None:
        return "runs" if job.started_at else "waits"
    said = str(job.outcome) if job.count == 1 else f"{plural(job.count, 'instant')} {job.outcome}"
    if job.outcome in BAD and job.exit_code is not None:
        said += f", exit code {job.exit_code}" if job.exit_code >= 0 else f", signal {-job.exit_code}"
    cause = f" ({CAUSES[job.cause]})" if job.cause in CAUSES else ""
    return said + cause


def in_a_word(jobs: JobsView, *, now: float) -> str:
    """For a line among other services."""
    bad = [job for job in jobs.past[-1:] if job.outcome in BAD]
    if bad:
        return f"{bad[0].id} {bad[0].outcome}"
    return f"next in {duration(max(0.0, jobs.next[0] - now))}" if jobs.next else "nothing is scheduled"


def heading(service: str, jobs: Sequence[Job], paint: Paint) -> str:
    """`report  12 jobs, 1 failed`."""
    counted = [job for job in jobs if job.outcome is not None and job.outcome != Outcome.SKIPPED]
    bad = sum(job.outcome in BAD for job in counted)
    said = f"{plural(len(counted), 'job')} ended" + (f", {bad} of them badly" if bad else "")
    return f"{paint.strong(service)}  {said if counted else 'no job has ended yet'}"
