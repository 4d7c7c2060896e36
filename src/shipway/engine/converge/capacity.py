"""Replicas: up within the limit, down only when they carry nothing, drained first and stopped after."""

from collections.abc import Iterator, Sequence

from shipway.engine.converge.endpoints import needed_at_worst
from shipway.engine.world import World, anchor
from shipway.model.action import Action, Drain, Prepare, Scale, Stop
from shipway.model.fleet import Preparation, Replica
from shipway.model.revision import RevisionId


def step(world: World) -> Iterator[Action]:
    """At most one action per revision: up before stop before drain. The largest wanted share comes first."""
    if world.fleet is None or world.has_jobs:
        return
    room = world.total_max - world.total
    for revision in _by_importance(world):
        action = (
            _up(world, revision, room)
            or _stop(world, revision)
            or _drain(world, revision)
            or _take_back(world, revision)
            or _adopt(world, revision)
        )
        if action is not None:
            yield action
        if isinstance(action, Scale):
            room -= max(0, action.replicas - _sound(world, revision))
        if isinstance(action, Drain | Stop) and not world.has_traffic:
            # All revisions share the jobs: what one gives up the next one cannot give up again.
            world = world.asking((action,))


def _by_importance(world: World) -> tuple[RevisionId, ...]:
    shares, counts = world.wanted.route.shares, world.wanted.capacity
    return tuple(sorted(world.revisions, key=lambda name: (-shares.get(name, 0), -counts.get(name, 0), name)))


def kept(world: World, revision: RevisionId) -> tuple[Replica, ...]:
    """Active replicas that the platform keeps alive."""
    return tuple(replica for replica in world.active(revision) if not replica.stale)


def _sound(world: World, revision: RevisionId) -> int:
    """How many replicas the platform has that it keeps alive; asking for so many starts none."""
    return sum(not replica.stale for replica in world.replicas(revision))


def _up(world: World, revision: RevisionId, room: int) -> Action | None:
    """The anchor may exceed the limit by one, and by one more to get out of being stuck."""
    wanted = world.wanted.capacity.get(revision, 0)
    missing = wanted - len(kept(world, revision))
    if missing <= 0 or not world.fits(revision):
        return None
    if not _is_prepared(world, revision):
        return _prepare(world, revision)
    reclaimable = _sound(world, revision) - len(kept(world, revision))
    is_anchor = revision == anchor(world.wanted)
    extra = 1 if is_anchor else 0
    least = 1 if is_anchor and is_stuck(world, revision) else 0
    possible = min(missing, reclaimable + max(least, room + extra))
    return Scale(revision, wanted - missing + possible) if possible > 0 else None


def is_stuck(world: World, revision: RevisionId) -> bool:
    """Whether all its replicas are stale and some drain: those neither carry nor come back, and hold room."""
    found = world.replicas(revision)
    return any(replica.draining_since is not None for replica in found) and not _sound(world, revision)


def _take_back(world: World, revision: RevisionId) -> Action | None:
    """Fence what was asked for under an earlier wish and may still arrive: nobody wants so many any more.

    Asking for those that are there starts none, but is newer.
    """
    wanted = world.wanted.capacity.get(revision, 0)
    asked = (intent.action for intent in world.pending if intent.key == f"capacity:{revision}")
    is_too_much = any(isinstance(action, Scale) and action.replicas > wanted for action in asked)
    return Scale(revision, min(wanted, len(kept(world, revision)))) if is_too_much else None


def _adopt(world: World, revision: RevisionId) -> Action | None:
    """Ask for as many as other hands made: nothing starts or ends, and the number is Shipway's from then on.

    That of an autoscaler too, once the service follows it: otherwise what a person asks for next would be
    overruled by what it said before.
    """
    assert world.fleet is not None
    wanted = world.wanted.capacity.get(revision, 0)
    is_alone = wanted == sum(world.wanted.capacity.values())
    by_hand = [one.revision for one in world.fleet.scaled if not one.is_automatic]
    followed = is_alone and wanted == world.limits.replicas
    is_automatic = followed and any(one.is_automatic and one.revision == revision for one in world.fleet.scaled)
    scaled = is_automatic or revision in by_hand or (None in by_hand and is_alone)
    return Scale(revision, min(wanted, len(kept(world, revision)))) if scaled and wanted else None


def _is_prepared(world: World, revision: RevisionId) -> bool:
    assert world.fleet is not None
    return world.fleet.prepared.get(revision) == Preparation.DONE


def _prepare(world: World, revision: RevisionId) -> Action | None:
    assert world.fleet is not None
    state = world.fleet.prepared.get(revision, Preparation.PENDING)
    return Prepare(revision) if state == Preparation.PENDING else None


def _drain(world: World, revision: RevisionId) -> Action | None:
    """Mark what is too much: the unready, then the stale, then the youngest; never what still carries."""
    excess = _excess(world, revision)
    if not excess:
        return None
    victims = tuple(replica for replica in excess if _is_idle(world, replica))
    if _has_traffic_left(world):
        victims = (*victims, *_dispensable(world, revision, [r for r in excess if r not in victims]))
    marked = {replica.id for replica in world.replicas(revision) if replica.draining_since is not None}
    names = tuple(sorted(marked | {replica.id for replica in victims}))
    return Drain(revision, names) if victims else None


