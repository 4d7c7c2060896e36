"""The first deployment ever: nothing to compare with, nothing to go back to once users are there."""

from shipway.model.plan import Stage, Stay
from shipway.model.release import Release
from shipway.model.route import Route, Sticky
from shipway.model.share import TOTAL
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written
from shipway.planning.strategies.rows import smoke


def stages(release: Release, facts: Facts) -> Written:
    """Start everything, test it, then open. Before it opens it may be taken away; afterwards a person decides."""
    capacity = {release.revision: release.replicas}
    sticky = _sticky(release)
    start = Stage(
        name="start",
        capacity=capacity,
        route=Route(preview=release.revision),
        schema=facts.schema,
        stay=Stay(deadline=release.deadline),
        gates=smoke(release),
        back=0,
    )
    every = Stage(
        name="all",
        capacity=capacity,
        route=Route(shares={release.revision: TOTAL}, sticky=sticky),
        schema=facts.schema,
        stay=Stay(deadline=release.deadline),
        back=None,
    )
    stay = Stay(deadline=release.deadline)
    empty = Stage(name="now", schema=facts.schema, stay=stay, back=None)
    return Written(rows=(empty, start, every), promoted=2)


def _sticky(release: Release) -> Sticky | None:
    """What keeps users apart later keeps them from the first day on."""
    if release.strategy == "experiment":
        return release.experiment.sticky
    return release.canary.sticky if release.canary else None
