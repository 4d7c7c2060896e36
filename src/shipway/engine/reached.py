"""Whether a row is what is observed. Nothing is believed until it is observed."""

from msgspec.structs import replace

from shipway.engine import contracting
from shipway.engine.converge.route import is_in_force
from shipway.engine.world import World
from shipway.errors import what_and_why
from shipway.model.fleet import Preparation
from shipway.model.job import Job
from shipway.model.phase import Phase
from shipway.model.plan import Plan, Stage
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.share import NONE, Share


def is_reached(plan: Plan, row: int, world: World) -> bool:
    """Traffic, flags, schema and capacity are the row's, confirmed, with no intent that may still change them."""
    return traffic_is_there(world) and _schema_is_there(world) and _capacity_is_there(plan, row, world)


def traffic_is_there(world: World) -> bool:
    """Every proxy runs the wanted route, and every flag is at its share."""
    if world.has_traffic and not is_in_force(world, _wanted(world)):
        return False
    return flags_are_there(world)


def flags_are_there(world: World) -> bool:
    """No flag shows more than the row says, and a ramp's flag no less, unless it goes back."""
    return all(_is_exposed(world, flag, share) for flag, share in world.wanted.flags.items())


def _is_exposed(world: World, flag: str, wanted: Share) -> bool:
    """While the flag service does not answer, only what nobody of ours ever raised is known to be down."""
    exposure = world.observed.exposure
    if exposure is None:
        return f"flag:{flag}" not in world.latest and flag != world.wanted.ramp
    seen = exposure.shares.get(flag, NONE)
    return seen == wanted if flag == world.wanted.ramp and not world.is_going_back else seen <= wanted


def _wanted(world: World) -> Route:
    """The stage's route; one that names no shares is content with those that are."""
    wanted, confirmed = world.wanted.route, world.routing.confirmed if world.routing else None
    if wanted.shares or not world.wanted.capacity or confirmed is None:
        return wanted
    return replace(wanted, shares=confirmed.shares)


def _schema_is_there(world: World) -> bool:
    if world.is_going_back or not world.wanted.schema:
        return True
    phases = world.observed.schema.phases if world.observed.schema else {}
    return all(phases.get(change, Phase.ABSENT) >= phase for change, phase in world.wanted.schema.items())


def _capacity_is_there(plan: Plan, row: int, world: World) -> bool:
    """The candidate's replicas are steady, and nothing runs that the row does not want.

    A stable revision with broken replicas does not keep a stage from being reached: it must never block
    its own fix. It only has to answer, where it should carry anything.
    """
    if world.fleet is None:
        return False
    if world.has_jobs:
        return _schedule_is_there(plan, world)
    return all(_count_is_there(plan, revision, world) for revision in world.revisions)


def _count_is_there(plan: Plan, revision: RevisionId, world: World) -> bool:
    wanted = world.wanted.capacity.get(revision, 0)
    is_left_alone = world.has_traffic and not world.wanted.route.shares and world.highest(revision) > NONE
    if len(world.replicas(revision)) > wanted and not is_left_alone:
        return False
    if revision == plan.candidate and not world.is_going_back:
        return len(world.steady(revision)) >= wanted
    works = world.wanted.route.shares.get(revision) if world.has_traffic else wanted
    return wanted == 0 or bool(world.ready(revision)) or not works


def _schedule_is_there(plan: Plan, world: World) -> bool:
    """The wanted schedule is in force, and no start of another is under way. What runs may end by itself."""
    named = [revision for revision, count in world.wanted.capacity.items() if count]
    is_in_force = world.agenda.revision == (named[0] if named else None)
    is_clear = all(job.started_at or job.revision == world.agenda.revision for job in _asked(world))
    return is_in_force and is_clear and (world.is_going_back or candidate_is_ready(plan, world))


def _asked(world: World) -> tuple[Job, ...]:
    return tuple(job for job in world.agenda.open if job.generation)


def candidate_is_ready(plan: Plan, world: World) -> bool:
    """Whether the candidate answers at all; of jobs, whether they could be started."""
    if world.has_jobs:
        return world.fleet is not None and world.fleet.prepared.get(plan.candidate) == Preparation.DONE
    return bool(world.ready(plan.candidate))


def base_is_dead(plan: Plan, world: World) -> bool:
    """Whether the revision to go back to should run in this row and none of its replicas answers."""
    if plan.base is None or not world.is_seen or world.has_jobs:
        return False
    return world.wanted.capacity.get(plan.base, 0) > 0 and not world.ready(plan.base)


def missing(plan: Plan, stage: Stage, world: World) -> str:
    """What keeps the stage from being reached, as far as the world shows it."""
    for revision, count in stage.capacity.items():
        steady = len(world.steady(revision))
        if steady < count and revision == plan.candidate:
            why, has = _why_not_ready(revision, world), f"{steady} of {count} replicas are ready"
            return f"{has} ({why})" if why else "; ".join((has, *_problems(world)))
    if world.observed.unreachable:
        return "; ".join(world.observed.unreachable.values())
    if behind := contracting.behind(world):
        return behind
    if world.has_jobs:
        return "its preparation has not ended"
    if not world.has_traffic:
        return "replicas that should be gone are still finishing their jobs"
    share = world.lowest(plan.candidate)
    has = f"the candidate has {share} of {stage.route.shares.get(plan.candidate, NONE)} units of traffic"
    return "; ".join((has, *_problems(world)))


def _problems(world: World) -> tuple[str, ...]:
    """What the data plane tells of itself."""
    return world.routing.problems if world.routing else ()


def _why_not_ready(revision: RevisionId, world: World) -> str:
    """As one replica tells it, and what the platform said when it was asked for them, where that is more."""
    details = [r.detail for r in world.replicas(revision) if not r.ready and r.detail]
    details += [world.fleet.details[revision]] if world.fleet and revision in world.fleet.details else []
    told, (what, why) = details[:1], what_and_why(world.failures.get(f"capacity:{revision}", ""))
    is_said = not what or any((why or what) in detail for detail in told)
    return "; ".join(told if is_said else (*told, f"{what}: {why}" if why else what))
