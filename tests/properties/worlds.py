"""Any world that converge may meet: up to three revisions, proxies that differ, intents under way."""

from hypothesis import strategies as st
from msgspec.structs import replace

from kernel import NOW, V1, V2, V3, endpoints, under_way
from shipway.engine.world import World
from shipway.model.action import Action, Advance, Drain, Expose, Publish, Scale, SetRoute, Stop
from shipway.model.fleet import Fleet, Preparation, Replica
from shipway.model.observed import Exposure, Observed, SchemaState
from shipway.model.phase import Phase
from shipway.model.plan import Stage
from shipway.model.policy import Limits
from shipway.model.revision import RevisionId, SchemaRange
from shipway.model.route import Endpoint, Route
from shipway.model.routing import Routing
from shipway.model.share import TOTAL, Share

REVISIONS = (V1, V2, V3)
FLAG, CHANGE = "new", "orders.currency"


@st.composite
def some_replica(draw: st.DrawFn, revision: RevisionId, number: int) -> Replica:
    ready = draw(st.booleans())
    return Replica(
        id=f"{revision}-{number}",
        revision=revision,
        address=f"{revision}:{number}",
        alive=ready or draw(st.booleans()),
        ready=ready,
        ready_since=NOW - draw(st.sampled_from((0.5, 2.9, 3.0, 60.0))) if ready else None,
        started_at=NOW - 100.0 + number,
        draining_since=draw(st.sampled_from((None, None, None, NOW - 0.5, NOW - 5.0, NOW - 60.0))),
        stale=draw(st.sampled_from((False, False, False, True))),
    )


@st.composite
def some_fleet(draw: st.DrawFn) -> tuple[Replica, ...]:
    return tuple(
        draw(some_replica(revision, number))
        for revision in REVISIONS
        for number in range(1, draw(st.integers(0, 5)) + 1)
    )


@st.composite
def some_shares(draw: st.DrawFn) -> dict[RevisionId, Share]:
    """A division of everything between the revisions."""
    first = draw(st.integers(0, TOTAL))
    second = draw(st.integers(0, TOTAL - first))
    parts = draw(st.permutations((first, second, TOTAL - first - second)))
    return {name: Share(part) for name, part in zip(REVISIONS, parts, strict=True) if part}


@st.composite
def some_endpoints(draw: st.DrawFn, fleet: tuple[Replica, ...]) -> tuple[Endpoint, ...]:
    """What every proxy knows: most replicas as they are, some not yet, some still as they were."""
    known = [endpoint for endpoint in endpoints(fleet) if draw(st.integers(0, 5))]
    return tuple(replace(endpoint, draining=endpoint.draining and draw(st.booleans())) for endpoint in known)


@st.composite
def some_routing(draw: st.DrawFn, fleet: tuple[Replica, ...]) -> Routing:
    """One proxy runs one route, another perhaps another."""
    one = draw(some_shares())
    other = draw(st.one_of(st.just(one), some_shares()))
    names = {*one, *other}
    confirmed = Route(shares=one) if one == other else None
    draining = [replica.address for replica in fleet if replica.draining_since is not None]
    return Routing(
        at=NOW,
        lowest={name: Share(min(one.get(name, 0), other.get(name, 0))) for name in names},
        highest={name: Share(max(one.get(name, 0), other.get(name, 0))) for name in names},
        confirmed=confirmed,
        endpoints=draw(some_endpoints(fleet)),
        in_flight={address: draw(st.integers(0, 2)) for address in draining},
    )


@st.composite
def some_action(draw: st.DrawFn, fleet: tuple[Replica, ...]) -> Action:
    revision = draw(st.sampled_from(REVISIONS))
    names = tuple(replica.id for replica in fleet if replica.revision == revision and draw(st.booleans()))
    match draw(st.integers(0, 6)):
        case 0 | 1:
            return SetRoute(Route(shares=draw(some_shares())))
        case 2:
            return Publish(draw(some_endpoints(fleet)))
        case 3:
            return Scale(revision, draw(st.integers(0, 5)))
        case 4:
            return Drain(revision, names)
        case 5:
            return Expose(FLAG, Share(draw(st.sampled_from((0, 50_000, TOTAL)))))
        case _:
            return draw(st.sampled_from((Stop(revision, names), Advance(CHANGE, draw(st.sampled_from(Phase))))))


@st.composite
def some_stage(draw: st.DrawFn) -> Stage:
    """A row as strategies write it: whoever has a share has capacity for it."""
    shares = draw(some_shares())
    capacity = {name: draw(st.integers(max(1, -(-share * 4 // TOTAL)), 5)) for name, share in shares.items()}
    return Stage(
        name="wanted",
        capacity=capacity,
        route=Route(shares=shares),
        flags={FLAG: Share(draw(st.sampled_from((0, 50_000, TOTAL))))},
        ramp=draw(st.sampled_from((FLAG, FLAG, ""))),
        schema={CHANGE: draw(st.sampled_from(Phase))},
    )


@st.composite
def some_range(draw: st.DrawFn) -> SchemaRange:
    lowest = draw(st.integers(0, 5))
    return SchemaRange(lowest, draw(st.integers(lowest, 5)))


@st.composite
def some_world(draw: st.DrawFn) -> World:
    fleet = draw(some_fleet())
    prepared = {name: draw(st.sampled_from(Preparation)) for name in REVISIONS}
    observed = Observed(
        at=NOW,
        fleet=Fleet(at=NOW, replicas=fleet, prepared=prepared),
        routing=draw(some_routing(fleet)),
        exposure=Exposure(at=NOW, shares={FLAG: Share(draw(st.sampled_from((0, 50_000, TOTAL))))}),
        schema=SchemaState(at=NOW, phases={CHANGE: draw(st.sampled_from(Phase))}),
    )
    asked = draw(st.lists(some_action(fleet), max_size=3))
    pending = under_way(*asked, seconds_ago=draw(st.sampled_from((0.5, 6.0))))
    world = World(
        observed,
        draw(some_stage()),
        limits=Limits(replicas=4, unavailable=draw(st.integers(0, 2)), total=draw(st.integers(5, 12))),
        pending=pending,
        latest={intent.key: intent for intent in pending},
        is_going_back=draw(st.booleans()),
    )
    supports = {name: {CHANGE: draw(some_range())} for name in REVISIONS if draw(st.booleans())}
    carries = {name: (FLAG,) for name in REVISIONS if draw(st.booleans())}
    return world.knowing(supports, carries, {})
