"""A stage with copies: they speak for the candidate, and are nobody's requests."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from kernel import NOW, V1, V2, plan_of
from kernel import release as release_of
from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.assembling import assembled
from shipway.engine import guard, mirroring
from shipway.engine.guard import Evidence
from shipway.engine.ports import Ports
from shipway.engine.state import Run
from shipway.errors import PortError
from shipway.model.release import Chosen, Mirroring
from shipway.model.revision import RevisionId
from shipway.model.sample import Counts, Mirrored, Sample
from shipway.model.share import Share
from shipway.model.verdict import Kind
from shipway.spec.traffic import IN_CLUSTER

RUN = Run(
    id=1,
    plan=plan_of("canary", mirror=Mirroring(share=Share(10_000), seconds=600.0)),
    by="test",
    started_at=NOW,
    row=1,
    entered_at=NOW,
    settled_at=NOW,
)


class Told:
    """A source in which the application counts copies as if they were users' requests, as many do."""

    def __init__(self) -> None:
        self.at, self.is_gone = NOW, False

    def _sample(self, revision: RevisionId, requests: float, errors: float) -> Sample:
        counts = Counts(requests=int(requests), errors=int(errors))
        return Sample(revision=revision, at=self.at, series={"x": counts}, is_prompt=True)

    async def check(self) -> str:
        return "told"

    async def sample(self, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, Sample]:
        seconds = self.at - NOW
        return {V1: self._sample(V1, 100 * seconds, 0), V2: self._sample(V2, 10 * seconds, 5 * seconds)}

    async def mirrored(self, revision: RevisionId) -> Mirrored:
        if self.is_gone:
            raise PortError("Envoy does not answer")
        samples = await self.sample([V1, V2])
        return Mirrored(users=samples[V1], copies=samples[revision])


def looked(source: Told, run: Run = RUN, evidence: Evidence | None = None) -> Evidence:
    found = asyncio.run(guard.look(evidence or Evidence(), run, source, now=source.at))
    return asyncio.run(mirroring.look(found, run, source, now=source.at))


def after(looks: int, run: Run = RUN) -> Evidence:
    source, evidence = Told(), Evidence()
    for number in range(looks):
        source.at = NOW + 5.0 * number
        evidence = looked(source, run, evidence)
    return evidence


def test_failing_copies_are_harm_though_no_user_was_there() -> None:
    evidence = after(12)
    assert evidence.verdict.kind == Kind.HARMFUL
    assert "copied requests" in evidence.verdict.sentence


def test_copies_are_in_no_sum_of_users_requests_whoever_counted_them() -> None:
    evidence = after(12)
    assert evidence.tally.candidate.requests == evidence.tally.candidate.errors == 0
    assert evidence.tally.began_at is None and evidence.tally.first_bad_at is None
    assert evidence.windows[V2].requests == 0 and evidence.windows[V1].requests == 500


def test_where_the_data_plane_counts_none_the_source_of_the_versions_does() -> None:
    class Counted:
        """By version, as Prometheus does."""

        def __init__(self, told: Told) -> None:
            self.check, self.sample = told.check, told.sample

    source, evidence = Told(), Evidence()
    ports = Ports(platform=None, traffic=None, metrics=Counted(source), gates={})  # type: ignore[arg-type]
    for number in range(12):
        source.at = NOW + 5.0 * number
        found = asyncio.run(guard.look(evidence, RUN, ports.metrics, now=source.at))  # type: ignore[arg-type]
        counts = mirroring.source_of(ports, RUN)
        evidence = asyncio.run(mirroring.look(found, RUN, counts, now=source.at))
    assert evidence.verdict.kind == Kind.HARMFUL
    assert "copied requests" in evidence.verdict.sentence


def test_a_later_stage_begins_without_them() -> None:
    evidence = after(12)
    source = Told()
    source.at = NOW + 61.0
    assert looked(source, replace(RUN, row=2), evidence).verdict.kind == Kind.NOT_ENOUGH


def test_who_cannot_see_copies_is_blind_and_blames_nobody() -> None:
    source = Told()
    source.is_gone = True
    assert looked(source).verdict.kind == Kind.BLIND


def test_the_evidence_is_kept_with_them() -> None:
    evidence = after(3)
    assert guard.load(guard.dump(evidence)) == evidence


@pytest.mark.parametrize("traffic", sorted(IN_CLUSTER))
def test_a_cluster_s_own_data_plane_counts_no_copies(traffic: str, tmp_path: Path) -> None:
    options = {
        "service": {"name": "checkout"},
        "gateway_api": {"route": "checkout", "url": "http://127.0.0.1:9"},
        "istio": {"virtual_service": "checkout", "destination_rule": "checkout", "url": "http://127.0.0.1:9"},
    }
    wish = replace(
        release_of("canary", mirror=Mirroring(share=Share(10_000), seconds=600.0)),
        platform=Chosen(name="kubernetes", options={"namespace": "shop"}),
        traffic=Chosen(name=traffic, options=options[traffic]),
        metrics=Chosen(name="prometheus", options={"url": "http://127.0.0.1:9", "requests": "r", "errors": "e"}),
    )
    context = Context(service="checkout", home=tmp_path, clock=WallClock(), health={})
    ports = assembled(wish, context)
    assert ports.mirror_counts is None and ports.metrics is not None
