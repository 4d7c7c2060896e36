"""Rolling: replace replicas by batches; each batch carries its part of the traffic."""

from shipway.errors import ShipwayError
from shipway.model.plan import Stage, Stay
from shipway.model.release import Release
from shipway.model.share import of
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, nodes, places, rows


def stages(release: Release, facts: Facts) -> Written:
    """One row per batch. Capacity never falls below full less `unavailable`, nor rises above full plus `surge`."""
    release = nodes.rolled(release)
    surge, unavailable = _surge(release), release.rolling.unavailable
    _refuse_downtime(release, surge, unavailable)
    places.check(release, facts, surge)
    batches = tuple(_batch(release, facts, replaced) for replaced in _steps(release))
    start = (rows.now(release, facts), *_tested(release, facts), *rows.mirrored(release, facts))
    promoted = len(start) + len(batches) - 1
    return Written(
        rows=(*start, *batches, *rows.closing(release, batches[-1], warm=False)[:1]),
        promoted=promoted,
        surge=surge,
        unavailable=unavailable,
    )


def _surge(release: Release) -> int:
    """A quarter of the replicas, rounded up, unless the user says otherwise: 1 of 4, 3 of 10."""
    if release.rolling.surge is not None:
        return release.rolling.surge
    return -(-release.replicas // 4)


def _refuse_downtime(release: Release, surge: int, unavailable: int) -> None:
    if surge > 0 or 0 < unavailable < release.replicas or nodes.is_per_node(release):
        return
    raise ShipwayError(
        f"Rolling {release.replicas} replica(s) with surge {surge} and unavailable {unavailable} cannot work.",
        where=f"service {release.service}, rolling",
        why="A replica can only be replaced beside a new one (surge) or while the others serve (unavailable).",
        fix="Set `rolling: {surge: 1}`.",
    )


def _steps(release: Release) -> tuple[int, ...]:
    """How many replicas are replaced after each batch: 10 in 4 batches is 3, 6, 9, 10."""
    size = -(-release.replicas // max(1, release.rolling.batches))
    return tuple(min(release.replicas, done + size) for done in range(0, release.replicas, size))


def _tested(release: Release, facts: Facts) -> tuple[Stage, ...]:
    """With a smoke test, one new replica without traffic comes first."""
    if not release.smoke or facts.base is None:
        return ()
    return (
        Stage(
            name="smoke",
            capacity={facts.base: facts.replicas, release.revision: 1},
            route=rows.route(facts, release.revision, of(0, 1)),
            schema=facts.schema,
            stay=Stay(deadline=release.deadline),
            gates=rows.smoke(release),
        ),
    )


def _batch(release: Release, facts: Facts, replaced: int) -> Stage:
    assert facts.base is not None
    kept = -(-facts.replicas * (release.replicas - replaced) // release.replicas)
    capacity = {facts.base: kept, release.revision: replaced}
    last = replaced == release.replicas
    return Stage(
        name="all" if last else f"{replaced} of {release.replicas}",
        capacity={revision: count for revision, count in capacity.items() if count},
        route=rows.route(facts, release.revision, of(replaced, release.replicas)),
        schema=facts.schema,
        stay=Stay(minimum=release.rolling.pause, bake=release.rolling.pause, deadline=release.deadline),
    )
