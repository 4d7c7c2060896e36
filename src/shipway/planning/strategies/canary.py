"""Canary: a small share first, more as the evidence allows, the former revision warm all the way."""

from msgspec.structs import replace

from shipway.model.plan import Stage, Stay
from shipway.model.release import Canary, Release
from shipway.model.route import UserRule
from shipway.model.share import NONE, TOTAL, Share, percent
from shipway.planning.facts import Facts
from shipway.planning.strategies import Written, rows


def stages(release: Release, facts: Facts) -> Written:
    """A row for each share; before them one without traffic for the smoke test, one for chosen users."""
    canary = release.canary
    assert canary is not None and canary.shares[-1] == TOTAL, "the release file ends its stages at 100%"
    before = (rows.now(release, facts), *_untouched(release, facts, canary), *_chosen(release, facts, canary))
    growing = tuple(_row(release, facts, canary, share) for share in canary.shares)
    return Written(
        rows=(*before, *growing, *rows.closing(release, _plain(growing[-1]), warm=True)),
        promoted=len(before) + len(growing) - 1,
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
        flags=facts.flags,
        schema=facts.schema,
    )


def _rules(release: Release, canary: Canary) -> tuple[UserRule, ...]:
    return tuple(
        UserRule(kind=kind, name=name, value=value, revision=release.revision)
        for kind, name, value in canary.users
    )


def _plain(every: Stage) -> Stage:
    return replace(every, stay=Stay())
