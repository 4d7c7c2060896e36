"""Canary: a small share first, more as the evidence allows, the former revision warm all the way."""

from collections.abc import Iterator
from itertools import pairwise

from msgspec.structs import replace

from shipway.model.plan import Stage, Stay
from shipway.model.release import Canary, Release
from shipway.model.route import UserRule
from shipway.model.service_kind import ServiceKind
from shipway.model.share import NONE, TOTAL, Share, percent
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, rows

GROWTH = 2
"""How many times as many users an undecided stage is repeated with, at most."""


def stages(release: Release, facts: Facts) -> Written:
    """A row for each share; before them one without traffic for the smoke test, one for chosen users."""
    canary = release.canary
    assert canary is not None and canary.shares[-1] == TOTAL, "the release file ends its stages at 100%"
    if release.kind == ServiceKind.WORKER:
        return _of_workers(release, facts, canary)
    untouched = (*_untouched(release, facts, canary), *rows.mirrored(release, facts))
    before = (rows.now(release, facts), *untouched, *_chosen(release, facts, canary))
    growing = tuple(_growing(release, facts, canary))
    return Written(
        rows=(*before, *growing, *rows.closing(release, _plain(growing[-1]), warm=True)),
        promoted=len(before) + len(growing) - 1,
    )


def _growing(release: Release, facts: Facts, canary: Canary) -> Iterator[Stage]:
    """A row for each share; where the release asks for it, with a repeat between two."""
    for share, following in pairwise((*canary.shares, None)):
        assert share is not None
        yield _row(release, facts, canary, share)
        if following is not None and release.guard.no_data == "grow":
            yield _repeated(release, facts, canary, more_than(share, following))


def more_than(share: Share, following: Share) -> Share:
    """The share of a repeat: twice the undecided one, at most half way to the next."""
    return Share(min(GROWTH * share, (share + following) // 2))


def _repeated(release: Release, facts: Facts, canary: Canary, share: Share) -> Stage:
    return replace(_row(release, facts, canary, share), name=f"again {percent(share)}", is_repeat=True)


def _of_workers(release: Release, facts: Facts, canary: Canary) -> Written:
    """A share of replicas each: a new one takes the place of a former one, so jobs meet as many as before.

    Shares that come to the same replicas are one row, whose name says what it truly is.
    """
    divisions = dict.fromkeys(_division(release, facts, share) for share in canary.shares)
    growing = tuple(_divided(release, facts, canary, *division) for division in divisions)
    before = (rows.now(release, facts), *((_beside(release, facts),) if release.smoke else ()))
    return Written(
        rows=(*before, *growing, *rows.closing(release, growing[-1], warm=False)),
        promoted=len(before) + len(growing) - 1,
    )


def _division(release: Release, facts: Facts, share: Share) -> tuple[int, int]:
    """Replicas of the candidate and of the base: 5% of 4 is 1 and 3. Before the end each has one at least."""
    if share == TOTAL:
        return release.replicas, 0
    count = min(max(1, -(-share * release.replicas // TOTAL)), max(1, release.replicas - 1))
    return count, max(1, -(-facts.replicas * (release.replicas - count) // release.replicas))


def _divided(release: Release, facts: Facts, canary: Canary, count: int, kept: int) -> Stage:
    assert facts.base is not None
    return Stage(
        name=f"canary {count} of {count + kept}" if kept else "all",
        capacity={**({facts.base: kept} if kept else {}), release.revision: count},
        schema=facts.schema,
        stay=rows.compared(release, canary.bake),
    )


def _beside(release: Release, facts: Facts) -> Stage:
    """One more replica for the smoke test; it fetches jobs already."""
    assert facts.base is not None
    return Stage(
        name="smoke",
        capacity={facts.base: facts.replicas, release.revision: 1},
        schema=facts.schema,
        stay=Stay(deadline=release.deadline),
        gates=rows.smoke(release),
    )


def _untouched(release: Release, facts: Facts, canary: Canary) -> tuple[Stage, ...]:
    if not release.smoke:
        return ()
    stay = Stay(deadline=release.deadline)
    row = _state(release, facts, canary, NONE)
    return (replace(row, name="smoke", stay=stay, gates=rows.smoke(release)),)


def _chosen(release: Release, facts: Facts, canary: Canary) -> tuple[Stage, ...]:
    if not (canary.users_first and canary.users):
        return ()
    row = _state(release, facts, canary, NONE)
    stay = Stay(minimum=canary.bake, bake=canary.bake, deadline=release.deadline)
    return (replace(row, name="chosen users", stay=stay, route=replace(row.route, users=_rules(release, canary))),)


def _row(release: Release, facts: Facts, canary: Canary, share: Share) -> Stage:
    row = _state(release, facts, canary, share)
    users = _rules(release, canary) if share < TOTAL else ()
    return replace(
        row,
        name="all" if share == TOTAL else f"canary {percent(share)}",
        stay=rows.compared(release, canary.bake),
        route=replace(row.route, users=users),
    )


def _state(release: Release, facts: Facts, canary: Canary, share: Share) -> Stage:
    assert facts.base is not None
    needed = max(1, -(-share * release.replicas // TOTAL))
    return Stage(
        name="",
        capacity={facts.base: facts.replicas, release.revision: needed},
        route=rows.route(facts, release.revision, share, canary.sticky),
        schema=facts.schema,
    )


def _rules(release: Release, canary: Canary) -> tuple[UserRule, ...]:
    return tuple(
        UserRule(kind=kind, name=name, value=value, revision=release.revision)
        for kind, name, value in canary.users
    )


def _plain(every: Stage) -> Stage:
    return replace(every, stay=Stay())
