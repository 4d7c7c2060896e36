"""The state after an event. Total: every event is understood in every state, so any journal can be read."""

from collections.abc import Iterable
from functools import singledispatch

import msgspec
from msgspec.structs import replace

from shipway.engine import agenda, backfilling, hooks, meeting, reports, spending
from shipway.engine.intents import with_newest, without_preparations
from shipway.engine.past_of import past_of
from shipway.engine.sizing import adopted, sized
from shipway.engine.state import (
    PAST_MAX,
    Asked,
    Hold,
    Pending,
    Run,
    ServiceState,
    TurnedBack,
)
from shipway.model import command, event
from shipway.model.event import Entry, Event
from shipway.model.plan import Stage


def fold(state: ServiceState, entries: Iterable[Entry]) -> ServiceState:
    """Read on from where the state was."""
    for entry in entries:
        state = replace(_apply(entry.event, state, entry), position=entry.position)
    return state


@singledispatch
def _apply(happened: Event, state: ServiceState, entry: Entry) -> ServiceState:
    raise AssertionError(f"unknown event {type(happened).__name__}")


@_apply.register
def _(happened: event.Compacted, state: ServiceState, entry: Entry) -> ServiceState:
    return msgspec.json.decode(happened.state, type=ServiceState)


def _in_run(state: ServiceState, **changes: object) -> ServiceState:
    """The state with its run changed; nothing where there is no run."""
    return replace(state, run=replace(state.run, **changes)) if state.run else state


@_apply.register
def _(happened: event.CommandRead, state: ServiceState, entry: Entry) -> ServiceState:
    state = replace(state, read=max(state.read, happened.id))
    if happened.refused:
        return replace(state, queue=tuple(waiting for waiting in state.queue if waiting[0] != happened.id))
    match happened.command:
        case command.Promote(all=every):
            return _going_on(_in_run(state, promote="all" if every else "stage"))
        case command.Back(stage=row, reason=reason):
            return _asked_back(state, row, reason or f"asked by {happened.by}")
        case command.Rollback(release=None, reason=reason):
            return _asked_back(state, 0, reason or f"asked by {happened.by}")
        case command.Resume():
            return _going_on(state)
        case command.ReportHarm() as report if state.run:
            return _in_run(state, reports=reports.taken(state.run, report, by=happened.by, at=entry.at))
        case command.Deploy(during="queue") if state.run:
            return replace(state, queue=(*state.queue, (happened.id, happened.by, happened.command)))
        case _:
            return state


def _asked_back(state: ServiceState, row: int, reason: str) -> ServiceState:
    """A wish to go back to where the run goes or went back to already is fulfilled."""
    back = state.run.back if state.run else None
    if back and row >= back.row:
        return state
    return _in_run(state, back_to=row, back_reason=reason)


def _going_on(state: ServiceState) -> ServiceState:
    """Who goes on has overruled what was reported, and given up a wish that could not be granted."""
    state = _in_run(state, reports=())
    hold = state.run.hold if state.run else None
    if hold and hold.rule == "asked-no-way-back":
        return _in_run(state, go_on=True, back_to=None)
    return _in_run(state, go_on=True)


@_apply.register
def _(happened: event.RunStarted, state: ServiceState, entry: Entry) -> ServiceState:
    run = Run(
        id=entry.position,
        plan=happened.plan,
        planned=happened.plan.limits.replicas,
        by=happened.by,
        started_at=entry.at,
        row=1,
        entered_at=entry.at,
    )
    queue = tuple(waiting for waiting in state.queue if not _is_answered(waiting, happened))
    return replace(
        state,
        run=meeting.entered(spending.begun(run, at=entry.at), at=entry.at),
        limits=happened.plan.limits,
        schedules=happened.plan.schedules,
        is_down=False,
        queue=queue,
    )


def _is_answered(waiting: tuple[int, str, command.Command], begun: event.RunStarted) -> bool:
    """A queued deploy that begins, or whose revision is released by this run already."""
    number, _, asked = waiting
    same = isinstance(asked, command.Deploy) and asked.release.revision == begun.plan.candidate
    return same or number == begun.command


@_apply.register
def _(happened: event.RunEnded, state: ServiceState, entry: Entry) -> ServiceState:
    run = state.run
    if run is None:
        return state
    past = past_of(run, happened, at=entry.at)
    rest = run.stage if happened.outcome in ("finished", "rolled-back") else state.rest
    return replace(
        state,
        run=None,
        rest=_resting(rest),
        past=(*state.past, past)[-PAST_MAX:],
        pending=without_preparations(state.pending),
    )


def _resting(stage: Stage) -> Stage:
    """Between two runs flags belong to people, who may show them to whom they like."""
    return replace(stage, name="rest", flags={}, ramp="", gates=(), back=None)


