"""Which changes by other hands a release takes over: a number of replicas, as `shipway scale` would set it. Pure.

A share, an image or a pause says nothing of what it goes back to; more replicas carry every row of the plan.
"""

from collections.abc import Sequence

from shipway.engine.state import Run
from shipway.engine.world import World
from shipway.model.event import DriftAdopted
from shipway.model.fleet import Scaled

ADOPT = "adopt"
TIMES_MAX = 2
"""So many times the planned number may be adopted; beyond it a person decides."""


def adopted(run: Run, world: World, new: Sequence[str]) -> DriftAdopted | None:
    """The first of what was just seen that can be taken over."""
    if run.plan.drift != ADOPT or run.back is not None:
        return None
    for scaled in _scaled(world):
        if scaled.what in new and not _reason(run, world, scaled):
            replicas = size_of(run, scaled)
            assert replicas is not None
            return DriftAdopted(what=scaled.what, by=scaled.by, replicas=replicas)
    return None


def refusal(run: Run, world: World, what: str) -> str:
    """Why it is not adopted although the release file wants that; empty where it does not, or is not known now."""
    if run.plan.drift != ADOPT or run.back is not None or world.fleet is None:
        return ""
    scaled = next((each for each in _scaled(world) if each.what == what), None)
    why = _reason(run, world, scaled) if scaled else "only the number of a version's replicas can be"
    return f"not adopted: {why}" if why else ""


def _scaled(world: World) -> tuple[Scaled, ...]:
    found = world.fleet.scaled if world.fleet else ()
    return tuple(each for each in found if not each.is_automatic)


def _reason(run: Run, world: World, scaled: Scaled) -> str:
    """Why not; empty where nothing speaks against it."""
    if scaled.revision and any(one.draining_since is not None for one in world.replicas(scaled.revision)):
        return "Shipway is changing how many there are itself just now"
    if scaled.revision is None and sum(map(bool, run.stage.capacity.values())) > 1:
        return "two versions share this number, and the newer one would get all that is more"
    size, planned = size_of(run, scaled), run.planned or run.plan.limits.replicas
    if size is None:
        return f"at no size of the service has this stage {scaled.now} of them"
    if size < planned:
        return f"the traffic was planned for {planned} replicas, and this makes {size}"
    if size > TIMES_MAX * planned:
        return f"this makes {size} replicas, more than {TIMES_MAX} times the {planned} that were planned"
    return ""


def size_of(run: Run, scaled: Scaled) -> int | None:
    """The full capacity nearest to the present one at which the stage has so many."""
    full = run.plan.limits.replicas
    if scaled.revision is None:
        return max(0, scaled.now)
    here = run.stage.capacity.get(scaled.revision, 0)
    if not here or scaled.now < 1:
        return None
    least, most = (scaled.now - 1) * full // here + 1, scaled.now * full // here
    return min(max(full, least), most) if least <= most else None
