"""Experiment: both versions serve for a while, each its own users, and a person decides on what was seen.

Its question is not a canary's. A canary asks whether a version does harm, with as few users as tell; an experiment
asks which version is better, with as many users on each as can be had and nobody changing sides.
"""

from msgspec.structs import replace

from shipway.errors import ShipwayError
from shipway.model.plan import Stage, Stay
from shipway.model.release import Canary, Experiment, Release
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, canary

BAKE_SECONDS = 30.0
"""With all traffic, before the decision counts as carried out; the rollback window follows."""


def stages(release: Release, facts: Facts) -> Written:
    """A canary of one share, kept for the experiment's time and left as it says. Jobs raise `ShipwayError`."""
    if release.kind != ServiceKind.HTTP:
        raise ShipwayError(
            "An experiment needs users to tell apart.",
            where=f"service {release.service}, kind: {release.kind}",
            why="Jobs go to whichever replica is free; nobody stays on one version.",
            fix="Ship it by canary, or try the idea behind a feature flag.",
        )
    wish = release.experiment
    shares = Canary(shares=(wish.split, TOTAL), bake=wish.seconds, sticky=wish.sticky)
    guard = replace(release.guard, no_data="extend") if release.guard.no_data == "grow" else release.guard
    written = canary.stages(replace(release, canary=shares, guard=guard), facts)
    rows = list(written.rows)
    rows[written.promoted - 1] = _compared(rows[written.promoted - 1], wish)
    rows[written.promoted] = replace(rows[written.promoted], stay=_briefly(release))
    return Written(rows=tuple(rows), promoted=written.promoted)


def _compared(row: Stage, wish: Experiment) -> Stage:
    """The whole time, whatever is proven meanwhile; harm goes back at any moment, as ever."""
    stay = replace(
        row.stay, minimum=wish.seconds, bake=wish.seconds, needs_evidence=wish.then == "promote", then=wish.then
    )
    return replace(row, name="experiment", stay=stay)


def _briefly(release: Release) -> Stay:
    return Stay(minimum=BAKE_SECONDS, bake=BAKE_SECONDS, deadline=release.deadline)
