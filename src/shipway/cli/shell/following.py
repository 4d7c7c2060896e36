"""What the journal tells of one run, folded as it comes, and when a command may end."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.errors import Exit
from shipway.model import event
from shipway.model.command import Back
from shipway.model.event import Entry
from shipway.model.plan import Plan


class Followed(Struct, frozen=True, kw_only=True):
    """One run so far. Times are epoch seconds."""

    command: int | None = None
    """The command whose run is waited for; none: the run is known, or the next one is meant."""
    take_back: int | None = None
    """The command that asked this run to go back, where that is what is waited for."""
    since: int = 0
    """Journal positions up to this one are the past: a run that began there is not the next one."""
    run: int | None = None
    plan: Plan | None = None
    started_at: float = 0.0
    row: int = 0
    is_promoted: bool = False
    """The candidate has carried all traffic, and its bake is over."""
    back_reason: str = ""
    first_bad_at: float | None = None
    turned_at: float | None = None
    recovered_at: float | None = None
    hold: str = ""
    outcome: str = ""
    reason: str = ""
    ended_at: float | None = None


def after(followed: Followed, entry: Entry) -> Followed:
    """The same run after one more event; other runs' events change nothing."""
    happened = entry.event
    if isinstance(happened, event.RunStarted):
        return _started(followed, happened, entry)
    if followed.run is None or followed.outcome:
        return followed
    if isinstance(happened, event.Compacted):
        return _caught_up(followed, fold(ServiceState(service=""), (entry,)))
    match happened:
        case event.CommandRead(id=number, command=asked) if number == followed.take_back:
            return _asked_back(followed, asked.stage if isinstance(asked, Back) else 0)
        case event.StageEntered(row=row):
            promoted = followed.is_promoted or (followed.plan is not None and row > followed.plan.promoted)
            return replace(_forward(followed), row=row, is_promoted=promoted, hold="", back_reason="")
        case event.WentBack(row=row, reason=reason, first_bad_at=bad):
            turned = replace(followed, row=row, back_reason=reason, turned_at=entry.at, hold="")
            return replace(turned, first_bad_at=bad, recovered_at=None)
        case event.Recovered():
            return replace(followed, recovered_at=entry.at)
        case event.Held(reason=reason):
            return replace(followed, hold=reason)
        case event.Released():
            return replace(followed, hold="")
        case event.RunEnded(outcome=outcome, reason=reason):
            return replace(followed, outcome=outcome, reason=reason, ended_at=entry.at)
    return followed


def _forward(followed: Followed) -> Followed:
    """An earlier way back, and what was confirmed of it, is over."""
    return replace(followed, turned_at=None, recovered_at=None)


def _asked_back(followed: Followed, row: int) -> Followed:
    """Only a confirmation of this wish counts, or of a way back that led as far already."""
    is_there = followed.turned_at is not None and followed.row <= row
    return replace(followed if is_there else _forward(followed), hold="")


def _caught_up(followed: Followed, state: ServiceState) -> Followed:
    """From what stands for the run's first events: a run of very many is followed from its middle."""
    run = state.run if state.run and state.run.id == followed.run else None
    if run is None:
        past = next((past for past in state.past if past.id == followed.run), None)
        ended = {"outcome": past.outcome, "reason": past.reason, "ended_at": past.ended_at} if past else {}
        return replace(followed, **ended)
    return replace(
        followed,
        row=run.row,
        is_promoted=run.back is None and run.row > run.plan.promoted,
        back_reason=run.back.reason if run.back else "",
        first_bad_at=run.back.first_bad_at if run.back else None,
        turned_at=run.back.at if run.back else None,
        recovered_at=run.recovered_at,
        hold=run.hold.reason if run.hold else "",
    )


def _started(followed: Followed, happened: event.RunStarted, entry: Entry) -> Followed:
    if followed.run is not None or followed.command not in (None, happened.command):
        return followed
    if entry.position <= followed.since:
        return followed
    return replace(followed, run=entry.position, plan=happened.plan, started_at=entry.at)


OUTCOMES = {"finished": Exit.DONE, "rolled-back": Exit.ROLLED_BACK}


def exit_of(followed: Followed, *, wait: str, is_attended: bool) -> Exit | None:
    """The exit code once what is waited for (`promoted` or `window`) is so; none: not yet.

    Where somebody sits before a terminal a hold is no end: they can press something.
    """
    if followed.take_back is not None:
        return _exit_of_take_back(followed)
    if followed.outcome:
        return OUTCOMES.get(followed.outcome, Exit.REFUSED)
    if followed.hold and not is_attended:
        return Exit.HELD
    if followed.is_promoted and wait == "promoted" and not followed.back_reason:
        return Exit.DONE
    return None


def _exit_of_take_back(followed: Followed) -> Exit | None:
    """Done once every proxy has confirmed; a hold tells that there is no way back."""
    if followed.recovered_at is not None or followed.outcome == "rolled-back":
        return Exit.DONE
    if followed.outcome:
        return Exit.REFUSED
    return Exit.HELD if followed.hold else None
