"""Small worlds for tests of the kernel: what is seen, what is under way, what is wanted, in a line each."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shipway.engine.case import Case
from shipway.engine.state import Pending, Run
from shipway.engine.world import World
from shipway.model.action import Action, SetRoute, key_of
from shipway.model.fleet import Fleet, Preparation, Replica
from shipway.model.observed import Exposure, Observed, SchemaState
from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage
from shipway.model.policy import Limits
from shipway.model.release import BlueGreen, Canary, Release, Rolling
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.share import NONE, TOTAL, Share
from shipway.model.verdict import Kind, Severity, Verdict
from shipway.planning.facts import Facts
from shipway.planning.plan import plan

NOW = 1000.0
V1, V2, V3 = (RevisionId(name) for name in ("v1", "v2", "v3"))
HEALTHY = Verdict(kind=Kind.HEALTHY, sentence="no worse")
BLIND = Verdict(kind=Kind.BLIND, sentence="the source is gone")
UNKNOWN = Verdict(kind=Kind.NOT_ENOUGH, sentence="too few requests")

Shares = Mapping[RevisionId, int]


def harm(severity: Severity) -> Verdict:
    return Verdict(kind=Kind.HARMFUL, severity=severity, sentence=f"{severity.value} harm")


def shares(given: Shares) -> Mapping[RevisionId, Share]:
    """In percent."""
    return {name: Share(round(part * 1000)) for name, part in given.items() if part}


def replica(revision: RevisionId, number: int, **changes: object) -> Replica:
    """Ready for long, unless changed."""
    usual = Replica(
        id=f"{revision}-{number}",
        revision=revision,
        address=f"{revision}:{number}",
        alive=True,
        ready=True,
        ready_since=NOW - 500.0,
        started_at=NOW - 510.0 + number,
    )
    return replace(usual, **changes)


def replicas(revision: RevisionId, count: int, **changes: object) -> tuple[Replica, ...]:
    return tuple(replica(revision, number, **changes) for number in range(1, count + 1))


def endpoints(fleet: Sequence[Replica]) -> tuple[Endpoint, ...]:
    """What every proxy knows once everything was published."""
    return tuple(
        sorted(
            Endpoint(revision=one.revision, address=one.address, draining=one.draining_since is not None)
            for one in fleet
        )
    )


def seen(
    fleet: Sequence[Replica],
    route: Shares,
    *,
    highest: Shares | None = None,
    lowest: Shares | None = None,
    phases: Mapping[str, Phase] | None = None,
    exposed: Mapping[str, int] | None = None,
    known: Sequence[Endpoint] | None = None,
    now: float = NOW,
) -> Observed:
    """One look: the proxies agree on `route` unless `highest` and `lowest` say otherwise."""
    agreed = highest is None and lowest is None
    routing = Routing(
        at=now,
        lowest=shares(route if lowest is None else lowest),
        highest=shares(route if highest is None else highest),
        confirmed=Route(shares=shares(route)) if agreed else None,
        endpoints=tuple(endpoints(fleet) if known is None else known),
    )
    prepared = dict.fromkeys((V1, V2, V3), Preparation.DONE)
    return Observed(
        at=now,
        fleet=Fleet(at=now, replicas=tuple(fleet), prepared=prepared),
        routing=routing,
        exposure=Exposure(at=now, shares=shares_of_flags(exposed or {})),
        schema=SchemaState(at=now, phases=dict(phases or {})),
    )


def shares_of_flags(given: Mapping[str, int]) -> Mapping[str, Share]:
    return {flag: Share(part * 1000) for flag, part in given.items()}


def stage(capacity: Mapping[RevisionId, int], route: Shares, **changes: object) -> Stage:
    return replace(Stage(name="wanted", capacity=capacity, route=Route(shares=shares(route))), **changes)


def under_way(*actions: Action, seconds_ago: float = 0.5) -> tuple[Pending, ...]:
    """Intents that nobody saw applied."""
    return tuple(
        Pending(key=key_of(action), action=action, generation=number, at=NOW - seconds_ago)
        for number, action in enumerate(actions, start=1)
    )


def asked_route(given: Shares) -> SetRoute:
    return SetRoute(Route(shares=shares(given)))


def world(
    observed: Observed,
    wanted: Stage,
    *,
    pending: tuple[Pending, ...] = (),
    limits: Limits | None = None,
    back: bool = False,
) -> World:
    """A world of four replicas at full capacity, unless limits say otherwise."""
    return World(
        observed,
        wanted,
        limits=limits or Limits(replicas=4, total=9),
        pending=pending,
        latest={intent.key: intent for intent in pending},
        is_going_back=back,
    )


def release(strategy: str, **changes: object) -> Release:
    """v2 after v1, four replicas."""
    usual = Release(
        service="checkout",
        revision=V2,
        strategy=strategy,
        replicas=4,
        rolling=Rolling(),
        blue_green=BlueGreen(),
        canary=Canary(shares=(Share(5_000), Share(50_000), TOTAL), bake=60.0),
    )
    return replace(usual, **changes)


def plan_of(strategy: str, *, first: bool = False, **changes: object) -> Plan:
    facts = Facts() if first else Facts(base=V1, replicas=4)
    return plan(release(strategy, **changes), facts)


def case(
    plan: Plan, row: int, observed: Observed, *, verdict: Verdict = HEALTHY, now: float = NOW, **changes: object
) -> Case:
    """A run that reached this row ten seconds ago, unless changed."""
    run = Run(
        id=1,
        plan=plan,
        by="test",
        started_at=NOW - 100.0,
        row=row,
        entered_at=NOW - 20.0,
        settled_at=NOW - 10.0,
        stayed_from=NOW - 10.0,
    )
    run = replace(run, **changes)
    there = world(observed, run.stage, limits=plan.limits, back=run.back is not None)
    return Case(run=run, world=there, verdict=verdict, now=now)


def nothing() -> Shares:
    return {V1: NONE}
