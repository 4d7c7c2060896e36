"""From a release to its plan: the strategy writes the rows, this adds what all plans share."""

from shipway.errors import ShipwayError
from shipway.model.plan import Plan, Stage
from shipway.model.policy import Limits
from shipway.model.release import Release
from shipway.planning import strategies
from shipway.planning.facts import Facts
from shipway.planning.strategies import first


def plan(release: Release, facts: Facts) -> Plan:
    """The table of stages, row 0 first. Raises `ShipwayError` where the strategy cannot be safe."""
    if release.replicas < 1:
        raise ShipwayError(
            "A service needs at least one replica.",
            where=f"service {release.service}, replicas: {release.replicas}",
            why="With none, nobody would be served; that is what `shipway down` is for.",
            fix="Set replicas to 1 or more.",
        )
    written = _written(release, facts)
    return Plan(
        service=release.service,
        strategy=release.strategy,
        base=facts.base,
        candidate=release.revision,
        stages=written.rows,
        promoted=written.promoted,
        limits=_limits(release, facts, written),
        guard=release.guard,
        rollback=release.rollback,
        supports=facts.supports,
        carries=facts.carries,
        hooks=release.hooks,
        drift=release.drift,
        group=release.group,
    )


def _written(release: Release, facts: Facts) -> strategies.Written:
    """The proven revision is its own way back: deploying it again only ends what is under way."""
    if facts.base is None:
        return first.stages(release, facts)
    name = "back" if facts.base == release.revision else release.strategy
    return strategies.named(name)(release, facts)


def _limits(release: Release, facts: Facts, written: strategies.Written) -> Limits:
    """A share is judged against the smaller of both full sizes, so neither's is out of the other's reach."""
    replicas = min(release.replicas, facts.replicas) if facts.base else release.replicas
    return Limits(
        replicas=replicas,
        surge=written.surge,
        unavailable=min(written.unavailable, replicas - 1),
        total=_largest(written.rows) + written.surge,
        steady=release.steady,
        drain_grace=release.drain_grace,
    )


def _largest(rows: tuple[Stage, ...]) -> int:
    return max(sum(row.capacity.values()) for row in rows)