@_apply.register
def _(happened: event.StageEntered, state: ServiceState, entry: Entry) -> ServiceState:
    moved = _in_run(
        state,
        row=happened.row,
        entered_at=entry.at,
        waited=0.0,
        settled_at=None,
        stayed_from=None,
        extensions=0,
        hold=None,
        back=None,
        back_to=None,
        recovered_at=None,
        hooks=_hooks_beyond(state.run, happened.row),
        promote=state.run.promote if state.run and state.run.promote == "all" else "",
        go_on=False,
    )
    moved = _moving(moved, state.run, entry)
    return replace(moved, run=meeting.entered(moved.run, at=entry.at)) if moved.run else moved


def _moving(state: ServiceState, before: Run | None, entry: Entry) -> ServiceState:
    if state.run is None or before is None:
        return state
    return replace(state, run=spending.moving(state.run, before, at=entry.at))


def _hooks_beyond(run: Run | None, row: int) -> dict[str, Asked]:
    """Answers of the rows below: a row that is entered again calls its hooks again, as does the next way back."""
    return {key: asked for key, asked in run.hooks.items() if 0 <= int(key.split("/")[0]) < row} if run else {}


@_apply.register
def _(happened: event.StageSettled, state: ServiceState, entry: Entry) -> ServiceState:
    first = state.run.stayed_from if state.run else None
    state = _further(state)
    state = _in_run(state, settled_at=entry.at, stayed_from=first if first is not None else entry.at)
    return replace(state, run=spending.reached(state.run, at=entry.at)) if state.run else state


def _further(state: ServiceState) -> ServiceState:
    """A stage that is reached has the phases that it wants, at least; there is no way down but by hand."""
    wanted = state.run.stage.schema if state.run and not state.run.back else {}
    further = {name: max(phase, state.schema.get(name, phase)) for name, phase in wanted.items()}
    return replace(state, schema={**state.schema, **further}) if further else state


@_apply.register
def _(happened: event.StageLost, state: ServiceState, entry: Entry) -> ServiceState:
    return _in_run(state, settled_at=None, entered_at=entry.at, waited=0.0)


@_apply.register
def _(happened: event.WentBack, state: ServiceState, entry: Entry) -> ServiceState:
    back = TurnedBack(
        row=happened.row,
        rule=happened.rule,
        reason=happened.reason,
        at=entry.at,
        first_bad_at=happened.first_bad_at,
    )
    until = state.run.met_until if state.run else None
    moved = _in_run(
        state,
        back=back,
        met_until=until or entry.at,
        row=happened.row,
        entered_at=entry.at,
        waited=0.0,
        settled_at=None,
        stayed_from=None,
        hold=None,
        promote="",
        back_to=None,
        recovered_at=None,
        go_on=False,
    )
    return _moving(moved, state.run, entry)


@_apply.register
def _(happened: event.Recovered, state: ServiceState, entry: Entry) -> ServiceState:
    return _in_run(state, recovered_at=entry.at)


@_apply.register
def _(happened: event.Held, state: ServiceState, entry: Entry) -> ServiceState:
    return _in_run(state, hold=Hold(rule=happened.rule, reason=happened.reason, at=entry.at), go_on=False)


@_apply.register
def _(happened: event.Released, state: ServiceState, entry: Entry) -> ServiceState:
    settled = state.run.settled_at if state.run else None
    restarted = entry.at if settled is not None else None
    state = _in_run(state, hooks=_without_failures(state.run), blocked={})
    return _in_run(
        state, hold=None, entered_at=entry.at, waited=0.0, stayed_from=restarted, extensions=0, go_on=False
    )


def _without_failures(run: Run | None) -> dict[str, Asked]:
    """Who goes on after a hook failed has it called again."""
    return {key: asked for key, asked in run.hooks.items() if asked.passed is not False} if run else {}


@_apply.register
def _(happened: event.Paused, state: ServiceState, entry: Entry) -> ServiceState:
    return _in_run(state, paused_at=entry.at)


@_apply.register
def _(happened: event.Unpaused, state: ServiceState, entry: Entry) -> ServiceState:
    return _in_run(state, paused_at=None)


@_apply.register
def _(happened: event.Extended, state: ServiceState, entry: Entry) -> ServiceState:
    extensions = state.run.extensions + 1 if state.run else 0
    return _in_run(state, extensions=extensions, stayed_from=entry.at)


@_apply.register
def _(happened: event.Marked, state: ServiceState, entry: Entry) -> ServiceState:
    marks = dict(state.run.marks) if state.run else {}
    return _in_run(state, marks={happened.name: entry.at, **marks})


@_apply.register
def _(happened: event.Cleared, state: ServiceState, entry: Entry) -> ServiceState:
    if happened.name == "drift":
        return _in_run(replace(state, is_overwriting=False), drift=(), accepted=())
    marks = dict(state.run.marks) if state.run else {}
    began = marks.pop(happened.name, None)
    stayed_from = state.run.stayed_from if state.run else None
    if happened.name in ("blind", "unseen") and began is not None and stayed_from is not None:
        stayed_from += max(0.0, entry.at - max(began, stayed_from))
    state = _waited(state, began, entry) if happened.name == backfilling.WAITS else state
    return _in_run(state, marks=marks, stayed_from=stayed_from)


