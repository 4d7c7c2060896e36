"""Users who suffer while rows are filled are seen in seconds, and what is usual or chance is not."""

import random

import pytest

from shipway.analysis.strain import CALM_SECONDS, Strain, begun, looked
from shipway.model.revision import RevisionId
from shipway.model.sample import Window

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0)


def window(requests: int, *, errors: int = 0, slow: int = 0) -> Window:
    """So many took longer than 250 ms; the others less than 50."""
    fast = requests - slow
    return Window(
        revision=RevisionId("v1"),
        start=0.0,
        end=1.0,
        requests=requests,
        errors=errors,
        buckets=(fast, fast, fast, fast + slow // 2, requests),
        bounds_seconds=BOUNDS,
    )


USUAL = begun([window(60_000, errors=60, slow=300)])


def after(looks: list[Window], strain: Strain = USUAL, *, since: float = 100.0) -> Strain:
    for second, one in enumerate(looks):
        strain = looked(strain, [one], now=since + second)
    return strain


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([window(50, errors=10)] * 3, "20.0% of requests fail, usually 0.1%"),
        ([window(50, slow=20)] * 3, "40% of requests take more than 50 ms, usually 0.5%"),
        ([window(5, errors=5)] * 2, "100.0% of requests fail, usually 0.1%"),
    ],
)
def test_users_who_suffer_are_seen_within_seconds(looks: list[Window], said: str) -> None:
    assert after(looks).said == said


@pytest.mark.parametrize(
    "one", [window(50), window(50, errors=1), window(50, slow=1), window(0), window(1000, errors=2, slow=9)]
)
def test_what_is_usual_is_no_strain(one: Window) -> None:
    assert after([one] * 3).said == ""


def test_it_goes_on_after_thirty_calm_seconds_and_not_before() -> None:
    hurt = after([window(50, errors=20)] * 3)
    fine = [window(50)] * 9
    assert after(fine, hurt, since=103.0).said
    assert after([window(50)] * round(CALM_SECONDS + 12), hurt, since=103.0).said == ""


def test_a_source_that_tells_nothing_leaves_it_as_it_was() -> None:
    hurt = after([window(50, errors=20)] * 3)
    assert looked(hurt, [], now=900.0) == hurt


def test_nothing_is_judged_where_nobody_knows_how_it_usually_is() -> None:
    assert after([window(50, errors=50)] * 5, begun([window(100)])).said == ""
    assert begun([]).said == ""


def test_chance_alone_pauses_nothing_in_a_day() -> None:
    chance = random.Random(11)
    strain, alarms = USUAL, 0
    for second in range(20_000):
        errors = sum(chance.random() < 0.001 for _ in range(30))
        slow = sum(chance.random() < 0.005 for _ in range(30))
        strain = looked(strain, [window(30, errors=errors, slow=slow)], now=float(second))
        alarms += bool(strain.said)
    assert alarms == 0
