"""What the division of requests says, as a verdict with its sentence."""

from shipway.analysis import words
from shipway.analysis.division import Division, expected, is_dead, is_hanging, is_mismatch
from shipway.model.verdict import Kind, Severity, Verdict


def verdict_of_division(division: Division, *, now: float) -> Verdict | None:
    """Critical, where the candidate does not answer; counts that cannot be compared; or nothing."""
    if is_dead(division):
        return _critical(_dead(division))
    if is_hanging(division, now):
        return _critical(_hanging(division, now))
    return Verdict(kind=Kind.BLIND, sentence=_mismatch(division)) if is_mismatch(division) else None


def _critical(sentence: str) -> Verdict:
    return Verdict(kind=Kind.HARMFUL, severity=Severity.CRITICAL, sentence=sentence)


def _dead(division: Division) -> str:
    said = f"candidate answers nothing: 0 of about {expected(division):,.0f} requests that its share of "
    said += f"{words.percent(division.share)} should have brought, while the baseline answered {division.silent:,}"
    are = "is" if division.waiting == 1 else "are"
    return f"{said}; {division.waiting:,} {are} waiting" if division.waiting else said


def _hanging(division: Division, now: float) -> str:
    since = now - (now if division.hanging_since is None else division.hanging_since)
    return (
        f"candidate's requests hang: for {words.duration(since)} too many wait, now {division.waiting:,} against "
        f"{division.stable_waiting:,} of the baseline's, with a share of {words.percent(division.share)}"
    )


def _mismatch(division: Division) -> str:
    both = division.requests + division.stable_requests
    return (
        f"the counts cannot be compared: the candidate got {division.requests:,} of {both:,} requests "
        f"({words.percent(division.requests / both)}), and {words.percent(division.share)} are configured"
    )