def _undrained(world: World, revision: RevisionId) -> tuple[Replica, ...]:
    """Replicas that nobody was seen to drain. A drain under way may be lost, so it is judged and asked again."""
    return tuple(replica for replica in world.replicas(revision) if replica.draining_since is None)


def _excess(world: World, revision: RevisionId) -> tuple[Replica, ...]:
    """What is too much, the stale first: a sound replica is never given up to keep a stale one."""
    undrained = _undrained(world, revision)
    spare = len(undrained) - world.wanted.capacity.get(revision, 0)
    return tuple(sorted(undrained, key=_dispensability)[:spare]) if spare > 0 else ()


def _is_idle(world: World, replica: Replica) -> bool:
    """Whether it answers nobody, and no proxy sends to it or nobody will ever start it again."""
    if not world.has_traffic:
        return not replica.ready and (replica.stale or spare_workers(world) >= 0 or _is_room_needed(world))
    return not replica.ready and (replica.stale or not world.may_receive(replica))


def _has_traffic_left(world: World) -> bool:
    """Whether traffic went where it should and stayed there, or room is needed before it can."""
    if not world.has_traffic:
        return True
    if world.routing is None or world.possible_routes:
        return False
    return world.since_asked("route") >= world.limits.settle or _is_room_needed(world)


def _dispensable(world: World, revision: RevisionId, working: Sequence[Replica]) -> tuple[Replica, ...]:
    """Those of the working replicas without which the steady ones still carry the worst share."""
    steady = {replica.id for replica in world.steady(revision)}
    spare = len(steady) - needed_at_worst(world, revision) if world.has_traffic else spare_workers(world)
    chosen: list[Replica] = []
    for replica in working:
        cost = 1 if replica.id in steady else 0
        if spare >= cost:
            chosen.append(replica)
            spare -= cost
    return tuple(chosen)


def spare_workers(world: World) -> int:
    """How many of the replicas that fetch jobs may go, of whatever revision: full capacity must go on working, or
    all that the stage wants where that is less."""
    promised = min(world.full, sum(world.wanted.capacity.values()))
    return world.working - promised


def _dispensability(replica: Replica) -> tuple[bool, bool, float, str]:
    """Stale first, then unready, then the youngest: the proven ones stay longest."""
    return (not replica.stale, replica.ready, -replica.started_at, replica.id)


def _is_room_needed(world: World) -> bool:
    missing = any(len(kept(world, revision)) < count for revision, count in world.wanted.capacity.items())
    return missing and world.total >= world.total_max


def _stop(world: World, revision: RevisionId) -> Action | None:
    """End what is drained: no proxy sends to it, and its requests are over or its grace is."""
    found = [replica for replica in world.replicas(revision) if not _is_missed(world, revision, replica)]
    drained = [replica for replica in found if _is_drained(world, replica)]
    leaving = drained if world.has_traffic else _leaving(world, revision, drained)
    if leaving:
        return Stop(revision, _names(leaving))
    return None if world.has_traffic else _fence(world, revision, drained)


def _is_missed(world: World, revision: RevisionId, replica: Replica) -> bool:
    """Whether it works, and too few others do, because the machine of one that was to stay is lost: it is taken
    back once that one is given up, and ends once that one is there again."""
    are_lost = any(other.lost_since is not None for other in world.active(revision))
    return replica.ready and are_lost and len(world.ready(revision)) < needed_at_worst(world, revision)


def _leaving(world: World, revision: RevisionId, marked: Sequence[Replica]) -> Sequence[Replica]:
    """Of those that are marked to drain and fetch jobs all the same: who is not needed.

    Told to stop, each finishes the job in hand, within the platform's grace. One whose stop is under way may be
    gone already; where it works and is missed it is not told again.
    """
    gone = [replica for replica in marked if not replica.ready]
    told = [replica for replica in marked if _may_be_stopped(world, revision, replica)]
    working = [replica for replica in marked if replica not in gone and replica not in told]
    spare = spare_workers(world) + world.lingering
    return (*gone, *told[max(0, -spare) :], *working[: max(0, spare)])


def _may_be_stopped(world: World, revision: RevisionId, replica: Replica) -> bool:
    """Whether it works although a stop of it is under way: one that was lost, or asked for before it was ready."""
    return replica.ready and replica.id in world.stopping(revision)


def _fence(world: World, revision: RevisionId, marked: Sequence[Replica]) -> Action | None:
    """The same marks once more, newer than a stop that may still come for one that is missed."""
    is_threatened = any(_may_be_stopped(world, revision, replica) for replica in marked)
    return Drain(revision, _names(marked)) if is_threatened else None


def _names(replicas: Sequence[Replica]) -> tuple[str, ...]:
    return tuple(sorted(replica.id for replica in replicas))


def _is_drained(world: World, replica: Replica) -> bool:
    if replica.draining_since is None:
        return False
    if not world.has_traffic:
        return True
    if world.routing is None or world.may_receive(replica):
        return False
    waited = world.now - replica.draining_since
    if waited < world.limits.drain_quiet:
        return False
    return world.routing.in_flight.get(replica.address, 0) == 0 or waited >= world.limits.drain_grace
