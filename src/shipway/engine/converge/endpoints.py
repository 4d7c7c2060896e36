"""What the data plane is told of replicas, where it is we who tell it."""

from collections.abc import Iterator

from shipway.engine.world import World
from shipway.model.action import Action, Publish
from shipway.model.fleet import Replica
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint
from shipway.model.share import Share


def step(world: World) -> Iterator[Action]:
    """Publish the replicas as they are, if every proxy does not know them so."""
    if world.fleet is None or world.routing is None or world.routing.endpoints is None:
        return
    wanted = tuple(sorted(_endpoints(world)))
    if wanted != tuple(sorted(world.routing.endpoints)) or world.is_publishing:
        yield Publish(wanted)


def _endpoints(world: World) -> Iterator[Endpoint]:
    """A replica comes in once it is ready, and goes when it is gone: in between the proxies' own checks decide.
    Where they have none, our probes do, and one that is not ready is told as draining."""
    assert world.routing is not None and world.routing.endpoints is not None
    known = {endpoint.address for endpoint in world.routing.endpoints}
    for revision in world.revisions:
        draining = {replica.id for replica in may_drain(world, revision)}
        for replica in world.replicas(revision):
            if replica.ready or replica.address in known:
                is_out = replica.id in draining or not (replica.ready or world.routing.has_checks)
                yield Endpoint(revision=revision, address=replica.address, draining=is_out)


def may_drain(world: World, revision: RevisionId) -> tuple[Replica, ...]:
    """Replicas marked as draining that may really be taken out of service now.

    The mark may have landed late, after traffic came back: then those that remain must still carry the
    largest share that the revision has or may receive, or a marked replica goes on working. One that was
    out of service when its stop was asked for stays out: the stop may still arrive.
    """
    marked = [replica for replica in world.replicas(revision) if replica.draining_since is not None]
    if not marked:
        return ()
    stopping = world.stopping(revision)
    out = [r for r in marked if not world.may_receive(r) or not r.ready or r.id in stopping]
    working = [replica for replica in marked if replica not in out]
    spare = len(world.ready(revision)) - needed_at_worst(world, revision)
    leaving = max(0, len(working) + min(0, spare))
    return (*out, *working[:leaving])


def needed_at_worst(world: World, revision: RevisionId) -> int:
    """Replicas for the largest share that the revision has, may receive, or is wanted to have."""
    wanted = world.wanted.route.shares.get(revision, 0)
    needed = world.needed(Share(max(world.highest(revision), wanted)))
    return max(needed, 1) if world.names_users(revision) else needed
