"""Simulated users: requests flow by the proxies' shares, and each meets what its replica does."""

from collections.abc import Callable, Mapping, Sequence
from math import erf, exp, log, sqrt
from random import Random

from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Mirrored, Sample
from shipway.model.service_kind import ServiceKind
from shipway.model.share import TOTAL
from shipway.simulation.faults import Code, Faults
from shipway.simulation.platform import SimulatedPlatform
from shipway.simulation.timeline import Timeline
from shipway.simulation.traffic import SimulatedTraffic

BOUNDS_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
COPIES_SEED = 7
LATENCY_SPREAD = 0.5
"""Sigma of the lognormal latency."""


class Copies:
    """What became of copies, by revision. Their chances are their own: users' fate does not hang on them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.requests: dict[RevisionId, float] = {}
        self.errors: dict[RevisionId, int] = {}

    def meet(self, revision: RevisionId, requests: float, failing: float) -> None:
        """So many more copies, of which this part fails."""
        before = self.requests.get(revision, 0.0)
        self.requests[revision] = before + requests
        whole = int(before + requests) - int(before)
        self.errors[revision] = self.errors.get(revision, 0) + min(whole, draw(whole * failing, self.random))


class SimulatedMetrics:
    """A `MetricSource`, and the count of what users noticed."""

    def __init__(
        self,
        timeline: Timeline,
        platform: SimulatedPlatform,
        traffic: SimulatedTraffic,
        *,
        faults: Faults,
        rate: Callable[[float], float],
        random: Random,
        kind: ServiceKind = ServiceKind.HTTP,
    ) -> None:
        self.timeline, self.platform, self.traffic = timeline, platform, traffic
        self.faults, self.rate, self.random = faults, rate, random
        self.kind = kind
        self.requests: dict[RevisionId, float] = {}
        self.errors: dict[RevisionId, int] = {}
        self.copies = Copies(Random(COPIES_SEED))
        self._since = 0.0

    async def check(self) -> str:
        """Always there."""
        return "simulated users"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        """Counts up to now. Raises `PortError` while the scenario takes the metrics away."""
        self.flow()
        now = self.timeline.now()
        if self.faults.metrics_gone_from <= now < self.faults.metrics_gone_to:
            raise PortError("the simulated metrics are gone", why="a fault of the scenario")
        return {name: self._sample(name, now) for name in revisions}

    async def mirrored(self, revision: RevisionId) -> Mirrored:
        """All of users' requests may be copied here. Raises `PortError` as `sample` does."""
        users = await self.sample(tuple(self.requests))
        counts = [counted for sample in users.values() for counted in sample.series.values()]
        every = Counts(requests=sum(c.requests for c in counts), errors=sum(c.errors for c in counts))
        requests, errors = int(self.copies.requests.get(revision, 0.0)), self.copies.errors.get(revision, 0)
        return Mirrored(
            users=self._plain(revision, every),
            copies=self._plain(revision, Counts(requests=requests, errors=errors)),
        )

    def _plain(self, revision: RevisionId, counts: Counts) -> Sample:
        return Sample(revision=revision, at=self.timeline.now(), series={"users": counts}, is_prompt=True)

    def flow(self) -> None:
        """Let the requests happen that came since the last look, at the shares that hold now."""
        now = self.timeline.now()
        seconds, self._since = now - self._since, now
        total = self.rate(now) * seconds
        if total <= 0:
            return
        for name, part in self._parts():
            self._meet(name, total * part)
        for proxy in self.traffic.proxies:
            if mirror := proxy.route.mirror:
                copies = total / len(self.traffic.proxies) * mirror.share / TOTAL
                self.copies.meet(mirror.revision, copies, self._failing(mirror.revision))

    def _parts(self) -> list[tuple[RevisionId, float]]:
        """Of requests by the proxies' shares, of jobs by ready replicas; jobs that nobody fetches wait."""
        if self.kind == ServiceKind.WORKER:
            ready = [copy.revision for copy in self.platform.copies.values() if copy.is_ready]
            return [(name, ready.count(name) / len(ready)) for name in sorted(set(ready))]
        names = sorted({name for proxy in self.traffic.proxies for name in proxy.route.shares})
        return [(name, self.traffic.share(name)) for name in names]

    def _meet(self, revision: RevisionId, requests: float) -> None:
        before = self.requests.get(revision, 0.0)
        self.requests[revision] = before + requests
        whole = int(before + requests) - int(before)
        failing = self._failing(revision)
        self.errors[revision] = self.errors.get(revision, 0) + min(whole, draw(whole * failing, self.random))

    def _failing(self, revision: RevisionId) -> float:
        answers = any(copy.is_ready for copy in self.platform.of(revision))
        return self._code(revision).error_rate if answers else 1.0

    def _code(self, revision: RevisionId) -> Code:
        return self.platform.codes.get(revision, Code())

    def _sample(self, revision: RevisionId, now: float) -> Sample:
        requests = int(self.requests.get(revision, 0.0))
        latency = self._code(revision).latency
        counts = Counts(
            requests=requests,
            errors=self.errors.get(revision, 0),
            latency_sum_seconds=requests * latency * exp(LATENCY_SPREAD**2 / 2),
            buckets=tuple(int(requests * _below(bound, latency)) for bound in BOUNDS_SECONDS),
        )
        return Sample(
            revision=revision,
            at=now,
            series={"users": counts},
            bounds_seconds=BOUNDS_SECONDS,
            is_prompt=True,
        )


def _below(bound: float, median: float) -> float:
    return 0.5 * (1 + erf(log(bound / median) / LATENCY_SPREAD / sqrt(2)))


KNUTH_MAX = 30.0


def draw(mean: float, random: Random) -> int:
    """A Poisson number: by Knuth's product while the mean is small, by the normal law above."""
    if mean <= 0:
        return 0
    if mean > KNUTH_MAX:
        return max(0, round(random.gauss(mean, sqrt(mean))))
    limit, product, count = exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count
