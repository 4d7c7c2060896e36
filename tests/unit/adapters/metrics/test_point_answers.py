"""What Datadog and JSON services can answer, written down to their documented APIs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from contract.answering import Question, Reply, answering
from contract.fake_datadog import API_KEY, APP_KEY
from contract.stored import in_loop
from contract.traffic import A
from shipway.adapters.metrics import datadog, http
from shipway.adapters.metrics._placeholders import QueryWrong
from shipway.adapters.metrics._points import PointSource
from shipway.adapters.web.client import SourceSilent
from shipway.errors import PortError

NOW = 1_800_000_000.0
TAGS = "{version:{version}}"


class Clock:
    seconds = NOW + 60.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Server:
    """Answers with what is set."""

    def __init__(self) -> None:
        self.reply, self.asked, self.clock = Reply({"status": "ok", "series": []}), list[Question](), Clock()
        self.delay_seconds = 0.0

    async def answer(self, question: Question) -> Reply:
        self.asked.append(question)
        await asyncio.sleep(self.delay_seconds)
        return self.reply


@asynccontextmanager
async def over_datadog(
    folder: Path, *, query: str = f"sum:hits{TAGS}.as_count()", timeout: float = 10.0
) -> AsyncIterator["Opened"]:
    (folder / "api").write_text(API_KEY)
    (folder / "app").write_text(APP_KEY)
    server = Server()
    async with answering(server.answer) as url:
        options = datadog.DatadogOptions(
            url=url,
            requests=query,
            errors=f"sum:bad{TAGS}.as_count()",
            in_flight=f"avg:waiting{TAGS}",
            api_key="file:api",
            app_key="file:app",
            directory=str(folder),
            timeout=timeout,
        )
        source = datadog.opened(options, service="checkout", clock=server.clock)
        await source.sample([A])
        server.clock.seconds += 10.0
        yield source, server
        await source.close()


@asynccontextmanager
async def over_http(
    *, requests: str = "/c?v={version} points[].[t, n]", timeout: float = 10.0
) -> AsyncIterator["Opened"]:
    server = Server()
    async with answering(server.answer) as url:
        errors = "/c?v={version} points[].[t, bad]"
        options = http.HttpOptions(url=url, requests=requests, errors=errors, timeout=timeout)
        source = http.opened(options, service="checkout", clock=server.clock)
        await source.sample([A])
        server.clock.seconds += 60.0
        yield source, server
        await source.close()


Opened = tuple[PointSource, Server]


def series(index: int, *points: tuple[float, float | None], interval: float = 10.0) -> dict[str, object]:
    return {"query_index": index, "interval": interval, "pointlist": [[at * 1000, value] for at, value in points]}


def ok(*listed: dict[str, object]) -> Reply:
    return Reply({"status": "ok", "res_type": "time_series", "series": listed})


async def refused(source: PointSource) -> PortError:
    with pytest.raises(PortError) as caught:
        await source.sample([A])
    return caught.value


@in_loop
async def test_datadog_is_asked_for_all_queries_at_once_with_a_rollup_of_our_interval(tmp_path: Path) -> None:
    async with over_datadog(tmp_path) as (source, server):
        server.reply = ok(series(0, (NOW, 5.0)), series(0, (NOW, 2.0)), series(1, (NOW, None)))
        (counts,) = (await source.sample([A]))[A].series.values()
        assert (counts.requests, counts.errors) == (7, 0), "series are added up, and nothing is no point"
        assert server.asked[0].parameters == {
            "from": f"{NOW:.0f}",
            "to": f"{NOW + 9:.0f}",
            "query": "sum:hits{version:1.8.2}.as_count().rollup(sum, 10),"
            "sum:bad{version:1.8.2}.as_count().rollup(sum, 10),avg:waiting{version:1.8.2}.rollup(max, 10)",
        }


@in_loop
async def test_points_of_another_interval_are_refused(tmp_path: Path) -> None:
    async with over_datadog(tmp_path) as (source, server):
        server.reply = ok(series(0, (NOW, 5.0), interval=60.0))
        error = await refused(source)
        assert "60 s where 10 s" in error.what and error.where.startswith("metrics.datadog.requests: sum:hits")


@in_loop
async def test_a_query_that_datadog_does_not_understand_is_named(tmp_path: Path) -> None:
    async with over_datadog(tmp_path, query="sum:hits{version:{version}") as (source, server):
        server.reply = Reply({"status": "error", "error": "Error parsing query"}, 400)
        error = await refused(source)
        assert isinstance(error, QueryWrong) and "metrics.datadog.requests" in error.where
        assert "Error parsing query" in error.why


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"errors": ["Forbidden"]}, 403),
        Reply("<html>", 502),
        Reply({"errors": ["internal"]}, 500),
        Reply(b'{"status":'),
        Reply({"status": "ok", "series": [{"query_index": 7}]}),
    ],
)
@in_loop
async def test_every_other_answer_of_datadog_is_an_error(tmp_path: Path, reply: Reply) -> None:
    async with over_datadog(tmp_path) as (source, server):
        server.reply = reply
        error = await refused(source)
        assert isinstance(error, SourceSilent)
        assert API_KEY not in str(error) and APP_KEY not in str(error)


Openers = Callable[[Path, float], AbstractAsyncContextManager[Opened]]
BOTH = pytest.mark.parametrize(
    "open_",
    [lambda folder, timeout: over_datadog(folder, timeout=timeout), lambda _, timeout: over_http(timeout=timeout)],
    ids=["datadog", "json"],
)


@BOTH
@pytest.mark.parametrize("header", ["X-RateLimit-Reset", "Retry-After"])
@in_loop
async def test_a_rate_limit_is_kept(tmp_path: Path, open_: Openers, header: str) -> None:
    async with open_(tmp_path, 10.0) as (source, server):
        asked = len(server.asked)
        server.reply = Reply({"errors": ["Too many requests"]}, 429, {header: "40"})
        assert "again in 40 s" in (await refused(source)).what
        server.clock.seconds += 30.0
        assert "left alone" in (await refused(source)).what
        assert len(server.asked) == asked + 1
        server.clock.seconds += 11.0
        server.reply = ok()
        assert (await source.sample([A]))[A].is_unseen


@BOTH
@in_loop
async def test_a_slow_answer_ends_at_the_deadline(tmp_path: Path, open_: Openers) -> None:
    async with open_(tmp_path, 0.2) as (source, server):
        server.delay_seconds = 30.0
        assert "did not answer within 0.2 s" in (await refused(source)).what


@BOTH
@in_loop
async def test_an_answer_that_breaks_off_is_none(tmp_path: Path, open_: Openers) -> None:
    async with open_(tmp_path, 10.0) as (source, server):
        server.reply = Reply({"points": [{"t": NOW, "n": 5}], "series": []}, breaks_off=True)
        error = await refused(source)
        assert isinstance(error, SourceSilent) and "cannot be reached" in error.what


@in_loop
async def test_json_is_asked_once_for_each_address() -> None:
    async with over_http() as (source, server):
        server.reply = Reply({"points": [{"t": NOW, "n": 5, "bad": 1}, {"t": (NOW + 1) * 1000, "n": 2}]})
        (counts,) = (await source.sample([A]))[A].series.values()
        assert (counts.requests, counts.errors, len(server.asked)) == (7, 1, 1), (
            "milliseconds are told by their size"
        )
        assert server.asked[0].target == "/c?v=1.8.2"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply({"points": [{"t": NOW, "n": "five"}]}), "what are no points"),
        (Reply({"points": [{"t": NOW, "n": True}]}), "what are no points"),
        (Reply({"points": [{"t": NOW, "n": -1}]}), "what is no count"),
        (Reply({"points": {"a": 1}}), ""),
        (Reply("no JSON"), "not its API's JSON"),
        (Reply("none", 404), "refused the question: 404"),
        (Reply({"e": 1}, 500), "failed with 500"),
        (Reply("", 302, {"location": "/login"}), "somewhere else"),
    ],
)
@in_loop
async def test_every_other_answer_of_a_json_service_is_an_error(reply: Reply, said: str) -> None:
    async with over_http() as (source, server):
        server.reply = reply
        if said:
            assert said in (await refused(source)).what
        else:
            assert (await source.sample([A]))[A].is_unseen


@in_loop
async def test_an_expression_that_does_not_parse_is_named() -> None:
    async with over_http(requests="/c?v={version} points[.n") as (source, server):
        server.reply = Reply({})
        error = await refused(source)
        assert "no JMESPath" in error.what and "metrics.http.requests" in error.where
