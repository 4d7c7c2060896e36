"""Copies of requests are judged by themselves, and never count as users' requests."""

from random import Random

from shipway.analysis.copies import NONE_YET, PART, Copies, absorbed, begun, of_users, verdict_of_copies
from shipway.model.noise import QUIET
from shipway.model.policy import Guard
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Mirrored, Sample
from shipway.model.verdict import Kind
from shipway.simulation.metrics import draw

CANDIDATE = RevisionId("v2")
GUARD = Guard()


def told(at: float, users: tuple[int, int], copies: tuple[int, int]) -> Mirrored:
    def sample(counted: tuple[int, int]) -> Sample:
        counts = Counts(requests=counted[0], errors=counted[1])
        return Sample(revision=CANDIDATE, at=at, series={"envoy": counts}, is_prompt=True)

    return Mirrored(users=sample(users), copies=sample(copies))


def rolled(seed: int, *, users_fail: float, copies_fail: float, looks: int = 120) -> Copies:
    """Ten minutes of 100 requests per second, of which a tenth is copied."""
    random = Random(seed)
    copies = begun(1, share=0.1, stay_seconds=600.0, noise=QUIET)
    counted = [0, 0, 0, 0]
    for look in range(looks):
        copies = absorbed(copies, told(5.0 * look, (counted[0], counted[1]), (counted[2], counted[3])))
        new = (500, draw(500 * users_fail, random), 50, draw(50 * copies_fail, random))
        counted = [before + more for before, more in zip(counted, new, strict=True)]
    return copies


def test_a_version_that_fails_on_copies_is_harmful_and_no_user_saw_it() -> None:
    verdict = verdict_of_copies(rolled(1, users_fail=0.001, copies_fail=0.2), GUARD, now=600.0)
    assert verdict.kind == Kind.HARMFUL
    assert verdict.sentence.startswith("copied requests: candidate errors")
    assert verdict.first_bad_at is None


def test_a_version_that_answers_as_users_are_answered_is_not_harmful() -> None:
    found = [rolled(seed, users_fail=0.02, copies_fail=0.02) for seed in range(20)]
    assert Kind.HARMFUL not in {verdict_of_copies(one, GUARD, now=600.0).kind for one in found}


def test_without_an_answer_nothing_is_said() -> None:
    assert verdict_of_copies(rolled(1, users_fail=0.0, copies_fail=0.0, looks=1), GUARD, now=5.0) == NONE_YET


def test_a_look_that_is_told_twice_adds_nothing() -> None:
    first, second = told(0.0, (0, 0), (0, 0)), told(5.0, (500, 0), (50, 1))
    once = absorbed(absorbed(begun(1, share=0.1, stay_seconds=600.0, noise=QUIET), first), second)
    assert absorbed(once, second) == once


def test_copies_and_users_share_one_promise() -> None:
    left = of_users(GUARD, has_copies=True).false_rollback
    assert left + PART * GUARD.false_rollback == GUARD.false_rollback
    assert of_users(GUARD, has_copies=False) == GUARD
