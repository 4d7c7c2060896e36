"""What a command makes happen: events, or a refusal that says why. Repeating a command changes nothing more."""

from collections.abc import Mapping

from msgspec.structs import replace

from shipway.engine import contracting, scheduling
from shipway.engine.state import Run, ServiceState
from shipway.errors import ShipwayError
from shipway.model import command
from shipway.model.command import Request
from shipway.model.event import (
    CommandRead,
    DriftAccepted,
    Event,
    Paused,
    Resized,
    RunEnded,
    RunStarted,
    Unpaused,
)
from shipway.model.phase import Phase
from shipway.model.plan import Plan
from shipway.model.release import Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.service_kind import ServiceKind
from shipway.planning.facts import Facts
from shipway.planning.plan import FLAG_RAMP, plan

Known = Mapping[RevisionId, Revision]


def obey(state: ServiceState, request: Request, known: Known) -> tuple[Event, ...]:
    """The command as read, and what follows from it."""
    try:
        follows = _follows(state, request, known)
    except ShipwayError as error:
        return (refusal(request, error),)
    return (_read(request), *follows)


def _read(request: Request) -> CommandRead:
    return CommandRead(id=request.id, by=request.by, command=request.command)


def refusal(request: Request, error: ShipwayError) -> Event:
    """The command as read, and why nothing follows from it."""
    return replace(_read(request), refused=error.what, where=error.where, why=error.why, fix=error.fix)


def _follows(state: ServiceState, request: Request, known: Known) -> tuple[Event, ...]:
    by = request.by
    match request.command:
        case command.Deploy() as deploy:
            return _deploy(state, request, deploy, known)
        case command.Rollback(release=Release() as release):
            return _start(state, release, known, by=by, command=request.id)
        case command.Resume():
            run = _run(state)
            return (Unpaused(by=by),) if run.paused_at is not None else ()
        case command.Pause():
            run = _run(state)
            return (Paused(by=by),) if run.paused_at is None else ()
        case command.SetReplicas(replicas=replicas):
            return _resized(state, replicas, by)
        case command.Down():
            ended = (RunEnded(outcome="ended", reason=f"taken down by {by}"),) if state.run else ()
            return (*ended, Resized(replicas=0, by=by))
        case command.RunJob():
            return (scheduling.by_hand(state, request),)
        case command.Accept():
            return (DriftAccepted(by=by),)
        case command.Back(stage=row):
            _existing_row(_run(state), row)
            return ()
        case command.Promote():
            _refuse_an_early_word(_run(state))
            return ()
        case command.Rollback() | command.ReportHarm():
            _run(state)
            return ()


def _run(state: ServiceState) -> Run:
    if state.run is None:
        raise ShipwayError(
            f"No release of {state.service} is under way.",
            why="This command concerns a running release.",
            fix="`shipway status` shows what runs; `shipway rollback --to-revision N` returns to a revision.",
        )
    return state.run


def _existing_row(run: Run, row: int) -> None:
    if row >= run.row and not (run.back and row == run.row):
        raise ShipwayError(
            f"Stage {row} is not behind the current stage {run.row}.",
            why="A release goes back only to a stage it has passed.",
            fix=f"Name a stage from 0 to {max(0, run.row - 1)}; `shipway promote` goes forward.",
        )


def _refuse_an_early_word(run: Run) -> None:
    """Who agrees to the end of an old shape has to know that nothing needs it any more."""
    changes = contracting.waiting(run)
    if changes and not (run.hold and run.hold.rule == contracting.ASKS):
        raise ShipwayError(
            f"The old shape of {' and '.join(changes)} is still needed.",
            why="Going on would drop it, and nothing brings it back.",
            fix="`shipway why` says what it waits for. The release asks once nothing does.",
        )


def _resized(state: ServiceState, replicas: int, by: str) -> tuple[Event, ...]:
    if replicas < 1:
        raise ShipwayError(
            "A service needs at least one replica.",
            why=f"{replicas} replicas would serve nobody.",
            fix="`shipway down` stops the service.",
        )
    if state.limits.kind == ServiceKind.CRON:
        raise ShipwayError(
            f"{state.service} has no replicas.",
            why="It runs one job at each instant of its schedule.",
            fix="Change `schedule.every`, `schedule.cron` or `schedule.overlap`, and deploy.",
        )
    if state.limits.per_node:
        raise ShipwayError(
            f"{state.service} has one replica on each node.",
            why="The cluster's nodes say how many there are, and a number of ours would be undone.",
            fix="Add nodes, or choose others by `nodeSelector` in the manifest.",
        )
    if state.run is None and (state.is_down or state.proven is None):
        raise ShipwayError(
            f"{state.service} is down." if state.is_down else "Nothing is deployed yet.",
            why="Only a service that runs has replicas to add or to stop.",
            fix="Set `replicas:` in the release file and deploy.",
        )
    return (Resized(replicas=replicas, by=by),) if replicas != state.replicas else ()


