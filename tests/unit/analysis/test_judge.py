"""Verdicts, one case each."""

from pathlib import Path

import pytest

from shipway.analysis.judge import blind, judge
from shipway.analysis.tally import Tally, calibrated
from shipway.model.noise import INDEPENDENT, QUIET, Noise
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict
from unit.analysis.streams import absorbed, seen, staged

GUARD = Guard()
LIMITED = Guard(success_rate_min=0.99)
QUICK = Guard(latency_p99_max=0.4)


def run(
    stable: tuple[int, int],
    candidate: tuple[int, int],
    *,
    scrapes: int = 20,
    guard: Guard = GUARD,
    share: float = 0.05,
) -> Verdict:
    """The verdict after so many equal scrapes of (requests, errors)."""
    tally = absorbed(staged(share=share), [(seen(n, *stable), seen(n, *candidate)) for n in range(scrapes)])
    return judge(tally, guard, now=scrapes * 5.0)


def test_before_any_request_reached_the_candidate_nothing_is_known() -> None:
    for tally in (Tally(), staged(), absorbed(staged(), [(seen(0, 500, 20), seen(0, 0))])):
        verdict = judge(tally, LIMITED, now=5.0)
        assert verdict.kind == Kind.NOT_ENOUGH
        assert verdict.sentence == "no request has reached the candidate yet"


def test_a_broken_source_is_blindness_and_says_why() -> None:
    verdict = blind("Envoy does not answer on 127.0.0.1:9901")
    assert (verdict.kind, verdict.severity) == (Kind.BLIND, None)
    assert "Envoy does not answer on 127.0.0.1:9901" in verdict.sentence


@pytest.mark.parametrize(
    ("errors", "severity"),
    [(14, Severity.LOW), (18, Severity.MEDIUM), (35, Severity.HIGH), (80, Severity.CRITICAL)],
)
def test_severity_follows_the_estimated_size(errors: int, severity: Severity) -> None:
    verdict = run((1000, 10), (1000, errors), scrapes=200, share=0.5)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, severity)


def test_the_sentence_has_the_numbers() -> None:
    verdict = run((9500, 95), (500, 25), scrapes=8)
    assert verdict.sentence.startswith(
        "candidate errors 5.0 times the baseline's (200 of 4,000 against 760 of 76,000 in 40 s)"
    )
    assert "an equal version looks this bad once in more than a billion" in verdict.sentence


def test_a_baseline_without_any_error_is_a_baseline() -> None:
    verdict = run((475, 0), (25, 3), scrapes=3)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    assert verdict.first_bad_at == 5.0


def test_no_errors_at_all_are_no_harm() -> None:
    assert run((475, 0), (25, 0), scrapes=400).kind == Kind.HEALTHY


def test_one_odd_scrape_convicts_nobody() -> None:
    scrapes = [(seen(0, 475), seen(0, 25, 25)), *((seen(n, 475), seen(n, 25)) for n in range(1, 5))]
    assert judge(absorbed(staged(), scrapes), LIMITED, now=25.0).kind == Kind.NOT_ENOUGH
    again = absorbed(staged(), [*scrapes, (seen(5, 475), seen(5, 25, 1))])
    assert judge(again, GUARD, now=30.0).kind == Kind.HARMFUL


def test_a_difference_that_is_proven_but_tiny_is_low() -> None:
    """Many times as often, yet 4 errors in 18,000: nobody should be woken."""
    tally = absorbed(
        staged(), [(seen(n, 100_000), seen(n, 1_000, 1 if n in (3, 9, 14, 17) else 0)) for n in range(18)]
    )
    harmful = judge(tally, GUARD, now=90.0)
    assert (harmful.kind, harmful.severity) == (Kind.HARMFUL, Severity.LOW)


def test_the_first_bad_answer_is_kept() -> None:
    tally = absorbed(staged(), [(seen(n, 475), seen(n, 25, 5 if n >= 7 else 0)) for n in range(10)])
    assert judge(tally, GUARD, now=50.0).first_bad_at == 40.0


def test_an_equal_candidate_becomes_healthy_once_enough_was_seen() -> None:
    few = run((475, 1), (25, 0), scrapes=2)
    assert few.kind == Kind.NOT_ENOUGH
    assert few.sentence.startswith("too few requests to tell: candidate errors 0 of 50 against 2 of 950")
    many = run((475, 1), (25, 0), scrapes=100)
    assert many.kind == Kind.HEALTHY
    assert many.sentence.startswith("proven no worse: candidate errors 0 of 2,500 against 100 of 47,500")


def test_what_looks_worse_without_proof_is_neither_harmful_nor_healthy() -> None:
    tally = absorbed(staged(), [(seen(n, 950, 1), seen(n, 50, 1 if n % 20 == 0 else 0)) for n in range(60)])
    verdict = judge(tally, GUARD, now=300.0)
    assert verdict.kind == Kind.HEALTHY
    tally = absorbed(tally, [(seen(n, 950, 1), seen(n, 50, 1)) for n in range(60, 64)])
    verdict = judge(tally, GUARD, now=320.0)
    assert (verdict.kind, verdict.sentence[:51]) == (
        Kind.NOT_ENOUGH,
        "candidate errors look higher than the baseline's, w",
    )


