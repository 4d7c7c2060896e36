"""The controller of a scheduled service dies at every single step, and sleeps before every single effect."""

import pytest

from crash.test_crashes_of_jobs import ROLLOUTS, die_at_each, freeze_at_each


@pytest.mark.parametrize("name", ROLLOUTS)
def test_a_controller_that_dies_at_every_step_starts_no_job_twice_and_loses_none(name: str) -> None:
    die_at_each(name)


@pytest.mark.parametrize("name", ROLLOUTS)
def test_one_that_sleeps_before_every_effect_does_neither(name: str) -> None:
    freeze_at_each(name)
