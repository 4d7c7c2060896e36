"""What Prometheus, or what stands before it, can answer, written down to the documented API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from contract.answering import Question, Reply, answering
from contract.stored import in_loop
from contract.traffic import A, B
from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics.prometheus import Prometheus, PrometheusOptions
from shipway.adapters.metrics.prometheus.build import opened
from shipway.adapters.web.client import SourceSilent
from shipway.adapters.web.credentials import CredentialMissing
from shipway.errors import PortError
from shipway.model.revision import RevisionId

NOW = 1_800_000_000.0
REQUESTS = 'requests_total{version="{version}"}'


class FixedClock:
    def __init__(self) -> None:
        self.seconds = NOW

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Server:
    """Answers each question with what is set, and keeps the questions."""

    def __init__(self) -> None:
        self.reply = Reply(vector())
        self.delay_seconds = 0.0
        self.asked: list[Question] = []

    async def answer(self, question: Question) -> Reply:
        self.asked.append(question)
        await asyncio.sleep(self.delay_seconds)
        return self.reply


def vector(*items: tuple[str, dict[str, str], str], warnings: tuple[str, ...] = ()) -> dict[str, object]:
    """A combined answer: (key, labels, value) of revision A."""
    result: list[object] = [{"metric": {"shipway_part": "now"}, "value": [NOW, f"{NOW}"]}]
    for key, labels, value in items:
        part = f"metrics.prometheus.{key} {A}"
        result.append({"metric": {"shipway_part": part, **labels}, "value": [NOW, value]})
    said: dict[str, object] = {"status": "success", "data": {"resultType": "vector", "result": result}}
    return said | ({"warnings": warnings} if warnings else {})


@asynccontextmanager
async def prometheus(clock: FixedClock | None = None, **named: object) -> AsyncIterator[tuple[Prometheus, Server]]:
    server = Server()
    async with answering(server.answer) as url:
        options = PrometheusOptions(url=url, **{"requests": REQUESTS, "timeout": 5.0, **named})  # type: ignore[arg-type]
        source = opened(options, service="checkout", clock=clock or FixedClock())
        yield source, server
        await source.close()


async def refused(source: Prometheus, *revisions: RevisionId) -> PortError:
    with pytest.raises(PortError) as caught:
        await source.sample(revisions or [A])
    assert caught.value.what and caught.value.where
    return caught.value


@in_loop
async def test_all_revisions_are_asked_for_in_one_question() -> None:
    async with prometheus() as (source, server):
        seen = await source.sample([A, B])
        assert [question.path for question in server.asked] == ["/api/v1/query"]
        assert (
            'version="1.8.2"' in server.asked[0].form["query"]
            and 'version="1.9.0"' in server.asked[0].form["query"]
        )
        assert {one.at for one in seen.values()} == {NOW}


@in_loop
async def test_errors_are_told_by_the_status_unless_a_query_tells_them() -> None:
    good, bad = {"code": "200", "instance": "a"}, {"code": "503", "instance": "a"}
    async with prometheus() as (source, server):
        server.reply = Reply(vector(("requests", good, "90"), ("requests", bad, "10")))
        series = (await source.sample([A]))[A].series.values()
        assert (sum(one.requests for one in series), sum(one.errors for one in series)) == (100, 10)
        server.reply = Reply(vector(("requests", {"instance": "a"}, "90")))
        assert "nothing tells which requests were errors" in (await refused(source)).what


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1", "0.25"])
@in_loop
async def test_what_no_counter_can_be_is_an_error_that_shows_it(value: str) -> None:
    async with prometheus() as (source, server):
        server.reply = Reply(vector(("requests", {"code": "200"}, value)))
        error = await refused(source)
        assert isinstance(error, QueryWrong) and value in error.why and "rate()" in error.fix


@in_loop
async def test_the_same_answer_again_is_nothing_new() -> None:
    async with prometheus() as (source, server):
        server.reply = Reply(vector(("requests", {"code": "200"}, "7")))
        assert await source.sample([A]) == await source.sample([A])


@in_loop
async def test_revisions_that_have_the_same_version_need_a_query_that_tells_them_apart() -> None:
    same = RevisionId(f"{A.rpartition('-')[0]}-ffffffff")
    async with prometheus() as (source, _):
        assert "cannot tell" in (await refused(source, A, same)).what
    async with prometheus(requests='requests_total{revision="{revision}"}') as (source, _):
        assert set(await source.sample([A, same])) == {A, same}


@in_loop
async def test_a_part_of_the_data_is_no_data_but_a_remark_is_none() -> None:
    async with prometheus() as (source, server):
        server.reply = Reply(vector(warnings=("store 10.0.0.7:10901 is unavailable",)))
        error = await refused(source)
        assert "in part" in error.what and "10.0.0.7" in error.why
        server.reply = Reply(vector(warnings=("PromQL info: metric might not be a counter",)))
        assert set(await source.sample([A])) == {A}


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply("<html>login</html>"), "not its API's JSON"),
        (
            Reply({"status": "success", "data": {"resultType": "vector", "result": [{"metric": 3}]}}),
            "not its API's JSON",
        ),
        (Reply({"status": "success", "data": {"resultType": "vector", "result": []}}), "lost the labels"),
        (Reply(b'{"status":"succ'), "not its API's JSON"),
        (Reply({"status": "error", "errorType": "bad_data", "error": "parse error"}, 400), "does not understand"),
        (Reply({"status": "error", "errorType": "execution", "error": "many-to-many"}, 422), "the query fails"),
        (Reply({"status": "error", "errorType": "timeout", "error": "query timed out"}, 503), "failed: timeout"),
        (Reply("upstream is gone", 502), "failed with 502"),
        (Reply("", 302, {"location": "https://login.example/"}), "somewhere else"),
        (Reply("no", 401), "refused the credentials"),
        (Reply("no", 403), "refused the credentials"),
    ],
)
@in_loop
async def test_every_other_answer_is_an_error_and_not_zero(reply: Reply, said: str) -> None:
    async with prometheus() as (source, server):
        server.reply = reply
        assert said in (await refused(source)).what


@in_loop
async def test_a_slow_answer_ends_at_the_deadline() -> None:
    async with prometheus(timeout=0.1) as (source, server):
        server.delay_seconds = 5.0
        assert "did not answer within 0.1 s" in (await refused(source)).what


@in_loop
async def test_nobody_there_is_an_error() -> None:
    async with prometheus() as (source, _):
        pass
    error = await refused(source)
    await source.close()
    assert isinstance(error, SourceSilent) and "cannot be reached" in error.what


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["30", formatdate(NOW + 30, usegmt=True)])
@in_loop
async def test_a_wait_that_is_asked_for_is_kept(status: int, after: str) -> None:
    clock = FixedClock()
    async with prometheus(clock) as (source, server):
        server.reply = Reply("slow down", status, {"retry-after": after})
        assert "again in 30 s" in (await refused(source)).what
        clock.seconds += 29.0
        assert "left alone" in (await refused(source)).what
        assert len(server.asked) == 1
        clock.seconds += 2.0
        server.reply = Reply(vector())
        assert set(await source.sample([A])) == {A}


@in_loop
async def test_credentials_are_sent_and_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("Bearer s3cr3t-token\n")
    monkeypatch.setenv("SHIPWAY_TEST_TENANT", "t3nant-key")
    headers = {"x-tenant": "env:SHIPWAY_TEST_TENANT", "x-team": "text:shop", "authorization": "file:token"}
    async with prometheus(headers=headers, directory=str(tmp_path)) as (source, server):
        await source.sample([A])
        sent = server.asked[0].headers
        assert (sent["authorization"], sent["x-tenant"], sent["x-team"]) == (
            "Bearer s3cr3t-token",
            "t3nant-key",
            "shop",
        )
        server.reply = Reply("bad header: Bearer s3cr3t-token, t3nant-key", 403)
        said = str(await refused(source))
        assert "***" in said and "s3cr3t" not in said and "t3nant-key" not in said


@in_loop
async def test_a_token_is_sent_as_a_bearer_and_read_anew_each_time(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one")
    async with prometheus(token="file:token", directory=str(tmp_path)) as (source, server):
        await source.sample([A])
        (tmp_path / "token").write_text("two")
        await source.sample([A])
        assert [question.headers["authorization"] for question in server.asked] == ["Bearer one", "Bearer two"]
        (tmp_path / "token").unlink()
        error = await refused(source)
        assert isinstance(error, CredentialMissing) and "token" in error.where


@in_loop
async def test_a_variable_that_the_controller_does_not_have_says_so() -> None:
    async with prometheus(token="env:SHIPWAY_TEST_NOT_SET") as (source, server):
        error = await refused(source)
        assert error.where == "env:SHIPWAY_TEST_NOT_SET" and "controller" in error.why
        assert server.asked == []


def replica(name: str, requests: int, failed: int, slow: int) -> list[tuple[str, dict[str, str], str]]:
    labels = {"job": "checkout", "instance": name}
    timed = requests + failed
    return [
        ("requests", {**labels, "code": "200"}, str(requests)),
        ("requests", {**labels, "code": "500"}, str(failed)),
        ("latency", {**labels, "le": "0.1"}, str(timed - slow)),
        ("latency", {**labels, "le": "+Inf"}, str(timed)),
    ]


@in_loop
async def test_replicas_are_told_apart_by_job_and_instance() -> None:
    async with prometheus(latency='seconds_bucket{version="{version}"}') as (source, server):
        server.reply = Reply(vector(*replica("a:1", 90, 10, 7), *replica("b:1", 40, 0, 2)))
        sample = await source.by_replica(A)
        assert sample.bounds_seconds == (0.1,)
        assert {
            name: (one.requests, one.errors, one.timed, one.buckets) for name, one in sample.series.items()
        } == {
            "checkout a:1": (100, 10, 100, (93,)),
            "checkout b:1": (40, 0, 40, (38,)),
        }


@in_loop
async def test_a_query_that_sums_over_replicas_tells_of_none() -> None:
    async with prometheus() as (source, server):
        server.reply = Reply(vector(("requests", {"code": "200"}, "90")))
        assert not (await source.by_replica(A)).series
