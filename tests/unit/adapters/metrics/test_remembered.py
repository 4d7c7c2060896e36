"""Whatever series do, what happened is counted once."""

from hypothesis import given
from hypothesis import strategies as st

from contract.traffic import A, B
from shipway.adapters.metrics._remembered import Remembered, Series, sample_of
from shipway.analysis.windows import window
from shipway.model.sample import Sample

STEPS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from(("seen", "seen", "seen", "hidden", "restarted"))),
        min_size=3,
        max_size=3,
    ),
    min_size=1,
    max_size=12,
)


class Counter:
    """One replica: what it counts since it started, and whether it can be seen."""

    def __init__(self, name: str) -> None:
        self.name, self.count, self.started, self.is_seen = name, 0, 0, True
        self.missed = 0

    def step(self, grown: int, what: str) -> None:
        self.is_seen = what != "hidden"
        if what == "restarted":
            self.count, self.started = 0, self.started + 1
            self.is_seen = True
        self.count += grown

    def series(self) -> Series:
        buckets = {0.1: self.count // 2, 0.5: self.count}
        source = f"{self.name}@{self.started}"
        return Series(identity=self.name, source=source, requests=self.count, buckets=buckets, timed=self.count)


@given(STEPS, st.sets(st.integers(1, 12)))
def test_hidden_and_restarted_replicas_are_counted_once(
    steps: list[list[tuple[int, str]]], controllers: set[int]
) -> None:
    """Also where another controller goes on from what was kept."""
    remembered = Remembered()
    replicas = [Counter(name) for name in "abc"]
    before, told, shown = Sample(revision=A, at=0.0), 0, {(name, 0): 0 for name in "abc"}
    for at, step in enumerate(steps, 1):
        if at in controllers:
            kept, remembered = remembered.kept(), Remembered()
            remembered.recall(kept)
        for replica, (grown, what) in zip(replicas, step, strict=True):
            replica.step(grown, what)
        seen = {replica.name: replica.series() for replica in replicas if replica.is_seen}
        for replica in replicas:
            if replica.is_seen:
                shown[replica.name, replica.started] = replica.count
        after = sample_of(A, remembered.with_(A, seen), at=float(at))
        found = window(before, after)
        told, before = told + found.requests, after
        assert found.timed is None or found.timed == found.requests
        assert not found.buckets or found.buckets[-1] == found.requests
    assert told == sum(shown.values())


def test_a_series_that_times_nothing_does_not_hide_the_histogram_beside_it() -> None:
    remembered = Remembered()
    parts = {
        "requests": Series(identity="requests", source="requests", requests=10),
        "latency": Series(identity="latency", source="latency", buckets={0.1: 4, 0.5: 9}, timed=10),
    }
    seen = window(Sample(revision=A, at=0.0), sample_of(A, remembered.with_(A, parts), at=1.0))
    assert (seen.requests, seen.buckets, seen.timed) == (10, (4, 9), 10)


def test_latencies_that_appear_later_do_not_count_requests_again() -> None:
    remembered = Remembered()
    requests = Series(identity="requests", source="requests", requests=10)
    before = sample_of(A, remembered.with_(A, {"requests": requests}), at=1.0)
    latency = Series(identity="latency", source="latency", buckets={0.1: 4}, timed=10)
    after = sample_of(A, remembered.with_(A, {"requests": requests, "latency": latency}), at=2.0)
    assert window(before, after).requests == 0


def test_other_revisions_are_forgotten() -> None:
    remembered = Remembered()
    remembered.with_(A, {"a": Series(identity="a", source="a", requests=1)})
    remembered.forget_others({B: None})
    assert not remembered.knows(A)
