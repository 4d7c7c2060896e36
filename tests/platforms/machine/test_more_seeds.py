"""The others of ten thousand random rollouts."""

import pytest

from properties.test_simulation import AT_ONCE, nothing_is_broken

FIRST, SEEDS = 4_000, 6_000


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, AT_ONCE))
def test_every_random_rollout_ends_well_and_breaks_no_safety_rule(first: int) -> None:
    nothing_is_broken(range(first, first + AT_ONCE))
