"""What CloudWatch can answer, written down to its documented API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from contract.answering import Question, Reply, answering
from contract.fake_cloudwatch import JSON, KEY, REGION, SECRET, failure, is_signed
from contract.stored import in_loop
from contract.traffic import A
from shipway.adapters.metrics import cloudwatch
from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics._points import PointSource
from shipway.adapters.web.client import SourceSilent
from shipway.errors import PortError

NOW = 1_800_000_000.0


class Clock:
    seconds = NOW + 180.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Server:
    """Answers with one reply after the other; the last again and again."""

    def __init__(self) -> None:
        self.replies, self.asked, self.clock = [Reply({}, 200, JSON)], list[Question](), Clock()
        self.delay_seconds = 0.0

    async def answer(self, question: Question) -> Reply:
        self.asked.append(question)
        await asyncio.sleep(self.delay_seconds)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@asynccontextmanager
async def opened(
    requests: str = "Shop Requests Version={version}", *, timeout: float = 10.0
) -> AsyncIterator[tuple[PointSource, Server]]:
    server = Server()
    async with answering(server.answer) as url:
        options = cloudwatch.CloudWatchOptions(
            region=REGION,
            url=url,
            requests=requests,
            errors="SEARCH('errors {version}', 'Sum')",
            timeout=timeout,
        )
        source = cloudwatch.opened(options, service="checkout", clock=server.clock)
        await source.sample([A])
        server.clock.seconds += 60.0
        yield source, server
        await source.close()


def page(*results: tuple[str, float], token: str = "", status: str = "Complete", **more: object) -> Reply:
    listed = [
        {"Id": name, "Timestamps": [NOW], "Values": [value], "StatusCode": status} for name, value in results
    ]
    return Reply({"MetricDataResults": listed, **({"NextToken": token} if token else {}), **more}, 200, JSON)


async def refused(source: PointSource) -> PortError:
    with pytest.raises(PortError) as caught:
        await source.sample([A])
    assert SECRET not in str(caught.value)
    return caught.value


@in_loop
async def test_pages_are_read_to_the_end_and_series_added_up() -> None:
    async with opened() as (source, server):
        server.replies = [page(("q0", 5.0), token="more", status="PartialData"), page(("q0", 2.0), ("q1", 1.0))]
        (counts,) = (await source.sample([A]))[A].series.values()
        assert (counts.requests, counts.errors) == (7, 1)
        first, second = (json.loads(question.body) for question in server.asked)
        assert all(is_signed(question) for question in server.asked)
        assert (first.get("NextToken"), second["NextToken"]) == (None, "more")
        assert (first["StartTime"], first["EndTime"]) == (NOW, NOW + 60.0)
        metric = {"Namespace": "Shop", "MetricName": "Requests"}
        metric["Dimensions"] = [{"Name": "Version", "Value": "1.8.2"}]  # type: ignore[assignment]
        assert first["MetricDataQueries"] == [
            {"Id": "q0", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
            {"Id": "q1", "Expression": "SEARCH('errors 1.8.2', 'Sum')", "Period": 60},
        ]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (page(("q0", 5.0), status="PartialData"), "in part only"),
        (page(("q0", 5.0), status="InternalError"), "answered InternalError"),
        (page(("q0", 5.0), status="Forbidden"), "answered Forbidden"),
        (page(Messages=[{"Code": "MaxMetricsExceeded", "Value": "too many"}]), "in part only"),
        (page(("q0", 5.0), token="again"), "in part only"),
        (failure("AccessDeniedException", "not allowed to GetMetricData", 400), "refused the credentials"),
        (failure("InternalServiceFault", "oh", 500), "failed with 500"),
        (Reply("<html>", 200, JSON), ""),
        (Reply(b"\xa2\x00", 200, JSON), ""),
        (Reply("<html>", 502), ""),
    ],
)
@in_loop
async def test_every_other_answer_is_an_error_and_not_zero(reply: Reply, said: str) -> None:
    async with opened() as (source, server):
        server.replies = [reply]
        error = await refused(source)
        assert isinstance(error, SourceSilent) and said in error.what


@in_loop
async def test_a_query_that_cloudwatch_does_not_understand_is_named() -> None:
    async with opened("SELECT {version}") as (source, server):
        server.replies = [failure("ValidationError", "Error in expression 'q0'")]
        error = await refused(source)
        assert isinstance(error, QueryWrong) and error.where == "metrics.cloudwatch.requests: SELECT 1.8.2"
        assert "Error in expression" in error.why


@in_loop
async def test_throttling_is_kept() -> None:
    async with opened() as (source, server):
        server.replies = [failure("Throttling", "Rate exceeded", 400, retry_after="40")]
        assert "again in 40 s" in (await refused(source)).what
        server.clock.seconds += 30.0
        assert "left alone" in (await refused(source)).what
        assert len(server.asked) == 1
        server.clock.seconds += 11.0
        server.replies = [page(("q0", 5.0))]
        assert not (await source.sample([A]))[A].is_unseen


@in_loop
async def test_nobody_is_left_alone_for_a_day() -> None:
    async with opened() as (source, server):
        server.replies = [failure("Throttling", "Rate exceeded", 400, retry_after="86400")]
        assert "again in 600 s" in (await refused(source)).what
        server.clock.seconds += 601.0
        assert "too many questions" in (await refused(source)).what, "it was asked again"


@in_loop
async def test_a_slow_answer_ends_at_the_deadline() -> None:
    async with opened(timeout=1.0) as (source, server):
        server.delay_seconds = 3.0
        said = (await refused(source)).what
        assert "did not answer within 1 s" in said or "cannot be asked" in said


@in_loop
async def test_an_answer_that_breaks_off_is_none() -> None:
    async with opened() as (source, server):
        server.replies = [replace(page(("q0", 5.0)), breaks_off=True)]
        assert isinstance(await refused(source), SourceSilent)


@in_loop
async def test_nobody_there_is_an_error() -> None:
    async with opened() as (source, _):
        pass
    assert "cannot be asked" in (await refused(source)).what
    await source.close()
