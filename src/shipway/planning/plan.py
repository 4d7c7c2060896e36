"""From a release to its plan: the strategy writes the rows, this adds what all plans share."""

from msgspec.structs import replace

from shipway.errors import ShipwayError
from shipway.model.plan import Plan, Stage
from shipway.model.policy import Guard, Limits
from shipway.model.release import Release
from shipway.model.route import Route
from shipway.model.service_kind import ServiceKind
from shipway.planning import changes, strategies
from shipway.planning.approval import approved
from shipway.planning.facts import Facts
from shipway.planning.ramps import ramped
from shipway.planning.strategies import first, nodes, scheduled

FLAG_RAMP = "flag-ramp"


def plan(release: Release, facts: Facts) -> Plan:
    """The table of stages, row 0 first. Raises `ShipwayError` where the strategy cannot be safe."""
    if release.replicas < 1:
        raise ShipwayError(
            "A service needs at least one replica.",
            where=f"service {release.service}, replicas: {release.replicas}",
            why="With none, nobody would be served; that is what `shipway down` is for.",
            fix="Set replicas to 1 or more.",
        )
    _refuse_another_kind(release, facts)
    if release.autoscaled and facts.base is not None:
        release = replace(release, replicas=max(release.replicas, facts.replicas))
    release = nodes.sized(release, facts)
    facts = replace(facts, supports=changes.supported(release, facts))
    changes.refuse_the_old_shape(release, facts)
    moving, facts = changes.moving(release, facts)
    written = approved(changes.prepared(_written(moving, facts), moving, facts), release, facts)
    stages = changes.switched(_rows(release, written), moving, facts, by_flag=False)
    stages = changes.switched(ramped(stages, release, facts), moving, facts, by_flag=True)
    stages = changes.contracted(stages, moving)
    return Plan(
        service=release.service,
        strategy=release.strategy,
        base=facts.base,
        candidate=release.revision,
        stages=stages,
        promoted=written.promoted,
        limits=_limits(release, facts, written),
        guard=_guard(release, stages),
        rollback=release.rollback,
        supports=facts.supports,
        carries=facts.carries,
        schedules=facts.schedules,
        hooks=release.hooks,
        price_per_replica_hour=release.price_per_replica_hour,
        drift=release.drift,
        group=release.group,
    )


def _written(release: Release, facts: Facts) -> strategies.Written:
    """The proven revision is its own way back: deploying it again only ends what is under way."""
    if release.kind == ServiceKind.CRON:
        return scheduled.stages(release, facts)
    if release.strategy == FLAG_RAMP and facts.base != release.revision:
        raise ShipwayError(
            f"{release.revision} is not what all users are on.",
            where=f"service {release.service}, strategy: {FLAG_RAMP}",
            why="A ramp of its own shows what the live code can do; it brings no code.",
            fix="Deploy the version; the ramps of its release file follow by themselves.",
        )
    if facts.base is None:
        return first.stages(release, facts)
    is_live = facts.base == release.revision
    if is_live and changes.contracts(release):
        return strategies.named(FLAG_RAMP)(release, facts)
    name = "back" if is_live and release.strategy != FLAG_RAMP else release.strategy
    return strategies.named(name)(release, facts)


def _guard(release: Release, stages: tuple[Stage, ...]) -> Guard:
    """Each comparison has its part of the promise: that of the code, and that of each flag which is ramped."""
    comparisons = 1 + len({stage.ramp for stage in stages if stage.ramp})
    return replace(release.guard, false_rollback=release.guard.false_rollback / comparisons)


def _rows(release: Release, written: strategies.Written) -> tuple[Stage, ...]:
    """Where replicas fetch jobs, the traffic of every row is empty."""
    if release.kind == ServiceKind.HTTP:
        return written.rows
    return tuple(replace(row, route=Route()) for row in written.rows)


def _refuse_another_kind(release: Release, facts: Facts) -> None:
    """Row 0 and the candidate's rows are in one state space; another kind has another one."""
    if facts.base is None or facts.kind == release.kind:
        return
    raise ShipwayError(
        f"{release.service} is {facts.kind}, and the release file says {release.kind}.",
        where=f"service {release.service}, kind: {release.kind}",
        why="No stage could lead from the one to the other, or back.",
        fix="Give it another service name, or run `shipway down` first.",
    )


def _limits(release: Release, facts: Facts, written: strategies.Written) -> Limits:
    """A share is judged against the smaller of both full sizes, so neither's is out of the other's reach."""
    replicas = min(release.replicas, facts.replicas) if facts.base else release.replicas
    return Limits(
        replicas=replicas,
        kind=release.kind,
        surge=written.surge,
        unavailable=min(written.unavailable, replicas - 1),
        total=_largest(written.rows) + written.surge,
        per_node=nodes.is_per_node(release),
        steady=release.steady,
        drain_grace=release.drain_grace,
    )


def _largest(rows: tuple[Stage, ...]) -> int:
    return max(sum(row.capacity.values()) for row in rows)
