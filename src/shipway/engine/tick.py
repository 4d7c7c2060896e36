"""One tick of one service: observe, judge, decide, journal intents, act, journal results.

All that a tick learns and wants is written in one append, before any effect. A crash at any point is a
tick that ended early: the next one, by whoever owns the service then, reads the journal and looks again.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from shipway.engine import (
    calibrate,
    compact,
    exposing,
    following,
    guard,
    hooking,
    hooks,
    measuring,
    mirroring,
    resting,
    scheduling,
    straining,
)
from shipway.engine.act import act
from shipway.engine.case import Case, Decision, Move
from shipway.engine.converge import converge, jobs
from shipway.engine.decide import decide
from shipway.engine.draft import Draft
from shipway.engine.failing import with_replicas
from shipway.engine.fold import fold
from shipway.engine.gates import ask
from shipway.engine.notice import applied, foreign, is_foreign, noticed
from shipway.engine.obey import obey, start_queued
from shipway.engine.observe import observe
from shipway.engine.ports import Ports, Store
from shipway.engine.reports import with_reports
from shipway.engine.state import Run, ServiceState
from shipway.engine.wake import wake_at
from shipway.engine.world import World
from shipway.errors import JournalConflict, PortError
from shipway.model.action import Action, key_of
from shipway.model.command import Request
from shipway.model.event import (
    Cleared,
    Entry,
    Event,
    Extended,
    Failed,
    Held,
    HookCalled,
    Intended,
    Proven,
    Released,
    RunEnded,
    StageEntered,
    WentBack,
)
from shipway.model.observed import Observed
from shipway.model.plan import compared_with
from shipway.model.revision import Revision, RevisionId
from shipway.model.verdict import Kind, Verdict
from shipway.ports.metric_source import MetricSource

Look = Callable[..., Awaitable[guard.Evidence]]
"""How the metrics are looked at: `guard.look`, or a script in its place."""


@dataclass
class Service:
    """What a controller keeps in memory of a service it owns; all of it can be read again."""

    name: str
    ports: Ports
    store: Store
    token: int
    state: ServiceState = field(init=False)
    evidence: guard.Evidence = field(default_factory=guard.Evidence)
    revisions: dict[RevisionId, Revision] = field(default_factory=dict)
    observed: Observed | None = None
    first: int = 1
    """The position at which the journal begins."""
    is_loaded: bool = False
    recalled: MetricSource | None = None
    """The source that goes on from what was remembered of it."""
    look: Look = guard.look
    hooks: hooking.Running = field(default_factory=hooking.Running)
    """What this controller has called; another one's it cannot see."""
    executor: Executor | None = None
    """Where a guard is calibrated; without one it is done in the tick."""
    lesson: calibrate.Lesson | None = None
    """Of the run under way, until its guard has begun."""
    window: resting.UnderWay | None = None
    """What is being recorded of the service at rest."""
    told_nothing_at: float = -math.inf
    """When the source last told of fewer than two replicas."""

    def __post_init__(self) -> None:
        self.state = ServiceState(service=self.name)

    async def load(self) -> None:
        """Read the journal from where we are; on the first call also the checkpoint."""
        entries = await self.store.journal.read(self.name, after=self.state.position)
        self.state = fold(self.state, entries)
        if not self.is_loaded:
            self.first = entries[0].position if entries else self.state.position + 1
            kept = await self.store.journal.kept(self.name)
            self.evidence = guard.load(kept.get(guard.CHECKPOINT))
        self.is_loaded = True

    async def write(self, events: Sequence[Event]) -> tuple[Entry, ...]:
        """Append, and fold what was appended. On a conflict nothing is written and the journal is read anew."""
        if not events:
            return ()
        try:
            entries = await self.store.journal.append(
                self.name, events, length=self.state.position, token=self.token
            )
        except JournalConflict:
            self.is_loaded = False
            raise
        self.state = fold(self.state, entries)
        return entries

    async def compact(self) -> None:
        """Keep the journal short."""
        if compact.is_due(self.first, self.state.position):
            self.first = await compact.compacted(self.store.journal, self.name, token=self.token) or self.first

    async def learn(self) -> None:
        """Fetch revisions that the run or a command speaks of and that are not known yet."""
        for kept in await self.store.revisions.all(self.name):
            self.revisions[kept.revision.id] = kept.revision


