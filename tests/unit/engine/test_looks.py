"""Look after look: what the guard makes of samples that are late, told twice, missing, or by another clock."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from kernel import NOW, V1, V2, case, plan_of, replicas, seen
from shipway.engine.guard import Evidence, look
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Sample
from shipway.model.verdict import Kind, Severity


class Told:
    """A source that says what it is told to."""

    def __init__(self) -> None:
        self.samples: dict[RevisionId, Sample] | None = {}

    async def check(self) -> str:
        return "told"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        if self.samples is None:
            raise PortError("the source is away", why="it was switched off")
        return self.samples


def staged(row: int = 1, **changes: object) -> Run:
    """A canary's first stage, reached."""
    plan = plan_of("canary")
    shares = {name: share / 1000 for name, share in plan.stages[row].route.shares.items()}
    world = seen((*replicas(V1, 4), *replicas(V2, 4)), shares)
    return case(plan, row, world, settled_at=NOW - 10.0, stayed_from=NOW - 10.0, **changes).run


def sample(name: RevisionId, at: float, requests: int, errors: int = 0, in_flight: int = 0) -> Sample:
    counts = Counts(requests=requests, errors=errors)
    return Sample(revision=name, at=at, series={"proxy": counts}, in_flight=in_flight, is_prompt=True)


class Watched:
    """A run that is looked at once a second, with 95 and 5 requests in between unless something else is said."""

    def __init__(self, run: Run, *, skew: float = 0.0) -> None:
        self.run, self.skew, self.source = run, skew, Told()
        self.evidence, self.at = Evidence(), 0
        self.counted = {V1: (0, 0), V2: (0, 0)}

    def second(self, ours: tuple[int, int] = (5, 0), theirs: tuple[int, int] = (95, 0), waiting: int = 0) -> None:
        """Both versions count, and the guard looks."""
        self.at += 1
        for name, (requests, errors) in ((V1, theirs), (V2, ours)):
            before = self.counted[name]
            self.counted[name] = before[0] + requests, before[1] + errors
        self.tell({name: sample(name, self.clock, *self.counted[name]) for name in (V1, V2)}, waiting)

    @property
    def clock(self) -> float:
        """The source's."""
        return NOW + self.at + self.skew

    def tell(self, samples: dict[RevisionId, Sample] | None, waiting: int = 0) -> None:
        """The source says this, and the guard looks."""
        if samples and V2 in samples:
            samples[V2] = replace(samples[V2], in_flight=waiting)
        self.source.samples = samples
        self.evidence = asyncio.run(look(self.evidence, self.run, self.source, now=NOW + self.at))

    def last(self) -> dict[RevisionId, Sample]:
        """What was told last."""
        return dict(self.source.samples or {})


def test_a_scrape_that_is_told_twice_or_late_counts_once() -> None:
    watched = Watched(staged())
    for _ in range(5):
        watched.second()
    old = watched.last()
    for _ in range(5):
        watched.second()
    tally = watched.evidence.tally
    for again in (watched.last(), old):
        watched.tell(again)
        assert watched.evidence.tally == tally
        assert watched.evidence.before[V1].at == watched.clock


def test_a_scrape_of_one_version_waits_for_the_other() -> None:
    watched = Watched(staged())
    watched.second()
    watched.second()
    watched.at += 1
    watched.tell({V2: sample(V2, watched.clock, 400, 400)})
    assert watched.evidence.verdict.kind == Kind.BLIND
    assert f"no counts of {V1}" in watched.evidence.verdict.sentence
    watched.second()
    assert watched.evidence.tally.compared.open.requests == 10


def test_a_source_that_repeats_itself_for_long_is_blindness() -> None:
    watched = Watched(staged())
    for _ in range(5):
        watched.second()
    said = watched.evidence.verdict
    for seconds, kind in ((30, said.kind), (90, Kind.BLIND)):
        watched.at += seconds
        watched.tell(watched.last())
        assert watched.evidence.verdict.kind == kind
    watched.second()
    assert watched.evidence.verdict.kind != Kind.BLIND


def test_a_source_whose_clock_is_an_hour_off_tells_the_same() -> None:
    said = []
    for skew in (0.0, 3600.0, -3600.0):
        watched = Watched(staged(), skew=skew)
        for number in range(30):
            watched.second(ours=(5, 1 if number % 3 == 0 else 0))
        said.append(watched.evidence.verdict.sentence)
    assert "in 29 s" in said[0]
    assert said[0] == said[1] == said[2]


def test_a_look_at_counters_that_did_not_move_repeats_the_verdict() -> None:
    """It is the same object: nothing was computed anew."""
    watched = Watched(staged())
    for _ in range(20):
        watched.second()
    said = watched.evidence.verdict
    watched.second(ours=(0, 0), theirs=(0, 0))
    assert watched.evidence.verdict is said
    watched.second()
    assert watched.evidence.verdict is not said


def test_a_candidate_that_answers_nothing_goes_back_at_once() -> None:
    watched = Watched(staged())
    for _ in range(10):
        watched.second(ours=(0, 0))
    assert watched.evidence.verdict.severity == Severity.CRITICAL
    assert watched.evidence.verdict.sentence.startswith("candidate answers nothing")


def test_before_its_stage_is_reached_silence_is_no_harm() -> None:
    watched = Watched(replace(staged(), settled_at=None))
    for _ in range(10):
        watched.second(ours=(0, 0))
    assert watched.evidence.verdict.kind == Kind.NOT_ENOUGH


def test_all_requests_hang_while_every_client_waits_for_the_candidate() -> None:
    """Nobody sends anything any more, so no count moves at all."""
    watched = Watched(staged())
    watched.second()
    watched.second()
    for _ in range(12):
        watched.second(ours=(0, 0), theirs=(0, 0), waiting=20)
    assert watched.evidence.verdict.severity == Severity.CRITICAL
    assert "requests hang" in watched.evidence.verdict.sentence
