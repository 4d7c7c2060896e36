"""Ramps in the simulator: harm takes the flag, and only the flag, from everybody."""

import pytest
from msgspec.structs import replace

from kernel import V1, V2, release
from shipway.model.action import Expose
from shipway.model.command import Deploy
from shipway.model.event import Entry, Intended, RunEnded, StageEntered, WentBack
from shipway.model.policy import Guard
from shipway.model.release import Ramp, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.share import NONE, TOTAL, Share
from shipway.planning.plan import FLAG_RAMP
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Outcome, simulate

FLAG = "cart"
RAMP = Ramp(flag=FLAG, shares=(Share(5_000), Share(50_000), TOTAL), bake=120.0)


def revision(name: RevisionId) -> Revision:
    return Revision(id=name, service="checkout", version=name, platform={}, flags=(FLAG,))


def played(*asked: Release, errors: float = 0.0, seed: int = 0) -> Outcome:
    first = release("rolling", revision=V1)
    commands = [
        Asked(at=600.0 * number, command=Deploy(release=one)) for number, one in enumerate((first, *asked))
    ]
    return simulate(
        Scenario(
            seed=seed,
            revisions=(revision(V1), revision(V2)),
            asked=tuple(commands),
            flag_errors=errors,
            requests_per_second=100.0,
            stop_when_held=60.0,
        )
    )


def wish(strategy: str, **changes: object) -> Release:
    guard = Guard(no_data="go")
    return release(strategy, ramps=(RAMP,), guard=guard, **changes)


def shares(entries: tuple[Entry, ...]) -> list[Share]:
    """What was asked of the flag service, in order."""
    events = [entry.event for entry in entries]
    return [
        event.action.share for event in events if isinstance(event, Intended) and isinstance(event.action, Expose)
    ]


def test_a_good_feature_is_shown_to_all_behind_its_code() -> None:
    outcome = played(wish("canary"))
    assert not outcome.violations and shares(outcome.entries) == [*RAMP.shares]
    ends = [entry.event for entry in outcome.entries if isinstance(entry.event, RunEnded)]
    assert [end.outcome for end in ends] == ["finished", "finished"]


@pytest.mark.parametrize("errors", [0.3, 0.05])
def test_a_bad_feature_is_taken_down_and_its_code_stays(errors: float) -> None:
    outcome = played(wish("canary"), errors=errors)
    assert not outcome.violations
    assert shares(outcome.entries)[-1] == NONE and TOTAL not in shares(outcome.entries)
    back = [entry.event for entry in outcome.entries if isinstance(entry.event, WentBack)]
    assert len(back) == 1 and f"users with {FLAG} against users without" in back[0].reason
    rows = [entry.event.row for entry in outcome.entries if isinstance(entry.event, StageEntered)]
    assert len(rows) > back[0].row > 3


def test_a_ramp_of_its_own_ends_where_it_began() -> None:
    live = replace(wish(FLAG_RAMP), revision=V1)
    outcome = played(live, errors=0.3)
    ends = [entry.event.outcome for entry in outcome.entries if isinstance(entry.event, RunEnded)]
    assert ends == ["finished", "rolled-back"] and shares(outcome.entries)[-1] == NONE


def test_equal_users_are_rarely_told_apart() -> None:
    """Twenty ramps of features that change nothing; the promise is one in a thousand."""
    outcomes = [played(replace(wish(FLAG_RAMP), revision=V1), seed=seed) for seed in range(20)]
    assert sum(shares(outcome.entries)[-1] != TOTAL for outcome in outcomes) == 0