async def tick(service: Service, inbox: Sequence[Request], *, now: float) -> float:
    """Do what is next, and say when to look again (epoch seconds; infinity: only when something happens).

    Raises `LeaseLost` or `JournalConflict` when somebody else writes for this service, `PortError` when the
    store is out of reach. Nothing was done then that the journal does not hold.
    """
    if not service.is_loaded:
        await service.load()
    await _obey(service, inbox)
    if _is_idle(service.state):
        await service.compact()
        return float("inf")
    observed = await observe(service.ports, service.state.run, now=now)
    service.observed = observed
    draft = Draft(service.state, observed, now=now)
    draft.add(applied(draft.state, observed))
    _schedule(draft)
    draft.add(following.resized(draft.state, draft.world))
    if draft.state.run:
        draft.add(await hooking.answered(service.hooks, service.ports, draft.state.run, now=now))
        verdict = await _judge(service, draft.state.run, draft.world)
        draft.add(noticed(draft.state.run, draft.world, verdict))
        draft.add(await _gates(service, draft.state))
        _move(draft, service.hooks, verdict)
    elif draft.state.is_overwriting and not foreign(observed):
        draft.add([Cleared(name="drift")])
    _turn(draft)
    actions = _actions(draft)
    intents = (Intended(key=key_of(action), action=action) for action in actions)
    written = await service.write([*draft.events, *intents])
    await _call_hooks(service, written)
    _ease(service)
    await _act(service, actions, written[len(written) - len(actions) :])
    await _record(service, observed, now=now)
    await service.compact()
    return wake_at(service.state, service.evidence, observed, now=now, acted=bool(actions))


async def _obey(service: Service, inbox: Sequence[Request]) -> None:
    fresh = [request for request in inbox if request.id > service.state.read]
    if fresh or (service.state.queue and not service.state.run) or not service.revisions:
        await service.learn()
    for request in fresh:
        if request.id > service.state.read:
            await service.write(obey(service.state, request, service.revisions))
    await service.write(start_queued(service.state, service.revisions))


def _schedule(draft: Draft) -> None:
    """What became of jobs, then which are due: before anything is decided, so that no instant falls between two
    revisions."""
    if draft.world.has_jobs:
        draft.add(scheduling.seen(draft.state, draft.observed.jobs))
        draft.add(scheduling.due(draft.state, now=draft.now))
        draft.add(scheduling.missed(draft.state, draft.observed.jobs, now=draft.now))


def _turn(draft: Draft) -> None:
    """Whose jobs are next, once the stage may be begun."""
    run = draft.state.run
    if draft.world.has_jobs and not (run and not run.back and _is_kept_waiting(run, draft.now)):
        draft.add(scheduling.turned(draft.state, draft.world, now=draft.now))


def _is_idle(state: ServiceState) -> bool:
    """A service that was never deployed is not ours to touch."""
    return state.run is None and not state.past and not state.is_down and state.proven is None


async def _judge(service: Service, run: Run, world: World) -> Verdict:
    if world.has_jobs:
        return with_reports(scheduling.verdict(world.agenda, run), run, now=world.now)
    source = service.ports.metrics
    if (
        source is not None
        and guard.is_due(service.evidence, run, world.now)
        and await _begins(service, run, world)
    ):
        if source is not service.recalled:
            guard.recall(service.evidence, source)
            service.recalled = source
        evidence = await service.look(service.evidence, run, source, now=world.now)
        copies = mirroring.source_of(service.ports, run)
        evidence = await mirroring.look(evidence, run, copies, now=world.now)
        evidence = await measuring.look(evidence, run, service.ports.measures, now=world.now)
        evidence = await exposing.look(
            evidence, run, service.ports.exposures, service.ports.measures, now=world.now
        )
        evidence = straining.look(evidence, run, world.observed)
        service.evidence = guard.remembered(evidence, source)
        await _keep(service)
    evidence = service.evidence
    verdict = evidence.verdict if evidence.run == run.id else guard.UNKNOWN
    verdict = exposing.with_ramp(verdict, evidence, run)
    verdict = guard.on_our_clock(verdict, evidence, run, now=world.now)
    return with_reports(with_replicas(verdict, run, world), run, now=world.now)


async def _keep(service: Service) -> None:
    """Raises `LeaseLost` where another controller's sums would be replaced."""
    kept = guard.dump(service.evidence)
    await service.store.journal.keep(service.name, guard.CHECKPOINT, kept, token=service.token)


async def _begins(service: Service, run: Run, world: World) -> bool:
    """Whether the run's guard knows what the service's past teaches; the windows are read once a run."""
    if service.evidence.run == run.id or compared_with(run.plan) is None:
        return True
    if service.lesson is None or service.lesson.run != run.id:
        service.lesson = await _lesson(service, run, world)
    evidence = calibrate.begin(service.lesson, run, service.evidence, now=world.now)
    if evidence is not None:
        service.evidence, service.lesson = evidence, None
    return evidence is not None


async def _lesson(service: Service, run: Run, world: World) -> calibrate.Lesson:
    if service.ports.replica_counts is None:
        return calibrate.Lesson(run=run.id, sentence=calibrate.untaught(calibrate.UNTOLD, run.plan))
    is_told = math.isinf(service.told_nothing_at)
    kept = await calibrate.kept_of(service.store.journal, service.name, is_told=is_told)
    return calibrate.lesson_of(kept, run, service.state.past, service.executor, now=world.now)


