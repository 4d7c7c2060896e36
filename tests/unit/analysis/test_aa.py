"""Windows of equal arms: which teach something, and what is said of them."""

import numpy as np
import pytest

from shipway.analysis.aa import is_broken, known
from shipway.analysis.calibration import WINDOWS_MIN
from shipway.model.aa_window import AAWindow
from shipway.model.revision import RevisionId

BINS, PACE, RATE = 180, (100, 100, 200), 0.01
DAY = 86_400.0


def window(random: np.random.Generator, *, worse: tuple[int, int, int, float] | None = None) -> AAWindow:
    """Independent errors; `worse` is a group that fails so many times as often from one bin to another."""
    requests = np.tile(np.array(PACE)[:, None], (1, BINS))
    rates = np.full((3, BINS), RATE)
    if worse is not None:
        group, start, end, times = worse
        rates[group, start:end] *= times
    errors = random.binomial(requests, rates)
    return AAWindow(
        start=float(random.uniform(0.0, DAY)),
        revision=RevisionId("v1"),
        bin_seconds=10.0,
        requests=tuple(tuple(map(int, row)) for row in requests),
        errors=tuple(tuple(map(int, row)) for row in errors),
    )


@pytest.mark.parametrize("group", (0, 1, 2))
def test_an_arm_that_is_worse_for_minutes_on_end_is_broken(group: int) -> None:
    random = np.random.default_rng(1)
    assert is_broken(window(random, worse=(group, 30, 90, 20.0)))
    assert is_broken(window(random, worse=(group, 0, BINS, 4.0)))


def test_neither_bursts_nor_errors_of_all_are_a_broken_arm() -> None:
    random = np.random.default_rng(2)
    assert not is_broken(window(random))
    assert not any(is_broken(window(random, worse=(0, at, at + 3, 20.0))) for at in range(0, 150, 10))


def test_windows_with_a_broken_arm_teach_nothing() -> None:
    random = np.random.default_rng(3)
    sound = [window(random) for _ in range(WINDOWS_MIN)]
    broken = [window(random, worse=(0, 0, BINS, 50.0)) for _ in range(5)]
    found = known([*sound, *broken], now=DAY)
    assert (found.windows, found.broken, found.is_enough) == (WINDOWS_MIN, 5, True)
    assert not found.clustering.is_noisy
    assert [history.share for history in found.histories] == pytest.approx([0.25, 0.5])


def test_a_sentence_says_what_is_known() -> None:
    random = np.random.default_rng(4)
    few = known([window(random)], now=DAY)
    assert few.sentence() == "not calibrated: 1 of 100 windows of the service at rest are known"
    assert few.sentence(lacks="why").endswith("are known: why")
    many = [window(random, worse=(0, 50, 53, 20.0)) for _ in range(WINDOWS_MIN)]
    said = known(sorted(many, key=lambda one: one.start), now=6 * DAY).sentence()
    assert said.startswith("calibrated on 100 windows of the last 6 days: errors come ")
    assert said.endswith(" times as clustered as chance")
