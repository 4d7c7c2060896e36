"""A source of counts per interval sums them up in the adapter: whoever dies, none is lost or counted twice."""

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from crash.points import die
from shipway.adapters.metrics._intervals import Pace, Points
from shipway.adapters.metrics._points import PointSource, Wanted
from shipway.engine import guard
from shipway.engine.ports import Ports
from shipway.model.command import Deploy
from shipway.model.release import Canary, Release
from shipway.model.revision import Revision, RevisionId
from shipway.model.sample import Sample
from shipway.model.share import TOTAL, Share
from shipway.simulation.faults import Controllers, Faults
from shipway.simulation.pilot import Pilot
from shipway.simulation.scenario import Asked, Scenario
from shipway.simulation.simulate import Simulation

OLD, NEW = RevisionId("1-a"), RevisionId("2-b")
PACE = Pace(interval_seconds=5.0, lateness_seconds=5.0)
SHARDS = 2


class Ledger:
    """A monitoring service: it has how many requests there were in each interval."""

    name = "ledger"

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.intervals: dict[str, dict[float, float]] = {}
        self._before: dict[str, float] = {}
        simulation.timeline.after(PACE.interval_seconds, self._close)

    def _close(self) -> None:
        """An interval is over."""
        metrics, start = self.simulation.metrics, self.simulation.timeline.now() - PACE.interval_seconds
        metrics.flow()
        counts = {f"requests {name}": int(count) for name, count in metrics.requests.items()}
        counts |= {f"errors {name}": count for name, count in metrics.errors.items()}
        for query, count in counts.items():
            self.intervals.setdefault(query, {})[start] = count - self._before.get(query, 0)
        self._before = dict(counts)
        self.simulation.timeline.after(PACE.interval_seconds, self._close)

    async def check(self) -> str:
        return "a ledger"

    async def close(self) -> None:
        pass

    async def points(self, queries: dict[str, str], *, start: float, end: float) -> dict[str, Points]:
        return {
            part: {at: value for at, value in self.intervals.get(query, {}).items() if start <= at < end}
            for part, query in queries.items()
        }

    def total(self, query: str, *, start: float, end: float) -> float:
        return sum(value for at, value in self.intervals[query].items() if start <= at < end)


class Source(PointSource):
    """Says when the candidate is first seen."""

    told: "Told"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        found = await super().sample(revisions)
        if NEW in found and not found[NEW].is_unseen and self.told.first is None:
            self.told.first = sum(counts.requests for counts in found[NEW].series.values())
        return found


class Told(Simulation):
    """Each controller has an adapter of its own over the same service."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.first: int | None = None
        """What the candidate's first sample had: counting begins there."""
        self.ledger = Ledger(self)

    def _start_pilot(self, name: str) -> None:
        super()._start_pilot(name)
        wanted = Wanted(requests="requests {revision}", errors="errors {revision}")
        source = Source(self.ledger, wanted, PACE, service="checkout", clock=self.timeline)  # type: ignore[arg-type]
        source.told = self
        pilot: Pilot = self.pilots[-1]
        pilot.ports = Ports(**{**vars(pilot.ports), "metrics": source})


def scenario() -> Scenario:
    wish = Release(
        service="checkout",
        revision=OLD,
        strategy="canary",
        replicas=2,
        canary=Canary(shares=(Share(20_000), TOTAL), bake=40.0),
    )
    return Scenario(
        seed=3,
        revisions=tuple(
            Revision(id=name, service="checkout", version=name[0], platform={}) for name in (OLD, NEW)
        ),
        asked=(
            Asked(at=0.0, command=Deploy(release=wish)),
            Asked(at=60.0, command=Deploy(release=replace(wish, revision=NEW))),
        ),
        faults=Faults(until=60.0, controllers=Controllers(count=1, die=1e-9)),
        requests_per_second=50.0,
        horizon=200.0,
        quiet=1e9,
    )


def played(*, at: int = -1) -> tuple[Told, int]:
    """The releases; the controller dies at that step, and another one takes over."""
    told, count = Told(scenario()), 0

    def point(what: str) -> float:
        nonlocal count
        count += 1
        return die(what) if count == at else 0.0

    told.before_point = point
    told.play()
    return told, count


def lost(told: Told) -> float:
    """Of all that users asked of the candidate since it was first seen, what the guard's sums do not have."""
    evidence = guard.load(told.journal.checkpoints["checkout"][guard.CHECKPOINT])
    query, seen = f"requests {NEW}", evidence.before[NEW]
    begun = min(told.ledger.intervals[query])
    whole = told.ledger.total(query, start=begun, end=seen.at)
    assert told.first is not None and evidence.tally.candidate.requests > 1000
    return whole - told.first - evidence.tally.candidate.requests


def test_nothing_is_lost_while_nobody_dies() -> None:
    assert lost(played()[0]) == 0


@pytest.mark.parametrize("shard", range(SHARDS))
def test_nothing_is_lost_or_counted_twice_wherever_the_controller_dies(shard: int) -> None:
    steps = played()[1]
    assert steps > 50
    for step in range(1 + shard, steps, 2 * SHARDS):
        assert lost(played(at=step)[0]) == 0, f"the controller died at step {step}"


def test_a_source_that_remembers_nothing_loses_what_came_while_nobody_looked(monkeypatch) -> None:
    """The proof above would notice."""
    monkeypatch.setattr(PointSource, "recall", lambda self, kept: None)
    steps = played()[1]
    assert any(lost(played(at=step)[0]) for step in range(steps - 1, 1, -5))
