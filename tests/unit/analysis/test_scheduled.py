"""What few jobs say of a version: ends, and times by ranks."""

import pytest

from shipway.analysis.scheduled import judge
from shipway.model.job import Job, Outcome
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity


def jobs(ends: str, *, seconds: float = 10.0) -> list[Job]:
    """A letter for each: `.` well, `x` failed, `t` timed out, `i` interrupted."""
    outcomes = {".": Outcome.OK, "x": Outcome.FAILED, "t": Outcome.TIMED_OUT, "i": Outcome.INTERRUPTED}
    return [
        Job(
            id=f"j{n}",
            at=100.0 * n,
            started_at=100.0 * n,
            ended_at=100.0 * n + seconds + 0.1 * n,
            outcome=outcomes[end],
            exit_code={".": 0, "x": 3}.get(end),
        )
        for n, end in enumerate(ends)
    ]


@pytest.mark.parametrize(
    ("mine", "stable", "kind"),
    [
        ("", "....", Kind.NOT_ENOUGH),
        ("i", "....", Kind.NOT_ENOUGH),
        (".", "....", Kind.HEALTHY),
        ("x", "....", Kind.HARMFUL),
        ("x", "", Kind.HARMFUL),
        ("t", "....", Kind.HARMFUL),
        ("x", "x..x..x...", Kind.HEALTHY),
        ("xxxx", "x..x..x...", Kind.HARMFUL),
        ("...x", "...................x", Kind.HEALTHY),
        ("xx", "...................x", Kind.HARMFUL),
    ],
)
def test_failed_jobs_condemn_unless_the_stable_versions_fail_as_often(mine: str, stable: str, kind: Kind) -> None:
    verdict = judge(jobs(mine), jobs(stable), Guard())
    assert verdict.kind == kind and verdict.sentence
    if kind == Kind.HARMFUL:
        assert verdict.severity == Severity.HIGH and verdict.first_bad_at is not None


def test_a_policy_may_forgive_some() -> None:
    guard = Guard(failed_jobs=2)
    assert judge(jobs("x"), jobs("...."), guard).kind == Kind.HEALTHY
    assert judge(jobs("x.x"), jobs("...."), guard).kind == Kind.HARMFUL


@pytest.mark.parametrize(
    ("count", "seconds", "stable", "is_slow"),
    [
        (3, 30.0, 20, True),
        (2, 30.0, 20, False),
        (3, 12.5, 20, False),
        (3, 30.0, 3, False),
        (3, 5.0, 20, False),
    ],
)
def test_slower_is_proven_by_ranks_alone(count: int, seconds: float, stable: int, is_slow: bool) -> None:
    verdict = judge(jobs("." * count, seconds=seconds), jobs("." * stable), Guard())
    assert (verdict.severity == Severity.MEDIUM) == is_slow


def test_equal_versions_are_hardly_ever_called_slow() -> None:
    from random import Random

    random, convicted = Random(1), 0
    for _ in range(4000):
        times = [random.lognormvariate(2.0, 1.0) for _ in range(23)]
        mine = [jobs(".", seconds=one)[0] for one in times[:3]]
        stable = [jobs(".", seconds=one)[0] for one in times[3:]]
        convicted += judge(mine, stable, Guard()).severity == Severity.MEDIUM
    assert convicted <= 4000 * 0.001 + 6


def test_the_sentence_says_what_was_seen() -> None:
    verdict = judge(jobs("x"), jobs("...."), Guard())
    assert verdict.sentence == "the only job failed (exit code 3); none of the stable version's last 4 did"
