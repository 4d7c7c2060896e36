"""Two numbers of a Deployment say how many pods of each template there are, whatever was there before."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contract.deployment_controller import Controller
from shipway.adapters.platforms.kubernetes.in_place.deployments import NEVER, Deployments
from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled, encoded, followed, rolled
from shipway.model.revision import RevisionId

A, B = RevisionId("a"), RevisionId("b")
FORM = Deployments()
USERS: dict[str, Any] = {
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
    "progressDeadlineSeconds": 600,
}


def order(revision: RevisionId, generation: int = 1, **more: Any) -> Order:
    return Order(revision=revision, generation=generation, at=10.0, **more)


class Cluster:
    """A Deployment, its controller, and pods that are ready at once."""

    def __init__(self, replicas: int, *, autoscaled: bool = False) -> None:
        self.spec: dict[str, Any] = {**USERS, "replicas": replicas}
        self.state, self.pods, self._made = Rolled(autoscaled=autoscaled), dict[str, RevisionId](), 0
        self._controller = Controller({A: 0, B: 0}, {A: replicas})
        self.scaled(A, replicas)

    def counts(self) -> dict[str, int]:
        return {name: list(self.pods.values()).count(name) for name in sorted(set(self.pods.values()))}

    def scaled(self, revision: RevisionId, count: int) -> None:
        state = self._begun()
        if state.counts and not state.others and revision != state.revision:
            self._written(msgspec.structs.replace(state, halted=True))
        self._written(FORM.scaled(self._begun(), self.pods, order(revision, replicas=count)))

    def ended(self, revision: RevisionId, count: int) -> None:
        """Drained, then stopped."""
        named = frozenset([pod for pod, whose in self.pods.items() if whose == revision][:count])
        self._written(FORM.drained(self._begun(), self.pods, order(revision, named=named)))
        self._written(FORM.stopped(self._begun(), self.pods, order(revision, named=named)))

    def autoscaled(self, more: int) -> None:
        """So many more, which the controller divides among the templates that have pods."""
        self.spec = {**self.spec, "replicas": self.spec["replicas"] + more}
        there = sorted(self.counts())
        for number in range(more):
            name = there[number % len(there)]
            self._controller.counts[name] = self._controller.counts.get(name, 0) + 1
        for revision, count in self._controller.counts.items():
            self._have(RevisionId(revision), count)

    def _begun(self) -> Rolled:
        state = followed(self.state, self.spec["replicas"], self.pods, grows=FORM.grows)
        if state.others or state.halted:
            return state
        return msgspec.structs.replace(state, before=FORM.before(self.spec))

    def _written(self, state: Rolled) -> None:
        self.state = rolled({"metadata": {"annotations": {"shipway.dev/update": encoded(state)}}})
        self.spec = FORM.spec(self.spec, self.state)
        assert list(FORM.changed(self.spec, self.state)) == []
        counts = self._controller.settle(self.spec, state.revision)
        for revision in {*self.pods.values(), *map(RevisionId, counts)}:
            self._have(revision, counts.get(revision, 0))

    def _have(self, revision: RevisionId, count: int) -> None:
        mine = [pod for pod, whose in self.pods.items() if whose == revision]
        mine.sort(key=lambda pod: self.state.pods[pod].stays if pod in self.state.pods else True)
        for pod in mine[: max(0, len(mine) - count)]:
            del self.pods[pod]
        for _ in range(count - len(mine)):
            self._made += 1
            self.pods[f"{revision}-{self._made}"] = revision


def test_a_release_goes_by_batches_and_each_is_waited_for() -> None:
    cluster = Cluster(4)
    seen = []
    for count in (1, 2, 3, 4):
        cluster.scaled(B, count)
        cluster.ended(A, 1)
        seen.append(cluster.counts())
    assert seen == [{"a": 3, "b": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 3}, {"b": 4}]


def test_while_two_versions_are_there_pods_are_never_ready_for_long_enough() -> None:
    cluster = Cluster(4)
    cluster.scaled(B, 1)
    assert cluster.spec["minReadySeconds"] == NEVER - 1 and cluster.spec["progressDeadlineSeconds"] == NEVER
    assert cluster.spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_what_the_user_says_of_updates_is_back_as_soon_as_one_version_is_left() -> None:
    cluster = Cluster(2)
    cluster.scaled(B, 2)
    cluster.ended(A, 2)
    assert {key: cluster.spec.get(key) for key in ("minReadySeconds", *USERS)} == {
        "minReadySeconds": None,
        **USERS,
    }


def test_a_take_back_makes_the_former_whole_before_the_other_ends() -> None:
    cluster = Cluster(4)
    proven = set(cluster.pods)
    cluster.scaled(B, 2)
    cluster.ended(A, 2)
    kept = proven & set(cluster.pods)
    cluster.scaled(A, 4)
    assert cluster.counts() == {"a": 4, "b": 2}
    cluster.ended(B, 2)
    assert cluster.counts() == {"a": 4} and kept <= set(cluster.pods)


def test_a_version_that_was_only_beside_the_former_gives_its_template_up() -> None:
    cluster = Cluster(3)
    cluster.scaled(B, 1)
    cluster.ended(B, 1)
    assert cluster.counts() == {"a": 3} and cluster.state.revision == A


def test_fewer_pods_of_one_version_are_a_smaller_deployment_and_drained_ones_end() -> None:
    cluster = Cluster(4)
    stays = set(list(cluster.pods)[2:])
    cluster.ended(A, 2)
    assert set(cluster.pods) == stays and cluster.spec["replicas"] == 2
    cluster.scaled(A, 3)
    assert cluster.counts() == {"a": 3} and cluster.spec["strategy"] == USERS["strategy"]
    cluster.ended(A, 3)
    assert cluster.counts() == {} and cluster.spec["replicas"] == 0


STEPS = st.lists(
    st.tuples(st.sampled_from(["scale", "end", "autoscale"]), st.sampled_from([A, B]), st.integers(0, 6)),
    max_size=12,
)


@given(st.integers(1, 5), STEPS)
def test_what_an_autoscaler_adds_stays_whatever_is_asked_for_next(replicas: int, steps: list[Any]) -> None:
    cluster = Cluster(replicas, autoscaled=True)
    for what, revision, count in steps:
        before, all_before = cluster.counts(), set(cluster.pods)
        if what == "autoscale" and count > 0:
            cluster.autoscaled(count)
        elif what == "scale" and count > 0:
            cluster.scaled(revision, count)
            assert cluster.counts() == {**before, revision: max(before.get(revision, 0), count)}
        assert all_before <= set(cluster.pods), "nothing ends"


@given(st.integers(1, 5), STEPS)
def test_there_are_just_as_many_pods_of_each_as_were_asked_for(replicas: int, steps: list[Any]) -> None:
    """Drained ones end and no others, for whatever is asked while full capacity is held."""
    cluster = Cluster(replicas)
    for what, revision, count in steps:
        before, all_before = cluster.counts(), set(cluster.pods)
        there = before.get(revision, 0)
        if what == "scale" and count > 0:
            cluster.scaled(revision, count)
            assert cluster.counts() == {**before, revision: max(there, count)}
            assert all_before <= set(cluster.pods), "growing ends none"
        elif what == "end" and sum(before.values()) - count >= cluster.state.replicas > 0 and count <= there:
            cluster.ended(revision, count)
            left = {**before, revision: there - count}
            assert cluster.counts() == {name: number for name, number in left.items() if number}