def _waited(state: ServiceState, began: float | None, entry: Entry) -> ServiceState:
    """What a pause takes from a stage is no part of its deadline."""
    if state.run is None or began is None:
        return state
    since = max(began, state.run.entered_at)
    return _in_run(state, waited=state.run.waited + max(0.0, entry.at - since))


@_apply.register
def _(happened: event.Judged, state: ServiceState, entry: Entry) -> ServiceState:
    return _in_run(state, verdict=happened.verdict, judged_at=entry.at)


@_apply.register
def _(happened: event.GateAnswered, state: ServiceState, entry: Entry) -> ServiceState:
    gates = dict(state.run.gates) if state.run else {}
    gates[f"{happened.row}/{happened.gate}"] = happened.passed
    return _in_run(state, gates=gates, gate_detail=happened.detail)


@_apply.register
def _(happened: event.HookCalled, state: ServiceState, entry: Entry) -> ServiceState:
    known = state.run.hooks if state.run else {}
    return _in_run(state, hooks={**known, hooks.key(happened.row, happened.number): Asked(at=entry.at)})


@_apply.register
def _(happened: event.HookAnswered, state: ServiceState, entry: Entry) -> ServiceState:
    """The stage's clocks begin when its last hook before it has agreed."""
    run = state.run
    if run is None:
        return state
    answer = Asked(at=entry.at, passed=happened.passed, detail=happened.detail)
    waited = hooks.first_ones(run)
    run = replace(run, hooks={**run.hooks, hooks.key(happened.row, happened.number): answer})
    if waited and not hooks.first_ones(run):
        run = replace(run, entered_at=entry.at)
    return replace(state, run=run)


@_apply.register
def _(happened: event.Intended, state: ServiceState, entry: Entry) -> ServiceState:
    pending = Pending(key=happened.key, action=happened.action, generation=entry.position, at=entry.at)
    return replace(
        state,
        pending=(*state.pending, pending),
        latest=with_newest(state.latest, pending),
        agenda=agenda.intended(state.agenda, entry.position, happened.action, at=entry.at),
    )


@_apply.register(event.JobsFrom)
@_apply.register(event.JobDue)
@_apply.register(event.JobsSkipped)
@_apply.register(event.JobStarted)
@_apply.register(event.JobEnded)
def _(happened: agenda.Happened, state: ServiceState, entry: Entry) -> ServiceState:
    return replace(state, agenda=agenda.after(state.agenda, happened, entry.at))


@_apply.register
def _(happened: event.Settled, state: ServiceState, entry: Entry) -> ServiceState:
    left = tuple(
        intent for intent in state.pending if intent.key != happened.key or intent.generation > happened.generation
    )
    failures = {key: error for key, error in state.failures.items() if key != happened.key}
    return _unblocked(replace(state, pending=left, failures=failures), happened.key)


def _unblocked(state: ServiceState, key: str) -> ServiceState:
    blocked = state.run.blocked if state.run else {}
    return _in_run(state, blocked={name: why for name, why in blocked.items() if name != key})


@_apply.register
def _(happened: event.Failed, state: ServiceState, entry: Entry) -> ServiceState:
    failures = {key: error for key, error in state.failures.items() if key in state.latest}
    state = replace(_unblocked(state, happened.key), failures={**failures, happened.key: happened.error})
    if state.run is None or not happened.needs_person:
        return state
    return _in_run(state, blocked={**state.run.blocked, happened.key: happened.error})


@_apply.register
def _(happened: event.DriftSeen, state: ServiceState, entry: Entry) -> ServiceState:
    drift = state.run.drift if state.run else ()
    return _in_run(state, drift=(*(what for what in drift if what != happened.what), happened.what))


@_apply.register
def _(happened: event.DriftAccepted, state: ServiceState, entry: Entry) -> ServiceState:
    run = state.run
    if run is None:
        return replace(state, is_overwriting=True)
    return _in_run(state, drift=(), accepted=(*run.accepted, *run.drift))


@_apply.register
def _(happened: event.Proven, state: ServiceState, entry: Entry) -> ServiceState:
    former = state.proven if state.proven != happened.revision else state.former
    replicas = state.limits.replicas
    if state.run and happened.revision:
        replicas = state.run.stage.capacity.get(happened.revision, replicas)
    return replace(state, proven=happened.revision, former=former, replicas=replicas)


@_apply.register
def _(happened: event.Resized, state: ServiceState, entry: Entry) -> ServiceState:
    if happened.replicas == 0:
        return replace(state, is_down=True, rest=Stage(name="down"), queue=())
    return _in_run(sized(state, happened.replicas, at=entry.at), planned=happened.replicas, adopted="")


@_apply.register
def _(happened: event.DriftAdopted, state: ServiceState, entry: Entry) -> ServiceState:
    return adopted(state, happened, at=entry.at)
