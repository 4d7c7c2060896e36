"""A controller that slept between an intent and its effect, was taken over and woke up, changes nothing."""

import pytest

from crash.points import play, steps
from crash.rollouts import ROLLOUTS
from crash.test_crash_everywhere import _end

SHARDS = 2
UNFENCED = ("prepare:v2", "prepare:v3")
"""Preparing what nobody wants any more is not taken back: it starts nothing and serves nobody."""
FREEZE_SECONDS = 40.0
"""Four leases long."""


def _sleep(what: str) -> float:
    return FREEZE_SECONDS


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("name", ROLLOUTS)
def test_an_effect_that_woke_up_late_is_refused_and_the_end_is_the_same(name: str, shard: int) -> None:
    scenario = ROLLOUTS[name]
    undisturbed = _end(play(scenario, at=-1, happening=_sleep)[0])
    effects = [(number, what) for number, what in enumerate(steps(scenario)) if what.startswith("effect")]
    for number, what in effects[shard::SHARDS]:
        outcome, found = play(scenario, at=number, happening=_sleep)
        where = f"{name}: slept at step {number}, {what}"
        assert not found, f"{where}: {found[0]}"
        if not where.endswith(UNFENCED):
            assert outcome.stale >= 1, f"{where}: the late effect was not refused"
        assert _end(outcome) == undisturbed, where
