"""Several tests, one verdict; one promise, several tests."""

import pytest

from shipway.analysis.combine import combined
from shipway.analysis.judge import judge
from shipway.analysis.promise import divided
from shipway.analysis.tally import Tally
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict
from unit.analysis.streams import absorbed, seen, staged


def verdict(kind: Kind, sentence: str = "so it is", severity: Severity | None = None) -> Verdict:
    return Verdict(kind=kind, severity=severity, sentence=sentence)


CRITICAL = verdict(Kind.HARMFUL, "critical", Severity.CRITICAL)
MEDIUM = verdict(Kind.HARMFUL, "medium", Severity.MEDIUM)
LOW = verdict(Kind.HARMFUL, "low", Severity.LOW)
UNKNOWN = verdict(Kind.NOT_ENOUGH, "unknown")
WELL = verdict(Kind.HEALTHY, "well")


def test_no_verdicts_make_none() -> None:
    assert combined([]) is None


@pytest.mark.parametrize("others", [[WELL], [UNKNOWN, WELL], [LOW, MEDIUM, UNKNOWN]])
def test_the_worst_wins_wherever_it_stands(others: list[Verdict]) -> None:
    assert combined([*others, CRITICAL]) == combined([CRITICAL, *others]) == CRITICAL


def test_of_equal_ones_the_first_speaks() -> None:
    assert combined([UNKNOWN, verdict(Kind.NOT_ENOUGH, "another")]) == UNKNOWN


def test_low_harm_does_not_hide_what_is_not_known_and_is_not_hidden_by_it() -> None:
    found = combined([LOW, UNKNOWN])
    assert found is not None
    assert (found.severity, found.sentence, found.doubt) == (Severity.LOW, "low", "unknown")
    assert combined([LOW, WELL]) == LOW


def test_all_healthy_verdicts_are_told() -> None:
    assert combined([WELL, verdict(Kind.HEALTHY, "fine")]) == verdict(Kind.HEALTHY, "well; fine")


def test_a_test_of_something_else_can_convict_and_can_keep_from_health() -> None:
    tally = absorbed(staged(), [(seen(n, 475, 1), seen(n, 25)) for n in range(100)])
    assert judge(tally, Guard(), now=500.0).kind == Kind.HEALTHY
    assert judge(tally, Guard(), now=500.0, others=[UNKNOWN]).sentence == "unknown"
    assert judge(tally, Guard(), now=500.0, others=[WELL, CRITICAL]) == CRITICAL
    assert judge(Tally(), Guard(), now=500.0, others=[CRITICAL]) == CRITICAL


@pytest.mark.parametrize("has_latency", [False, True])
@pytest.mark.parametrize("others", [0, 1, 3])
def test_the_parts_of_the_promise_sum_to_it(has_latency: bool, others: int) -> None:
    promise = divided(0.001, has_latency=has_latency, others=others)
    assert promise.errors + promise.latency + others * promise.each == pytest.approx(0.001)
    assert (promise.latency > 0, promise.each > 0) == (has_latency, others > 0)
    assert promise.errors >= 0.0005