def _deploy(state: ServiceState, request: Request, deploy: command.Deploy, known: Known) -> tuple[Event, ...]:
    release = deploy.release
    refuse_the_same(state, release)
    if state.run and deploy.during == "queue":
        return ()
    if state.run and deploy.during == "refuse":
        raise ShipwayError(
            f"{state.run.plan.candidate} is being released.",
            why="Another release is under way, and this one was asked not to interfere.",
            fix="Wait for it, or deploy with `--queue`, or without `--refuse` to supersede it.",
        )
    return _start(state, release, known, by=request.by, command=request.id)


def refuse_the_same(state: ServiceState, release: Release) -> None:
    """Raises `ShipwayError` for a release of what is live, or on its way, already."""
    run = state.run
    if run and run.plan.candidate == release.revision and run.back is None:
        raise ShipwayError(
            f"{release.revision} is being released already.",
            why="Nothing that belongs to the revision has changed.",
            fix="`shipway watch` shows how it goes.",
        )
    is_live = run is None and state.proven == release.revision and not state.is_down
    if is_live and not (_still_ramps(release) or _still_contracts(state, release)):
        raise ShipwayError(
            f"{release.revision} is live already.",
            why="Nothing that belongs to the revision has changed.",
            fix="Nothing to do.",
        )


def _still_ramps(release: Release) -> bool:
    """Whether it is asked for what its code can show, not for the code."""
    return release.strategy == FLAG_RAMP and any(ramp.shares[-1:] > (ramp.shown,) for ramp in release.ramps)


def _still_contracts(state: ServiceState, release: Release) -> bool:
    """Whether it is asked for the end of an old shape, not for the code."""
    return any(one.contract and state.schema.get(one.change) != Phase.CONTRACTED for one in release.schema)


def _start(state: ServiceState, release: Release, known: Known, *, by: str, command: int) -> tuple[Event, ...]:
    """End what is under way, then begin. A run past its promotion has done its work: its window is closed."""
    written = plan(release, facts(state, known, release))
    ended = _ended(state.run, written) if state.run else ()
    return (*ended, RunStarted(plan=written, by=by, command=command))


def _ended(run: Run, following: Plan) -> tuple[Event, ...]:
    if run.row > run.plan.promoted and run.back is None:
        return (RunEnded(outcome="finished", reason=f"its window was closed by {following.candidate}"),)
    return (RunEnded(outcome="superseded", reason=f"superseded by {following.candidate}"),)


def facts(state: ServiceState, known: Known, release: Release) -> Facts:
    """What planning must know: the proven revision, and the state that the service rests in."""
    base = None if state.is_down else state.proven or _opened(state.run)
    before = state.run.plan if state.run else Facts()
    may_run = (base, state.proven, state.former, release.revision)
    named = sorted({revision for revision in may_run if revision is not None})
    on_schema = known if state.schema or release.schema else named  # any of them may live on a lost machine
    schedules = {name: known[name].schedule for name in named if name in known}
    return Facts(
        base=base,
        replicas=state.replicas or state.limits.replicas,
        kind=state.limits.kind,
        sticky=state.rest.route.sticky,
        schema=state.schema,
        supports={**before.supports, **{name: known[name].schema for name in on_schema if name in known}},
        schedules={**before.schedules, **{name: one for name, one in schedules.items() if one is not None}},
        carries={**before.carries, **{name: known[name].flags for name in named if name in known}},
    )


def _opened(run: Run | None) -> RevisionId | None:
    """A first deployment that users may be on already: nothing is proven, and there is no other way back."""
    if run is None or run.plan.base is not None or run.row < run.plan.promoted:
        return None
    return run.plan.candidate


def start_queued(state: ServiceState, known: Known) -> tuple[Event, ...]:
    """The next queued deploy, once nothing is under way; one that cannot be planned any more is refused."""
    if state.run or not state.queue:
        return ()
    number, by, waiting = state.queue[0]
    request = Request(id=number, service=state.service, at=0.0, by=by, command=waiting)
    events = obey(state, request, known)
    return events[1:] or events
