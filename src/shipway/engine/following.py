"""The service follows the autoscalers of its versions, and the nodes of a cluster where each has a replica: what
they add is no drift, and the next version has it too.

An autoscaler that sees load first is too late where all traffic moves at once: the version that takes over has to
have, before that, what the one that serves has grown to. Pure.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from shipway.engine.adopting import size_of
from shipway.engine.state import ServiceState
from shipway.engine.world import World, anchor
from shipway.model.event import Resized
from shipway.model.fleet import Scaled
from shipway.model.plan import Stage
from shipway.model.revision import RevisionId


def resized(state: ServiceState, world: World) -> Iterator[Resized]:
    """Full capacity is what the version that serves was scaled to; beside another version it only grows.

    Alone its autoscaler may take some away, and would do so again each time that they are made anew. Nodes are
    followed both ways, and from the first deployment on.
    """
    if world.fleet is None or state.is_down:
        return
    yield from _of_nodes(state, world.fleet.scaled)
    if state.proven is None or state.limits.per_node:
        return
    serving, full = anchor(world.wanted), state.limits.replicas
    is_alone = state.run is None or sum(map(bool, world.wanted.capacity.values())) == 1
    for scaled in _of(world.fleet.scaled, serving):
        size = size_of(state.run, scaled) if state.run else scaled.now
        if size and size != full and (is_alone or size > full):
            yield Resized(replicas=size, by=scaled.by)


def _of_nodes(state: ServiceState, found: Iterable[Scaled]) -> Iterator[Resized]:
    if state.limits.per_node:
        numbers = (each for each in found if each.is_automatic and each.revision is None and each.now)
        yield from (
            Resized(replicas=each.now, by=each.by) for each in numbers if each.now != state.limits.replicas
        )


def with_more(stage: Stage, found: Iterable[Scaled]) -> Stage:
    """A row, in which a version that is not to shrink may have what its autoscaler added to what it was given."""
    capacity = dict(stage.capacity)
    for scaled in found:
        wanted = capacity.get(scaled.revision, 0) if scaled.revision else 0
        if scaled.is_automatic and scaled.revision and wanted and wanted >= scaled.told:
            capacity[scaled.revision] = max(wanted, scaled.now)
    return stage if capacity == stage.capacity else replace(stage, capacity=capacity)


def _of(scaled: tuple[Scaled, ...], revision: RevisionId | None) -> Iterator[Scaled]:
    """What autoscalers made of it, or of all revisions together."""
    return (each for each in scaled if each.is_automatic and revision and each.revision in (None, revision))
