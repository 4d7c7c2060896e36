"""What leaves errors out of a proof leaves them out of nothing else: not of the size of harm, nor of health."""

import pytest

from shipway.analysis.judge import judge
from shipway.analysis.tally import calibrated
from shipway.model.noise import Noise
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict
from unit.analysis.streams import absorbed, seen, staged

BURSTY = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(9.0,))


def run(
    candidate: tuple[int, int], *, scrapes: int, stable: tuple[int, int] = (3750, 37), noise: Noise = BURSTY
) -> Verdict:
    """The verdict after so many equal scrapes of (requests, errors)."""
    tally = calibrated(staged(share=0.25), noise)
    tally = absorbed(tally, [(seen(n, *stable), seen(n, *candidate)) for n in range(scrapes)])
    return judge(tally, Guard(), now=scrapes * 5.0)


@pytest.mark.parametrize(("errors", "severity"), [(30, Severity.HIGH), (250, Severity.CRITICAL)])
def test_the_size_of_proven_harm_counts_every_error(errors: int, severity: Severity) -> None:
    verdict = run((1250, errors), scrapes=60)
    assert (verdict.kind, verdict.severity) == (Kind.HARMFUL, severity)
    assert "of which came in clusters and prove nothing" in verdict.sentence


def test_nothing_is_healthy_while_the_errors_that_could_count_would_not_have_been_a_proof() -> None:
    dear = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(200.0,))
    assert run((1250, 12), scrapes=30).kind == Kind.HEALTHY
    assert run((1250, 12), scrapes=30, noise=dear).kind == Kind.NOT_ENOUGH


def test_many_errors_without_proof_are_suspicious_however_many_are_left_out() -> None:
    dear = Noise(sigmas=2.0, block_seconds=10.0, extra_nats=(500.0,))
    verdict = run((1250, 250), scrapes=30, noise=dear)
    assert verdict.kind == Kind.NOT_ENOUGH
    assert "look higher than the baseline's" in verdict.sentence
