"""Scheduled jobs: the next one is of the new revision. Whatever the strategy, nothing runs twice beside itself."""

from msgspec.structs import replace

from shipway.errors import ShipwayError
from shipway.model.plan import Stage, Stay
from shipway.model.policy import Rollback
from shipway.model.release import Release
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, rows


def stages(release: Release, facts: Facts) -> Written:
    """`canary` has a number of jobs try the candidate first; otherwise the schedule is its own at once.

    The former revision is kept startable all the time, so going back is a matter of the next instant.
    """
    if release.strategy not in ("canary", "rolling", "back"):
        raise ShipwayError(
            "Two versions of a job are never up side by side.",
            where=f"service {release.service}, strategy: {release.strategy}",
            why="Each instant has one job, and it is of one version.",
            fix="Choose canary, where some jobs try the new version first, or rolling.",
        )
    hasty = release.strategy == "back" or facts.base == release.revision
    smoke = () if hasty else _tested(release, facts)
    before = (_row(release, facts, "now", of_base=True, stay=Stay(deadline=release.deadline)), *smoke)
    every = _row(release, facts, *_first(release, facts, hasty=hasty))
    window = Rollback(window=0.0) if hasty or facts.base is None else release.rollback
    after = (
        *(replace(row, back=0) for row in rows.closing(replace(release, rollback=window), every, warm=False)),
    )
    return Written(rows=(*before, every, *(after if facts.base else ())), promoted=len(before))


def _first(release: Release, facts: Facts, *, hasty: bool) -> tuple[str, bool, Stay]:
    """The first row whose jobs are the candidate's."""
    if release.strategy == "canary" and facts.base is not None and not hasty:
        jobs = release.canary.jobs if release.canary else 1
        return "trial", False, Stay(deadline=release.deadline, needs_evidence=True, jobs=jobs)
    return "all", False, Stay(deadline=release.deadline)


def _tested(release: Release, facts: Facts) -> tuple[Stage, ...]:
    if not release.smoke:
        return ()
    row = _row(release, facts, "smoke", True, Stay(deadline=release.deadline))
    return (replace(row, gates=rows.smoke(release), back=0),)


def _row(release: Release, facts: Facts, name: str, of_base: bool, stay: Stay) -> Stage:
    revision = facts.base if of_base else release.revision
    return Stage(
        name=name,
        capacity={revision: 1} if revision is not None else {},
        schema=facts.schema,
        stay=stay,
        back=None if facts.base is None else 0,
    )
