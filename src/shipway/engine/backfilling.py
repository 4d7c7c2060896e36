"""A backfill that waits: the stage waits with it, up to a limit. Then a person is told."""

import time

from shipway.engine.case import Case, Decision, holding, staying
from shipway.engine.world import World
from shipway.model.wait import Wait

WAITS, WAITS_LONG = "backfill-paused", "backfill-paused-long"
"""Rules; the first is also the mark."""
PAUSED_SECONDS_MAX = 3600.0


def paused(world: World) -> tuple[str, Wait] | None:
    """The change whose backfill has waited for the longest, of those that the row still needs."""
    state = world.observed.schema
    if state is None or world.is_going_back:
        return None
    found = [(one.since, name) for name, one in state.paused.items() if name in world.wanted.schema]
    return (min(found)[1], state.paused[min(found)[1]]) if found else None


def rule(case: Case) -> Decision | None:
    """Nobody calls a stage late for rows that wait on purpose."""
    found = paused(case.world)
    if found is None or case.run.settled_at is not None:
        return None
    change, wait = found
    since = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(wait.since))
    said = f"the backfill of {change} is paused since {since}: {wait.why}"
    if case.now - wait.since >= PAUSED_SECONDS_MAX:
        return holding(case, WAITS_LONG, said)
    return staying(WAITS, said)
