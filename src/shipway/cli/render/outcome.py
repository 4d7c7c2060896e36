"""How a release ended, or where a command leaves it: what was seen, and what is next."""

from shipway.cli.render.paint import Paint, filled
from shipway.cli.render.words import duration, only_flags, version_of, work
from shipway.cli.render.words import share as told
from shipway.cli.shell.following import Followed
from shipway.errors import Exit
from shipway.model.plan import share_of
from shipway.model.share import NONE, TOTAL


def lines(followed: Followed, code: Exit, paint: Paint) -> list[str]:
    """The last words of `deploy` and `watch`."""
    match code:
        case Exit.DONE if followed.take_back is not None:
            return _back(followed, paint)
        case Exit.DONE:
            return _done(followed, paint)
        case Exit.ROLLED_BACK:
            return _rolled_back(followed, paint)
        case Exit.HELD if not followed.hold:
            said = "Asked to go back; not confirmed by every proxy yet. It goes on: `shipway watch` shows it."
            return filled(said, head=f"{paint.bad('✗')} ")
        case Exit.HELD:
            more = "The guard goes on. `shipway why` tells more, `shipway abort` takes it back."
            said = f"Held: {followed.hold} {more}"
            return filled(_dotted(said, followed.hold), head=f"{paint.bad('✗')} ")
        case _:
            said = f"{_candidate(followed)} is not live: {followed.reason or followed.outcome}. `shipway status`"
            return filled(f"{said} shows what is.", head=f"{paint.bad('✗')} ")


def _dotted(said: str, part: str) -> str:
    """A full stop after a reason that lacks one."""
    return said if part.endswith((".", "!", "?")) else said.replace(part, f"{part}.", 1)


def _candidate(followed: Followed) -> str:
    return version_of(followed.plan.candidate) if followed.plan else "The version"


def _done(followed: Followed, paint: Paint) -> list[str]:
    plan = followed.plan
    if flags := only_flags(plan):
        return filled(f"{flags} is shown as asked.", head=f"{paint.good('✓')} ")
    said = f"{_candidate(followed)} has all {work(followed.plan)}."
    if not followed.outcome and plan is not None:
        window = plan.stages[followed.row].stay.minimum
        warm = plan.base in plan.stages[followed.row].capacity
        kept = "The former version stays warm, and the guard armed," if warm else "The guard stays armed"
        said += f" {kept} for {duration(window)}: `shipway rollback` returns." if window else ""
    return filled(said, head=f"{paint.good('✓')} ")


def _back(followed: Followed, paint: Paint) -> list[str]:
    """A take-back that somebody asked for."""
    plan = followed.plan
    stage = plan.stages[followed.row] if plan else None
    share = share_of(plan, stage, plan.candidate) if plan and stage else NONE
    base = version_of(plan.base) if plan and plan.base else ""
    said = f"confirmed: {told(share)} of {work(plan)} on {_candidate(followed)}"
    said += f", {told(TOTAL - share)} on {base}" if base else ""
    turned, back = followed.turned_at, followed.recovered_at
    said += f", {duration(back - turned)} after you asked" if turned is not None and back is not None else ""
    return filled(f"{said}. `shipway status` shows what is left to do.", head=f"{paint.good('✓')} ")


def _rolled_back(followed: Followed, paint: Paint) -> list[str]:
    reason, flags = followed.back_reason or followed.reason, only_flags(followed.plan)
    what = f"{flags} was taken from all users, and {_candidate(followed)} stays" if flags else ""
    said = _dotted(f"{what or f'{_candidate(followed)} was taken back'}: {reason}", reason)
    found = filled(said, head=f"{paint.bad('✗')} ")
    times = _times(followed)
    found += filled(times, head="  ") if times else []
    more = f"`shipway why` keeps the evidence, `shipway logs --revision {_candidate(followed)}` what it printed."
    return [*found, *filled(more, head="  ")]


def _times(followed: Followed) -> str:
    turned = followed.turned_at
    if turned is None:
        return ""
    bad, back = followed.first_bad_at, followed.recovered_at
    what = "bad response" if work(followed.plan) == "traffic" else "failed job"
    said = [f"First {what} to verdict: {duration(turned - bad)}."] if bad is not None else []
    what = "the flag down" if only_flags(followed.plan) else f"all {work(followed.plan)} back"
    said += [f"Verdict to {what}: {duration(back - turned)}."] if back is not None else []
    return " ".join(said)


def left(followed: Followed, paint: Paint) -> list[str]:
    """After Ctrl-C."""
    said = (
        "You stopped watching; the release goes on under its guard. `shipway watch` shows it again, "
        "`shipway abort` takes it back."
    )
    return filled(said, head=f"{paint.warn('!')} ")
