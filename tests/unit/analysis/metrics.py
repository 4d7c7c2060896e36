"""Looks at a metric that people defined, drawn from what it would be, through the real judge."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct

from shipway.analysis.custom import CANDIDATE, STABLE, Look, Watch, absorb, judge
from shipway.analysis.tally import Spell
from shipway.model.metric import Metric, Reading
from shipway.model.verdict import Kind, Verdict

ALPHA = 0.001
DECLINED = Metric(name="declined", query="{version}", worse_by=0.2)
MEMORY = Metric(name="memory", resource="memory", worse_by=0.5)
CHARGED = Metric(name="double_charges", query="{version}", any_is_critical=True)


class Stream(Struct, frozen=True, kw_only=True):
    """A service in a rollout of equal stages, looked at every `step` seconds."""

    pace: float = 100.0
    """Requests per second."""
    shares: tuple[float, ...] = (0.05, 0.25, 0.5, 1.0)
    stay: float = 300.0
    step: float = 5.0

    def spells(self) -> Iterator[Spell]:
        """The stage of each look."""
        for index, share in enumerate(self.shares):
            for _ in range(round(self.stay / self.step)):
                yield Spell(index=index, of=len(self.shares), share=share, stay_seconds=self.stay, promise=1.0)


def counts(stream: Stream, *, rate: float, candidate_rate: float, seed: int) -> Iterator[tuple[Spell, Look]]:
    """Independent events, a part of requests, cumulative as a source tells them."""
    random = np.random.default_rng(seed)
    total = {CANDIDATE: 0, STABLE: 0}
    for number, spell in enumerate(stream.spells()):
        shares = {CANDIDATE: spell.share, STABLE: 1.0 - spell.share}
        rates = {CANDIDATE: candidate_rate, STABLE: rate}
        requests = {arm: int(random.poisson(stream.pace * stream.step * share)) for arm, share in shares.items()}
        for arm in total:
            total[arm] += int(random.binomial(requests[arm], rates[arm]))
        at = (number + 1) * stream.step
        yield spell, look(at, total[CANDIDATE], total[STABLE], requests[CANDIDATE], requests[STABLE])


def levels(
    stream: Stream, *, level: float, candidate_level: float, noise: float, seed: int
) -> Iterator[tuple[Spell, Look]]:
    """A lognormal level, the same law for both."""
    random = np.random.default_rng(seed)
    for number, spell in enumerate(stream.spells()):
        noises = random.lognormal(0.0, noise, 2)
        yield spell, look((number + 1) * stream.step, candidate_level * noises[0], level * noises[1])


def look(
    at: float,
    candidate: float | None,
    stable: float | None = None,
    requests: float = 0.0,
    stable_requests: float = 0.0,
) -> Look:
    """One look; none is a version without a value."""
    values = {CANDIDATE: candidate, STABLE: stable}
    readings = {arm: Reading(at=at, value=value) for arm, value in values.items() if value is not None}
    return Look(at=at, readings=readings, requests={CANDIDATE: requests, STABLE: stable_requests})


def told(metric: Metric, looks: Iterator[tuple[Spell, Look]]) -> Iterator[tuple[float, Verdict, Watch]]:
    """What the judge says after each look; the first one only begins the counts."""
    watch = Watch(before={arm: Reading(at=0.0, value=0.0) for arm in (CANDIDATE, STABLE)})
    for spell, seen in looks:
        watch = absorb(watch, metric, spell, seen)
        yield seen.at, judge(watch, metric, alpha=ALPHA, now=seen.at), watch


def convicted_at(metric: Metric, looks: Iterator[tuple[Spell, Look]]) -> float | None:
    """When it is first called harmful."""
    return next((at for at, verdict, _ in told(metric, looks) if verdict.kind == Kind.HARMFUL), None)
