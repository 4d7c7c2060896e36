"""Cohorts: even, nested, independent, the same everywhere. Populations are fixed: a test fails always or never."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from xxhash import xxh64_intdigest

from shipway.flags import FeatureFlags, vector_hash
from shipway.flags.batch import are_enabled
from shipway.flags.bucketing import bucket, key_of, seed_of
from shipway.flags.evaluate import Evaluator, compile_file
from shipway.flags.load import parse_flags

USERS = np.arange(1_000_000)
FEWER = 20_000
SIGMAS = 5.0
ALPHA = 1e-6
LOOK_ALIKE = (
    "a",
    "b",
    "aa",
    "ab",
    "ba",
    "flag-1",
    "flag-2",
    "flag-11",
    "new-checkout",
    "new-checkouu",
    "New-checkout",
)


def compiled(text: str) -> dict[str, Evaluator]:
    return compile_file(parse_flags(f"features: {{{text}}}", file="f"))


def share_of(name: str, share: float) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return are_enabled(compiled(f"{name}: {{rollout: {{percentage: {share}}}}}"), name, {"user_id": USERS})


@pytest.mark.parametrize("name", ["new-checkout", "a"])
@pytest.mark.parametrize("prefix", ["", "user-", "ünï-"])
def test_a_million_users_stand_evenly(name: str, prefix: str) -> None:
    seed = seed_of(name)
    places = [bucket(f"{prefix}{user}".encode(), seed) for user in range(len(USERS))]
    counts = np.bincount(np.array(places) // 100, minlength=1000)
    assert len(counts) == 1000
    assert stats.chisquare(counts).pvalue > ALPHA


@pytest.mark.parametrize("cohort", ["own", "release"])
def test_who_is_in_stays_in_as_the_share_grows(cohort: str) -> None:
    former = np.zeros(FEWER, dtype=np.bool_)
    for share in (0, 0.001, 0.5, 1, 5, 25, 25.001, 50, 75, 99.999, 100):
        flags = compiled(f"f: {{cohort: {cohort}, rollout: {{percentage: {share}}}}}")
        found = are_enabled(flags, "f", {"user_id": USERS[:FEWER]})
        assert not (former & ~found).any()
        assert abs(found.mean() - share / 100) <= SIGMAS * math.sqrt(0.25 / FEWER)
        former = found
    assert former.all()


def test_flags_are_independent_also_with_names_that_look_alike() -> None:
    cohorts = {name: share_of(name, 25) for name in LOOK_ALIKE}
    tolerance = SIGMAS * math.sqrt(0.0625 * 0.9375 / len(USERS))
    for one, other in combinations(LOOK_ALIKE, 2):
        assert abs((cohorts[one] & cohorts[other]).mean() - 0.0625) <= tolerance, (one, other)
        table = [
            [int((a & b).sum()) for b in (cohorts[other], ~cohorts[other])] for a in (cohorts[one], ~cohorts[one])
        ]
        assert stats.chi2_contingency(table).pvalue > ALPHA, (one, other)


def test_flags_of_the_release_s_cohort_have_the_same_users() -> None:
    flags = compiled(", ".join(f"{name}: {{cohort: release, rollout: {{percentage: 25}}}}" for name in ("a", "b")))
    first, second = (are_enabled(flags, name, {"user_id": USERS[:FEWER]}) for name in ("a", "b"))
    assert (first == second).all()
    assert (first != share_of("a", 25)[:FEWER]).any()


WEIGHTS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 100), min_size=1).filter(
    lambda w: sum(w.values()) > 0
)


def variants(weights: dict[str, int]) -> list[str | None]:
    flag = compiled(f"f: {{variants: {{{', '.join(f'{name}: {weight}' for name, weight in weights.items())}}}}}")[
        "f"
    ]
    return [flag.choose({"user_id": user}) for user in range(1000)]


@settings(max_examples=60)
@given(WEIGHTS, WEIGHTS)
def test_a_user_only_moves_to_a_variant_that_grew_beside_the_former(
    before: dict[str, int], after: dict[str, int]
) -> None:
    for former, latter in zip(variants(before), variants(after), strict=True):
        if former != latter:
            assert former is not None and latter is not None
            grew = after[latter] * before[former] > before.get(latter, 0) * after.get(former, 0)
            assert grew, (former, latter)


def test_a_variant_that_grows_only_gains_and_the_order_means_nothing() -> None:
    before, after = variants({"a": 10, "b": 45, "c": 45}), variants({"c": 45, "b": 45, "a": 20})
    assert {(x, y) for x, y in zip(before, after, strict=True) if x != y} == {("b", "a"), ("c", "a")}


def test_variants_have_their_weights() -> None:
    counts = dict.fromkeys("abc", 0)
    flag = compiled("f: {rollout: {percentage: 50}, variants: {a: 10, b: 30, c: 60}}")["f"]
    for user in range(FEWER):
        if flag.decide({"user_id": user}).enabled:
            counts[str(flag.choose({"user_id": user}))] += 1
    expected = [sum(counts.values()) * weight for weight in (0.1, 0.3, 0.6)]
    assert stats.chisquare(list(counts.values()), expected).pvalue > ALPHA


def test_growing_a_rollout_changes_nobody_s_variant() -> None:
    flags = [
        compiled(f"f: {{rollout: {{percentage: {share}}}, variants: {{a: 1, b: 1}}}}")["f"] for share in (5, 50)
    ]
    for user in range(2000):
        asked = {"user_id": user}
        early, late = (flag.variant(asked, flag.decide(asked)) for flag in flags)
        assert early in (None, late)


def test_exclusive_flags_share_no_user_and_leave_none_out() -> None:
    flags = FeatureFlags.of("features: {a: , b: , c: }\nexclusive: {g: {flags: {a: 20, b: 30, c: 50}}}")
    answers = [[flags.is_enabled(name, user_id=user) for name in "abc"] for user in range(FEWER)]
    assert {sum(answer) for answer in answers} == {1}
    assert abs(sum(answer[0] for answer in answers) / FEWER - 0.2) < 0.02


def test_a_holdout_is_the_same_for_all_its_flags() -> None:
    flags = FeatureFlags.of("features: {a: , b: , c: }\nholdouts: {h: {percentage: 10, flags: [a, b]}}")
    answers = [[flags.is_enabled(name, user_id=user) for name in "abc"] for user in range(FEWER)]
    assert all(answer[0] == answer[1] and answer[2] for answer in answers)
    assert abs(sum(answer[0] for answer in answers) / FEWER - 0.9) < 0.02


KEYS = st.one_of(st.text(max_size=12), st.integers(-(2**63), 2**63 - 1), st.floats(), st.binary(max_size=8))
FLAGS = (
    "f: {rollout: {percentage: 40}}",
    "f: {rollout: {percentage: 100}}",
    "f: {kill: true}",
    "f: {rollout: {percentage: 40}, cohort: release}",
    "f: {rollout: {percentage: 40}, allowlist: [{user_id: 1}], targeting: [{rule: user.region == 'eu'}]}",
    "f: {rollout: {percentage: 40}, requires: [g]}, g: {rollout: {percentage: 50}}",
)


@given(
    st.sampled_from(FLAGS),
    st.one_of(*(st.lists(keys, min_size=1, max_size=8) for keys in KEYS.original_strategies)),
)
def test_a_batch_answers_as_single_questions_do(text: str, users: list[object]) -> None:
    flags = FeatureFlags.of(f"features: {{{text}}}")
    column = np.array(users)
    regions = np.array(["eu", "us"] * len(users))[: len(users)]
    single = [
        flags.is_enabled("f", user_id=user, region=region)
        for user, region in zip(column.tolist(), regions.tolist(), strict=True)
    ]
    assert flags.are_enabled("f", user_id=column, region=regions).tolist() == single


@given(st.lists(st.binary(max_size=31), min_size=1, max_size=20), st.integers(0, 2**64 - 1))
def test_many_hashes_at_once_are_those_of_the_library(keys: list[bytes], seed: int) -> None:
    for key in keys:
        row = np.frombuffer(key, dtype=np.uint8).reshape(1, len(key))
        assert vector_hash.hashes(np.repeat(row, 3, axis=0), seed).tolist() == [xxh64_intdigest(key, seed)] * 3


@pytest.mark.parametrize("dtype", ["S4", "S31", "S40", "U12", "int64", "uint64", "int16", "float64", "object"])
def test_a_large_batch_answers_as_single_questions_do(dtype: str) -> None:
    flags = FeatureFlags.of("features: {f: {rollout: {percentage: 40}}}")
    users = (np.arange(0, 40_000, 7) % 30_000).astype(dtype)
    single = [flags.is_enabled("f", user_id=user) for user in users.tolist()]
    assert flags.are_enabled("f", user_id=np.tile(users, 8)).tolist() == single * 8


def test_a_key_is_the_text_of_what_names_a_user() -> None:
    keys = [key_of(value) for value in (123, "123", 123.0, b"123", np.int64(123), np.float64(123), np.str_("123"))]
    assert set(keys) == {b"123"}
    assert [key_of(value) for value in (True, 1.5, -0.0)] == [b"true", b"1.5", b"0"]


def test_places_never_change_between_versions() -> None:
    """Users would lose what they have; these numbers stay for good."""
    assert [bucket(key, seed_of("new-checkout")) for key in (b"1", b"user-42", "ü".encode())] == [
        33608,
        87412,
        10073,
    ]
    assert [bucket(key, 0) for key in (b"1", b"user-42", "ü".encode())] == [94420, 11169, 22845]
    assert variants({"a": 1, "b": 1})[:8] == list("aaaababb")