def test_an_absolute_limit_is_critical_even_where_the_comparison_sees_nothing() -> None:
    """The stable version was watched in the same seconds; the candidate has half of the requests."""
    verdict = run((200, 1), (200, 6), scrapes=60, guard=LIMITED, share=0.5)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)


def test_a_limit_that_both_versions_break_is_not_the_candidates_harm() -> None:
    verdict = run((475, 50), (25, 3), scrapes=30, guard=LIMITED)
    assert verdict.kind == Kind.NOT_ENOUGH
    assert verdict.sentence == (
        "both versions break the limit, so it is not the candidate's: "
        "candidate 90 of 750 requests failed (1% allowed) in 2 min, baseline 1,500 of 14,250"
    )


def test_a_late_incident_of_both_versions_is_not_the_candidates_harm() -> None:
    quiet = [(seen(n, 475), seen(n, 25)) for n in range(150)]
    for length in range(1, 20):
        incident = [(seen(150 + n, 475, 240), seen(150 + n, 25, 13)) for n in range(length)]
        verdict = judge(absorbed(staged(), [*quiet, *incident]), LIMITED, now=(150 + length) * 5.0)
        assert verdict.kind == Kind.NOT_ENOUGH, verdict.sentence


def test_with_few_stable_requests_left_an_incident_is_not_blamed_on_the_candidate_at_once() -> None:
    verdict = run((1, 0), (400, 200), scrapes=2, guard=LIMITED, share=0.995)
    assert verdict.kind == Kind.NOT_ENOUGH
    assert "too few requests" in verdict.sentence


def test_a_late_breach_need_not_outweigh_a_good_past() -> None:
    quiet = [(seen(n, 50), seen(n, 950)) for n in range(170)]
    bad = [(seen(170 + n, 50), seen(170 + n, 950, 40)) for n in range(3)]
    verdict = judge(absorbed(staged(share=0.95), [*quiet, *bad]), LIMITED, now=173 * 5.0)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)


def test_latency_over_its_limit_is_critical_and_names_the_bucket() -> None:
    scrapes = [(seen(n, 475, slow=1), seen(n, 25, slow=10)) for n in range(4)]
    verdict = judge(absorbed(staged(), scrapes), QUICK, now=20.0)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    assert "40 of 100 requests took over 500 ms, the bucket next to 400 ms (1% allowed)" in verdict.sentence


def test_latency_that_keeps_its_limit_is_healthy() -> None:
    scrapes = [(seen(n, 475, slow=1), seen(n, 25, slow=0)) for n in range(200)]
    assert judge(absorbed(staged(), scrapes), QUICK, now=1000.0).kind == Kind.HEALTHY


@pytest.mark.parametrize(
    ("slow", "limit", "why"),
    [(None, 0.4, "the source counts no latency"), (0, 2.0, "the source's largest bucket ends at 1000 ms")],
)
def test_a_latency_limit_that_cannot_be_seen_is_said_and_is_not_health(
    slow: int | None, limit: float, why: str
) -> None:
    scrapes = [(seen(n, 475, slow=slow), seen(n, 25, slow=slow)) for n in range(200)]
    verdict = judge(absorbed(staged(), scrapes), Guard(latency_p99_max=limit), now=1000.0)
    assert verdict.kind == Kind.NOT_ENOUGH
    assert why in verdict.sentence


def test_over_the_limit_without_proof_is_not_health() -> None:
    verdict = run((475, 5), (25, 0), scrapes=80, guard=LIMITED)
    assert verdict.kind == Kind.HEALTHY
    tally = absorbed(staged(), [(seen(n, 475, 6), seen(n, 25, 1 if n % 3 == 0 else 0)) for n in range(80)])
    assert "over its limit, without proof yet: 27 of 2,000" in judge(tally, LIMITED, now=400.0).sentence


def switched(rate_errors: int, candidate_errors: int, *, scrapes: int = 10, noise: Noise = INDEPENDENT) -> Verdict:
    """Blue-green: the stable version's minute, then all traffic on the candidate."""
    before = absorbed(calibrated(Tally(), noise), [(seen(n, 500, rate_errors), seen(n, 0)) for n in range(12)])
    after = absorbed(
        staged(before, share=1.0, of=1), [(None, seen(12 + n, 500, candidate_errors)) for n in range(scrapes)]
    )
    return judge(after, GUARD, now=(12 + scrapes) * 5.0)


def test_where_no_stable_traffic_flows_its_history_is_the_baseline() -> None:
    verdict = switched(1, 20)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    assert "against 12 of 6,000 before it lost its traffic" in verdict.sentence
    assert switched(1, 1, scrapes=60).kind == Kind.HEALTHY


