"""Thousands of random rollouts with the whole engine in virtual time. Each is a seed, and a seed replays it.

The first half of ten thousand is played here, the other one in `tests/platforms/machine`.
"""

import os
import subprocess
import sys

import pytest

from properties.races import race_of
from shipway.simulation.__main__ import replay_line
from shipway.simulation.ending import first_line, violations_of
from shipway.simulation.random_scenario import scenario_of

FIRST = int(os.environ.get("SHIPWAY_SEED_FROM", "0"))
SEEDS = int(os.environ.get("SHIPWAY_SEEDS", "4000"))
AT_ONCE = 100


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, AT_ONCE))
def test_every_random_rollout_ends_well_and_breaks_no_safety_rule(first: int) -> None:
    nothing_is_broken(range(first, min(first + AT_ONCE, FIRST + SEEDS)))


def nothing_is_broken(seeds: range) -> None:
    """Play them; fails with a line to replay each that breaks a rule."""
    broken = []
    for seed in seeds:
        _, found = violations_of(scenario_of(seed))
        if found:
            broken.append(f"{replay_line(seed)}   # {first_line(found)}")
    assert not broken, "\n".join(["rules were broken; replay with:", *broken])


@pytest.mark.parametrize("first", range(0, 80, 20))
def test_a_rollout_that_turns_round_again_and_again_breaks_no_safety_rule(first: int) -> None:
    for seed in range(first, first + 20):
        _, found = violations_of(race_of(seed))
        assert not found, f"race_of({seed}): {first_line(found)}"


FINGERPRINT = """
import hashlib, msgspec
from shipway.simulation.random_scenario import scenario_of
from shipway.simulation.simulate import simulate
journals = [msgspec.json.encode(simulate(scenario_of(seed)).entries) for seed in range(40)]
print(hashlib.sha256(b"".join(journals)).hexdigest())
"""


def _fingerprint(hash_seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FINGERPRINT],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return done.stdout


def test_a_seed_is_the_same_run_in_every_process() -> None:
    """Else the line that replays it would replay something else: nothing may hang on the order of a set."""
    assert _fingerprint("1") == _fingerprint("2") != ""
