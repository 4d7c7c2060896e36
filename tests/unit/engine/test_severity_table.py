"""When to go back: the table that teams keep in their guides, row by row, as guard and engine decide it."""

from typing import NamedTuple

import pytest

from kernel import NOW, harm
from shipway.analysis.judge import judge
from shipway.analysis.latency_verdict import SEVERITIES
from shipway.engine.case import Move
from shipway.engine.decide import decide
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity
from unit.analysis.streams import absorbed, seen, staged
from unit.engine.test_severities import canary

MINUTE = 60.0


class Row(NamedTuple):
    """One of them."""

    said: str
    errors: float
    """As a multiple of the baseline's."""
    slower: float | None
    """Latency that is proven to be worse by more than this part; none: it is never critical by itself."""
    severity: Severity
    follows: Move
    """At once."""
    within: float
    """Seconds, by when at the latest."""


TABLE = [
    Row("Critical: error rate >5x baseline", 5.5, None, Severity.CRITICAL, Move.BACK, 2 * MINUTE),
    Row("High: error rate >2x, latency >50% worse", 2.3, 0.50, Severity.HIGH, Move.BACK, 5 * MINUTE),
    Row("Medium: error rate >1.5x, latency 25-50% worse", 1.7, 0.25, Severity.MEDIUM, Move.STAY, 15 * MINUTE),
    Row("Low: less, latency <25% worse", 1.3, 0.0, Severity.LOW, Move.STAY, 30 * MINUTE),
]
IDS = [row.said for row in TABLE]
STABLE_ERRORS, LOOKS = 20, 200


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_errors_and_latency_have_the_severity_of_their_row(row: Row) -> None:
    candidate = round(STABLE_ERRORS * row.errors)
    looks = [(seen(n, 1000, STABLE_ERRORS), seen(n, 1000, candidate)) for n in range(LOOKS)]
    verdict = judge(absorbed(staged(share=0.5), looks), Guard(), now=LOOKS * 5.0)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, row.severity)
    assert row.slower is None or SEVERITIES[row.slower] == row.severity


@pytest.mark.parametrize("row", TABLE, ids=IDS)
def test_what_follows_is_that_of_the_row(row: Row) -> None:
    marks = {row.severity.value: NOW} if row.severity in (Severity.MEDIUM, Severity.LOW) else {}
    assert decide(canary(harm(row.severity), marks=marks)).move == row.follows
    guard = Guard()
    patience = {Severity.MEDIUM: guard.medium_patience, Severity.LOW: guard.low_patience}
    assert patience.get(row.severity, guard.interval) <= row.within, "by default"


def test_medium_harm_that_is_not_put_right_in_its_time_goes_back_and_low_harm_does_not() -> None:
    late = NOW + 15 * MINUTE
    assert decide(canary(harm(Severity.MEDIUM), now=late, marks={"medium": NOW})).move == Move.BACK
    assert decide(canary(harm(Severity.LOW), now=late, marks={"low": NOW})).move != Move.BACK
