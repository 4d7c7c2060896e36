"""Makes the view of a service from what its last tick saw."""

from typing import TypedDict

from shipway.engine import exposing, scheduling
from shipway.engine.agenda import PAST_JOBS_MAX
from shipway.engine.case import Case
from shipway.engine.decide import decide
from shipway.engine.failing import with_replicas
from shipway.engine.instants import upcoming
from shipway.engine.notice import foreign
from shipway.engine.reports import with_reports
from shipway.engine.schema_view import schema_view
from shipway.engine.state import Run, ServiceState
from shipway.engine.tick import Service
from shipway.engine.world import World
from shipway.engine.world_of import world_of
from shipway.model.revision import RevisionId
from shipway.model.sample import Window
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, Share, of
from shipway.model.view import JobsView, RevisionView, RunView, View


class Copied(TypedDict, total=False):
    """Of `RevisionView`."""

    copied: Share
    copies_per_second: float | None
    copies_error_rate: float | None


JOBS_SHOWN = 10
"""Ended jobs in a view; `shipway jobs` reads more from the journal."""
NEXT_SHOWN = 3


def view(service: Service, *, now: float) -> View:
    """The service as its last tick saw it."""
    state, observed = service.state, service.observed
    world = world_of(state, observed) if observed else None
    return View(
        service=service.name,
        kind=state.limits.kind,
        at=now,
        position=state.position,
        proven=state.proven,
        former=state.former,
        replicas=state.replicas,
        is_down=state.is_down,
        run=_run(service, state.run, world, now) if state.run else None,
        revisions=_revisions(service, state, world) if world else (),
        jobs=jobs_view(state, now=now, limit=JOBS_SHOWN),
        schema=schema_view(state.run, observed) if state.run and observed else (),
        foreign=foreign(observed) if observed else (),
        unreachable=observed.unreachable if observed else {},
        failures=state.failures,
        queued=len(state.queue),
        last=state.past[-1] if state.past else None,
        address=service.ports.address,
        preview=service.ports.preview,
        problems=observed.routing.problems if observed and observed.routing else (),
        certificate=observed.routing.certificate if observed and observed.routing else None,
        steady_after=_steady_after(world) if world else None,
    )


def jobs_view(state: ServiceState, *, now: float, limit: int = PAST_JOBS_MAX) -> JobsView | None:
    """Where jobs are started at instants: what comes, what runs, and how the newest ended."""
    if state.limits.kind != ServiceKind.CRON:
        return None
    agenda, schedule = state.agenda, scheduling.schedule_of(state)
    return JobsView(
        revision=agenda.revision,
        schedule=schedule,
        next=upcoming(schedule, max(now, agenda.cursor), NEXT_SHOWN) if schedule else (),
        open=agenda.open,
        past=agenda.past[-limit:],
    )


def _run(service: Service, run: Run, world: World | None, now: float) -> RunView:
    verdict = run.verdict
    if world is not None and world.has_jobs:
        verdict = with_reports(scheduling.verdict(world.agenda, run), run, now=now)
    elif service.evidence.run == run.id:
        verdict = exposing.with_ramp(service.evidence.verdict, service.evidence, run)
        verdict = with_reports(with_replicas(verdict, run, world) if world else verdict, run, now=now)
    rule = reason = ""
    if world is not None and verdict is not None:
        decision = decide(Case(run=run, world=world, verdict=verdict, now=now))
        rule, reason = decision.rule, decision.reason
    stay = run.stage.stay
    longest = max(stay.minimum, stay.bake)
    return RunView(
        id=run.id,
        plan=run.plan,
        row=run.row,
        by=run.by,
        started_at=run.started_at,
        entered_at=run.entered_at,
        settled_at=run.settled_at,
        stays_until=run.stayed_from + longest if run.stayed_from is not None and longest else None,
        deadline_at=None if run.settled_at is not None else run.entered_at + run.waited + stay.deadline,
        going_back=run.back.reason if run.back else "",
        back_rule=run.back.rule if run.back else "",
        turned_at=run.back.at if run.back else None,
        recovered_at=run.recovered_at,
        hold=run.hold.reason if run.hold else "",
        hold_rule=run.hold.rule if run.hold else "",
        is_paused=run.paused_at is not None,
        rule=rule,
        reason=reason,
        verdict=verdict,
        metrics=exposing.metrics_of(service.evidence, run),
        adopted=run.adopted,
        calibration=service.evidence.calibration if service.evidence.run == run.id else "",
    )