async def _record(service: Service, observed: Observed, *, now: float) -> None:
    """One bin more of the service at rest, and the window once it is whole."""
    source, revision = service.ports.replica_counts, service.state.proven
    if source is None or revision is None or not resting.is_at_rest(service.state, observed, now):
        service.window = None
        return
    if not resting.is_due(service.window, now, told_nothing_at=service.told_nothing_at):
        return
    try:
        sample = await source.by_replica(revision)
    except PortError:
        return
    service.window = resting.noted(service.window, sample, now)
    service.told_nothing_at = now if service.window is None else -math.inf
    window, slow = resting.finished(service.window), resting.finished_latency(service.window)
    if window is not None:
        await resting.keep(service.store.journal, service.name, window)
    if slow is not None:
        await resting.keep_latency(service.store.journal, service.name, slow)


async def _gates(service: Service, state: ServiceState) -> tuple[Event, ...]:
    run = state.run
    if run is None or run.settled_at is None or run.back:
        return ()
    return await ask(service.ports, service.name, run, service.revisions)


def _move(draft: Draft, running: hooking.Running, verdict: Verdict) -> None:
    """The decision as events, and the hooks that follow from it."""
    run = draft.state.run
    assert run is not None
    decision = decide(Case(run=run, world=draft.world, verdict=verdict, now=draft.now))
    news = _events(run, decision, verdict)
    draft.add(event for event in news if event != Proven(revision=draft.state.proven))
    draft.add(hooking.called(running, draft, run, decision.rule))


async def _call_hooks(service: Service, written: Sequence[Entry]) -> None:
    """After the append: who is not the owner any more learned it there, and calls nothing."""
    run = service.state.run
    await hooking.end_left(service.hooks, service.ports, run)
    for entry in written:
        if run is not None and isinstance(entry.event, HookCalled):
            told = hooking.facts(service.ports, service.name, run, service.revisions)
            told["generation"] = str(entry.position)
            await hooking.call(service.hooks, service.ports, run, told, entry.event)


def _events(run: Run, decision: Decision, verdict: Verdict) -> tuple[Event, ...]:
    rule, reason = decision.rule, decision.reason
    match decision.move:
        case Move.STAY:
            return ()
        case Move.FORWARD:
            return (*_proven(run, decision.row), StageEntered(row=decision.row, rule=rule, reason=reason))
        case Move.BACK:
            bad = verdict.first_bad_at if verdict.kind == Kind.HARMFUL else None
            return (WentBack(row=decision.row, rule=rule, reason=reason, first_bad_at=bad),)
        case Move.HOLD:
            return (Held(rule=rule, reason=reason),)
        case Move.RELEASE:
            return (Released(reason=reason),)
        case Move.EXTEND:
            return (Extended(reason=reason),)
        case Move.END:
            return (*_final(run, decision.outcome), RunEnded(outcome=decision.outcome, reason=reason))


def _proven(run: Run, row: int) -> tuple[Event, ...]:
    """Leaving the row with all traffic forwards proves the candidate."""
    if run.row == run.plan.promoted and row > run.row and run.settled_at is not None:
        return (Proven(revision=run.plan.candidate),)
    return ()


def _final(run: Run, outcome: str) -> tuple[Event, ...]:
    revision = run.plan.candidate if outcome == "finished" else run.plan.base
    return (Proven(revision=revision),)


def _actions(draft: Draft) -> tuple[Action, ...]:
    """What converge wants, unless other hands are at work: then only a take-back may overwrite them."""
    run = draft.state.run
    if run is None and not draft.state.is_down:
        return tuple(action for action in converge(draft.world) if _is_ours(action, draft))
    if run and not run.back and (run.drift or _is_kept_waiting(run, draft.now)):
        return tuple(jobs.step(draft.world))
    return converge(draft.world)


def _is_kept_waiting(run: Run, now: float) -> bool:
    """Whether hooks must agree before the row is begun; a rescue from a dead stable revision waits for none."""
    dead = run.marks.get("dead", now)
    return bool(hooks.first_ones(run)) and now - dead < run.plan.guard.dead_patience


def _is_ours(action: Action, draft: Draft) -> bool:
    """Whether nobody else changed what the action would overwrite, or somebody allowed it."""
    return draft.state.is_overwriting or not is_foreign(action, draft.observed)


def _ease(service: Service) -> None:
    """Rows wait while users suffer."""
    run = service.state.run
    if service.ports.database is not None and run is not None:
        service.ports.database.hold(straining.reason(service.evidence, run))


async def _act(service: Service, actions: Sequence[Action], intents: Sequence[Entry]) -> None:
    """A failure is journalled at once: who is not the owner any more learns it there, and does nothing further."""
    for action, intent in zip(actions, intents, strict=True):
        try:
            await act(service.ports, action, generation=intent.position, revisions=service.revisions)
        except PortError as error:
            failure = Failed(
                key=key_of(action),
                generation=intent.position,
                error=str(error),
                needs_person=error.needs_person,
            )
            await service.write((failure,))
