"""Rows that strategies have in common."""

from msgspec.structs import replace

from shipway.model.plan import Need, Stage, Stay
from shipway.model.release import Release
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, Sticky
from shipway.model.share import NONE, TOTAL, Share, percent
from shipway.planning.facts import Facts


def compared(release: Release, seconds: float) -> Stay:
    """A stay for which evidence is needed; proof may end it after its minimum, if the guard is told so."""
    least = min(seconds, release.guard.minimum_stay) if release.guard.promote == "when-proven" else 0.0
    return Stay(minimum=least, bake=seconds, deadline=release.deadline, needs_evidence=True)


def now(release: Release, facts: Facts) -> Stage:
    """Row 0: the proven revision at full capacity, with all traffic."""
    assert facts.base is not None, "row 0 of a first deployment is empty"
    return Stage(
        name="now",
        capacity={facts.base: facts.replicas},
        route=Route(shares={facts.base: TOTAL}, sticky=facts.sticky),
        schema=facts.schema,
        stay=Stay(deadline=release.deadline),
        back=0,
    )


def route(facts: Facts, candidate: RevisionId, share: Share, sticky: Sticky | None = None) -> Route:
    """`share` on the candidate, the rest on the base; the preview address shows the candidate."""
    assert facts.base is not None
    kept = Share(TOTAL - share)
    shares = {revision: part for revision, part in ((facts.base, kept), (candidate, share)) if part > NONE}
    return Route(shares=shares, sticky=sticky or facts.sticky, preview=candidate)


def mirrored(release: Release, facts: Facts, *, replicas: int | None = None) -> tuple[Stage, ...]:
    """A row with copies of requests and no user, if the release wants one; `replicas` are those that carry them,
    as many as the share needs if it is not said."""
    mirror = release.mirror
    if mirror is None:
        return ()
    assert facts.base is not None
    needed = replicas or max(1, -(-mirror.share * release.replicas // TOTAL))
    copies = Mirror(revision=release.revision, share=mirror.share, methods=mirror.methods)
    return (
        Stage(
            name=f"mirror {percent(mirror.share)}",
            capacity={facts.base: facts.replicas, release.revision: needed},
            route=replace(route(facts, release.revision, NONE), mirror=copies),
            schema=facts.schema,
            stay=Stay(minimum=mirror.seconds, bake=mirror.seconds, deadline=release.deadline),
        ),
    )


def smoke(release: Release) -> tuple[Need, ...]:
    """The gate before users meet the candidate."""
    return (release.smoke,) if release.smoke else ()


def closing(release: Release, every: Stage, *, warm: bool) -> tuple[Stage, ...]:
    """What follows full traffic: the rollback window with the guard armed, then the candidate alone.

    `every` is the row with all traffic. Where the former revision is kept warm it stays as it is for the
    window; otherwise the window has nothing to release.
    """
    window = every_with(
        every, name="window", stay=Stay(minimum=release.rollback.window, deadline=release.deadline)
    )
    alone = Stage(
        name="done",
        capacity={release.revision: release.replicas},
        route=Route(shares={release.revision: TOTAL}, sticky=every.route.sticky),
        schema=every.schema,
        stay=Stay(deadline=release.deadline),
        back=0,
    )
    kept = (window,) if release.rollback.window > 0 else ()
    return (*kept, alone) if warm or kept else (alone,)


def every_with(stage: Stage, *, name: str, stay: Stay) -> Stage:
    """The same state under another name and stay, with no gate."""
    return Stage(
        name=name,
        capacity=stage.capacity,
        route=stage.route,
        schema=stage.schema,
        stay=stay,
        back=stage.back,
    )