def _revisions(service: Service, state: ServiceState, world: World) -> tuple[RevisionView, ...]:
    return tuple(_revision(service, state, world, name) for name in world.revisions)


def _revision(service: Service, state: ServiceState, world: World, name: RevisionId) -> RevisionView:
    lowest, highest = _shares(world, name)
    window = service.evidence.windows.get(name) if state.run else None
    known = service.revisions.get(name)
    return RevisionView(
        id=name,
        version=known.version if known else name,
        role=_role(state, name),
        ready=_ready(world, name),
        running=_ready(world, name) if world.has_jobs else len(world.replicas(name)),
        wanted=world.wanted.capacity.get(name, 0),
        share_lowest=lowest,
        share_highest=highest,
        usage=world.fleet.usage.get(name) if world.fleet else None,
        details=tuple(f"{r.id}: {r.detail}" for r in (*world.replicas(name), *world.given_up(name)) if r.detail),
        **_copies(service, state, world, name),
        **_rates(window),
    )


def _ready(world: World, name: RevisionId) -> int:
    """Replicas that answer; of a scheduled service 1 for the version whose jobs are next."""
    return int(name == world.agenda.revision) if world.has_jobs else len(world.ready(name))


def _shares(world: World, name: RevisionId) -> tuple[Share, Share]:
    """What every proxy confirmed, as an interval; of jobs the part of the ready replicas."""
    if not world.has_traffic:
        part = of(_ready(world, name), sum(_ready(world, one) for one in world.revisions))
        return part, part
    routing = world.routing
    return (routing.lowest.get(name, NONE), routing.highest.get(name, NONE)) if routing else (NONE, NONE)


def _role(state: ServiceState, name: RevisionId) -> str:
    if state.run and name == state.run.plan.candidate:
        return "candidate"
    if name == (state.run.plan.base if state.run else state.proven):
        return "stable"
    return "former"


def _rates(window: Window | None) -> dict[str, float | None]:
    """What the window shows, per second and as fractions; nothing where nothing was asked."""
    if window is None or window.end <= window.start:
        return {}
    rates: dict[str, float | None] = {"requests_per_second": window.requests / (window.end - window.start)}
    if window.requests:
        rates["error_rate"] = window.errors / window.requests
        rates |= {name: quantile(window, part) for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    return rates


def _copies(service: Service, state: ServiceState, world: World, name: RevisionId) -> Copied:
    """Of users' requests, as every proxy confirmed, and what became of them since the look before."""
    route = world.routing.confirmed if world.routing else None
    mirror = route.mirror if route else None
    if mirror is None or mirror.revision != name:
        return {}
    seen = service.evidence.copies.seen if state.run else None
    rates = _rates(seen)
    return {
        "copied": mirror.share,
        "copies_per_second": rates.get("requests_per_second"),
        "copies_error_rate": rates.get("error_rate"),
    }


def quantile(window: Window, part: float) -> float | None:
    """The upper bound of the bucket in which the quantile lies, seconds; none above the last."""
    if not window.buckets or not window.buckets[-1]:
        return None
    total = max(window.buckets[-1], window.requests)
    for bound, count in zip(window.bounds_seconds, window.buckets, strict=True):
        if count >= part * total:
            return bound
    return None


def _steady_after(world: World) -> float | None:
    """How long the newest ready replica took from its start; what a start costs here."""
    started = [
        (replica.started_at, replica.ready_since)
        for replica in (world.fleet.replicas if world.fleet else ())
        if replica.ready_since is not None and replica.restarts == 0
    ]
    if not started:
        return None
    begun, ready = max(started)
    return max(0.0, ready - begun) + world.limits.steady