def test_history_may_have_risen_by_half_without_anybody_being_blamed() -> None:
    assert switched(100, 150, scrapes=100).kind != Kind.HARMFUL
    assert switched(100, 190, scrapes=100).severity == Severity.LOW
    assert switched(100, 330, scrapes=100).severity == Severity.HIGH


def test_without_a_past_harm_against_history_has_to_last() -> None:
    """A burst that hits both versions looks the same; the sentence says what is waited for."""
    early, late = (switched(1, 20, scrapes=scrapes, noise=QUIET) for scrapes in (10, 28))
    assert early.kind == Kind.NOT_ENOUGH
    assert early.sentence == (
        "candidate errors 20.5 times the baseline's (200 of 5,000 against 12 of 6,000 before it lost its "
        "traffic), for 50 s on end: taken back if that lasts 90 s more, as too little of the service's past is "
        "known to tell it from a burst"
    )
    assert (late.kind, late.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    assert "for 2 min on end; an equal version looks this bad once in " in late.sentence


def test_without_a_past_what_fails_a_quarter_of_all_requests_is_found_sooner() -> None:
    assert switched(1, 130, scrapes=4, noise=QUIET).kind == Kind.NOT_ENOUGH
    assert switched(1, 130, scrapes=8, noise=QUIET).severity == Severity.CRITICAL


def test_without_a_past_three_times_the_errors_of_history_prove_nothing() -> None:
    assert switched(100, 290, scrapes=300, noise=QUIET).kind != Kind.HARMFUL
    assert switched(100, 400, scrapes=30, noise=QUIET).severity == Severity.HIGH
    assert switched(1, 1, scrapes=60, noise=QUIET).kind == Kind.HEALTHY


def test_where_the_past_has_shown_bursts_harm_that_lasts_is_a_second_way_to_a_proof() -> None:
    bursty = Noise(is_learnt=True, extra_nats=(1e6,))
    early, late = (switched(1, 20, scrapes=scrapes, noise=bursty) for scrapes in (10, 34))
    assert early.kind == Kind.NOT_ENOUGH
    assert early.sentence.endswith("taken back if that lasts 110 s more, as the service has had such bursts")
    assert (late.kind, late.severity) == (Kind.HARMFUL, Severity.CRITICAL)
    longer = Noise(is_learnt=True, extra_nats=(1e6,), lasting_nats=8.0)
    assert switched(1, 20, scrapes=34, noise=longer).kind == Kind.NOT_ENOUGH
    assert switched(1, 20, scrapes=60, noise=longer).kind == Kind.HARMFUL


def test_a_limit_is_critical_at_once_whether_the_past_is_known_or_not() -> None:
    before = absorbed(Tally(), [(seen(n, 500, 1), seen(n, 0)) for n in range(12)])
    after = absorbed(staged(before, share=1.0, of=1), [(None, seen(12 + n, 500, 20)) for n in range(4)])
    assert judge(after, LIMITED, now=80.0).severity == Severity.CRITICAL
    assert judge(after, GUARD, now=80.0).kind == Kind.NOT_ENOUGH


def test_a_first_deployment_has_only_its_limits() -> None:
    def first(errors: int, *, scrapes: int, guard: Guard) -> Verdict:
        tally = absorbed(staged(share=1.0, of=1), [(None, seen(n, 100, errors)) for n in range(scrapes)])
        return judge(tally, guard, now=scrapes * 5.0)

    assert (
        first(0, scrapes=100, guard=GUARD).sentence == "there is no baseline to compare with and no limit to keep"
    )
    assert first(50, scrapes=5, guard=LIMITED).severity == Severity.CRITICAL
    few = first(0, scrapes=5, guard=LIMITED)
    assert (few.kind, "500 of 1,000 requests needed" in few.sentence) == (Kind.NOT_ENOUGH, True)
    assert first(0, scrapes=10, guard=LIMITED).kind == Kind.HEALTHY


def test_a_success_rate_of_100_percent_is_a_limit_too() -> None:
    verdict = run((475, 0), (25, 1), scrapes=4, guard=Guard(success_rate_min=1.0))
    assert verdict.severity == Severity.CRITICAL


def test_the_example_of_the_documentation_is_true() -> None:
    before = absorbed(Tally(), [(seen(n, 500), seen(n, 0)) for n in range(12)])
    four = absorbed(staged(before), [(seen(12, 570), seen(12, 30, 2)), (seen(13, 570), seen(13, 30, 2))])
    five = absorbed(staged(before), [(seen(12, 570), seen(12, 30, 2)), (seen(13, 570), seen(13, 30, 3))])
    print(judge(five, GUARD, now=70.0).sentence)
    assert judge(four, GUARD, now=70.0).kind == Kind.NOT_ENOUGH
    told = Path(__file__).parents[3].joinpath("docs/concepts/evidence.md").read_text().replace("\n> ", " ")
    assert judge(five, GUARD, now=70.0).sentence in told
