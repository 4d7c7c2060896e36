"""Exposure: lowering waits for nothing, raising waits for the code."""

from collections.abc import Iterator

from shipway.engine.world import World
from shipway.model.action import Action, Expose
from shipway.model.share import NONE, Share


def down(world: World) -> Iterator[Action]:
    """Lower every flag that is, or may come to be, above what the stage wants."""
    for flag, wanted in world.wanted.flags.items():
        if _highest(world, flag) > wanted:
            yield Expose(flag, _lowered(world, flag, wanted))


def up(world: World) -> Iterator[Action]:
    """Raise the flag of a ramp, forward only, where every revision that serves or will serve carries the code."""
    flag = world.wanted.ramp
    if not flag or world.is_going_back or world.observed.exposure is None:
        return
    wanted, seen = world.wanted.flags[flag], world.observed.exposure.shares.get(flag, NONE)
    if seen < wanted and _highest(world, flag) <= wanted and _is_carried(world, flag):
        yield Expose(flag, wanted)


def _lowered(world: World, flag: str, wanted: Share) -> Share:
    """What only an intent under way has above the wish is left where it is seen: lowering never raises."""
    exposure = world.observed.exposure
    return Share(min(wanted, exposure.shares.get(flag, NONE))) if exposure else wanted


def _highest(world: World, flag: str) -> Share:
    seen = world.observed.exposure.shares.get(flag, NONE) if world.observed.exposure else NONE
    asked = (
        intent.action.share
        for intent in world.pending
        if isinstance(intent.action, Expose) and intent.action.flag == flag
    )
    return Share(max([seen, *asked]))


def _is_carried(world: World, flag: str) -> bool:
    serving = (
        revision
        for revision in world.revisions
        if world.highest(revision) > NONE or world.wanted.route.shares.get(revision, NONE) > NONE
    )
    return all(flag in world.carries.get(revision, ()) for revision in serving)
