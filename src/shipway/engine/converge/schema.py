"""Schema: forward one phase at a time, never past what a running revision supports, never while going back."""

from collections.abc import Iterator

from shipway.engine.world import World
from shipway.model.action import Action, Advance, Scale
from shipway.model.phase import Phase
from shipway.model.revision import RevisionId
from shipway.model.share import NONE


def forward(world: World) -> Iterator[Action]:
    """Advance each change towards the stage's phase; a phase behind is left alone, for there is no way down."""
    if world.is_going_back or world.observed.schema is None or not world.is_seen:
        return
    for change, wanted in world.wanted.schema.items():
        current = world.observed.schema.phases.get(change, Phase.ABSENT)
        if current < wanted:
            following = Phase(current + 1)
            if all(_keeps(world, revision, change, current) for revision in concerned(world)):
                yield Advance(change, following)


def concerned(world: World) -> frozenset[RevisionId]:
    """Revisions that run, or may on a machine that is lost, serve, may serve, or are being started."""
    starting = {intent.action.revision for intent in world.pending if isinstance(intent.action, Scale)}
    return frozenset(
        revision
        for revision in world.revisions
        if world.replicas(revision)
        or world.given_up(revision)
        or world.highest(revision) > NONE
        or revision in starting
    )


def _keeps(world: World, revision: RevisionId, change: str, current: Phase) -> bool:
    """A step is blocked only by a revision that fits now and would not fit after it."""
    supported = world.supports.get(revision, {}).get(change)
    if supported is None or not supported.lowest <= current <= supported.highest:
        return True
    return current + 1 <= supported.highest
