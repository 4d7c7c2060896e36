"""Blue-green: a full second set beside the first, tested on the preview address, then one switch."""

from msgspec.structs import replace

from shipway.model.plan import Stage, Stay
from shipway.model.release import Release
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL, Share
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, rows


def stages(release: Release, facts: Facts) -> Written:
    """Start green, compare both if a split is wanted, switch, keep blue warm for the window."""
    if release.kind == ServiceKind.WORKER:
        return _of_workers(release, facts)
    options = release.blue_green
    green = replace(
        _row(release, facts, "green", NONE, Stay(deadline=release.deadline)), gates=rows.smoke(release)
    )
    split = (
        _row(release, facts, "split", options.split, rows.compared(release, options.split_for))
        if options.split
        else None
    )
    every = _row(
        release, facts, "all", TOTAL, Stay(minimum=options.bake, bake=options.bake, deadline=release.deadline)
    )
    copies = rows.mirrored(release, facts, replicas=release.replicas)
    before = (rows.now(release, facts), green, *copies, *((split,) if split else ()))
    return Written(rows=(*before, every, *rows.closing(release, every, warm=True)), promoted=len(before))


def _of_workers(release: Release, facts: Facts) -> Written:
    """Nothing keeps a worker from jobs, so both sets work until blue is stopped, and none of it stays warm."""
    options = release.blue_green
    stay = rows.compared(release, options.split_for) if options.split else Stay(deadline=release.deadline)
    green = replace(_row(release, facts, "green", NONE, stay), gates=rows.smoke(release))
    all_of_it = Stay(minimum=options.bake, bake=options.bake, deadline=release.deadline)
    every = replace(_row(release, facts, "all", TOTAL, all_of_it), capacity={release.revision: release.replicas})
    before = (rows.now(release, facts), green)
    return Written(rows=(*before, every, *rows.closing(release, every, warm=False)), promoted=len(before))


def _row(release: Release, facts: Facts, name: str, share: Share, stay: Stay) -> Stage:
    assert facts.base is not None
    return Stage(
        name=name,
        capacity={facts.base: facts.replicas, release.revision: release.replicas},
        route=rows.route(facts, release.revision, share),
        schema=facts.schema,
        stay=stay,
    )
