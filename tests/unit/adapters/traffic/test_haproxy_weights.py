"""Shares as whole weights of servers."""

from hypothesis import given
from hypothesis import strategies as st

from shipway.adapters.traffic.haproxy.existing.weights import WEIGHT_MAX, divided
from shipway.model.revision import RevisionId
from shipway.model.share import TOTAL, Share

A, B = RevisionId("1.8.2-0a1b2c3d"), RevisionId("1.9.0-7f3a91c2")
HALF_PERCENT = TOTAL // 200
REPLICAS = st.integers(1, 40)


def weights(to_b: int, of_a: int, of_b: int) -> dict[RevisionId, list[int]]:
    return divided({A: Share(TOTAL - to_b), B: Share(to_b)}, {A: of_a, B: of_b})


@given(st.integers(0, 200), REPLICAS, REPLICAS)
def test_half_percents_are_met_exactly_by_any_number_of_replicas(halves: int, of_a: int, of_b: int) -> None:
    found = weights(halves * HALF_PERCENT, of_a, of_b)
    assert all(0 <= weight <= WEIGHT_MAX for listed in found.values() for weight in listed)
    assert (len(found[A]), len(found[B])) == (of_a, of_b)
    assert sum(found[B]) * (200 - halves) == sum(found[A]) * halves


@given(st.integers(1, TOTAL - 1), REPLICAS, REPLICAS)
def test_any_share_is_nearly_met_and_nobody_with_a_share_gets_nothing(to_b: int, of_a: int, of_b: int) -> None:
    found = weights(to_b, of_a, of_b)
    b, whole = sum(found[B]), sum(map(sum, found.values()))
    assert b and b < whole
    assert abs(b / whole - to_b / TOTAL) <= 0.004
    for listed in found.values():
        assert max(listed) - min(listed) <= 1


def test_a_revision_without_replicas_or_without_a_share_has_no_weight() -> None:
    assert divided({A: TOTAL}, {A: 2, B: 1}) == {A: [256, 256], B: [0]}
    assert divided({A: Share(50_000), B: Share(50_000)}, {A: 1}) == {A: [256]}
    assert divided({}, {A: 1}) == {A: [0]}
