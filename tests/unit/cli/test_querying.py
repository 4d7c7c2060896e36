"""Queries are asked before users are exposed."""

from pathlib import Path

import pytest

from contract.answering import Question, Reply, answering
from contract.stored import in_loop
from shipway.cli.render.findings import Finding
from shipway.cli.shell.querying import queried
from shipway.home import Home
from shipway.spec.load import parse_release
from shipway.wishing import wished
from unit.spec.samples import LEAST

EMPTY = {"status": "success", "data": {"resultType": "vector", "result": []}}
COUNTED = {"resultType": "vector", "result": [{"metric": {"code": "200"}, "value": [1, "7"]}]}


async def found(tmp_path: Path, text: str, *, is_live: bool = True) -> list[Finding]:
    loaded = parse_release(text, path=tmp_path / "shipway.yaml")
    home = Home(tmp_path / "home")
    revision, release = wished(home, loaded, "1.9.0", strategy=None)
    return await queried(home, loaded, release, revision if is_live else None)


async def answer(question: Question) -> Reply:
    query = question.form.get("query", "")
    if "build" in question.path:
        return Reply({"status": "success", "data": {"version": "2.42.0"}})
    return Reply(EMPTY if "missing" in query else {"status": "success", "data": COUNTED})


def file(url: str, *, requests: str = "requests_total", metrics: str = "") -> str:
    query = f'{requests}{{version="{{version}}"}}'
    return f"{LEAST}metrics:\n  prometheus:\n    url: {url}\n    requests: {query}\n{metrics}"


@in_loop
async def test_a_file_without_queries_asks_nobody(tmp_path: Path) -> None:
    assert await found(tmp_path, LEAST) == []


@in_loop
async def test_queries_that_answer_are_fine(tmp_path: Path) -> None:
    async with answering(answer) as url:
        (one,) = await found(tmp_path, file(url))
    assert one.is_fine and one.said == f"Prometheus 2.42.0 at {url}"


@in_loop
async def test_one_that_gives_nothing_is_told_at_its_line(tmp_path: Path) -> None:
    custom = "guard: {metrics: {declined: {query: 'missing_total{v=\"{version}\"}', critical: any}}}\n"
    async with answering(answer) as url:
        seen = await found(tmp_path, file(url, requests="missing_total", metrics=custom))
    assert [one.is_fine for one in seen] == [False, False]
    assert seen[0].said.startswith("metrics.prometheus.requests: returns nothing for 1.9.0-")
    assert seen[0].where.endswith("shipway.yaml:8:15")
    assert seen[1].said.startswith("guard.metrics.declined: returns nothing")


@in_loop
async def test_a_source_that_is_not_there_is_one_finding(tmp_path: Path) -> None:
    async with answering(answer) as url:
        pass
    (one,) = await found(tmp_path, file(url))
    assert one.is_fine is False and "cannot be reached" in one.said


@in_loop
async def test_without_a_version_that_serves_only_the_source_is_asked(tmp_path: Path) -> None:
    async with answering(answer) as url:
        (one,) = await found(tmp_path, file(url, requests="missing_total"), is_live=False)
    assert one.is_fine is None


@in_loop
async def test_a_query_that_is_wrong_for_any_version_is_told_before_the_first_one_serves(tmp_path: Path) -> None:
    async def refuse(question: Question) -> Reply:
        if "label_replace" in question.form.get("query", "") or "broken" not in question.form.get("query", ""):
            return await answer(question)
        return Reply({"status": "error", "errorType": "bad_data", "error": "parse error: unclosed"}, status=400)

    custom = "guard: {metrics: {declined: {query: 'broken({version}', critical: any}}}\n"
    async with answering(refuse) as url:
        (one,) = await found(tmp_path, file(url, requests="missing_total", metrics=custom), is_live=False)
    assert one.is_fine is False and one.said.startswith("guard.metrics.declined: Prometheus does not understand")
    assert one.why == "parse error: unclosed" and one.where.endswith("shipway.yaml:9:29")


PLANTED = "pl4nted-s3cret/42"


@pytest.mark.parametrize("status", [200, 302, 400, 401, 429, 500])
@in_loop
async def test_a_secret_that_is_told_back_is_never_shown(tmp_path: Path, status: int) -> None:
    """A proxy that answers with all that it was sent, as JSON and as a page, whatever is asked."""
    (tmp_path / "token").write_text(PLANTED)
    sent: list[str] = []

    async def tell_back(question: Question) -> Reply:
        sent.append(question.headers.get("authorization", ""))
        told = {"status": "error", "errorType": "bad_data", "error": str(question.headers), "warnings": sent}
        return Reply(told if "query" in question.path else f"<html>{question.headers}", status=status)

    async with answering(tell_back) as url:
        secret = file(url).replace("    requests:", "    token: file:token\n    requests:")
        seen = await found(tmp_path, secret)
    assert f"Bearer {PLANTED}" in sent
    assert seen and PLANTED not in str(seen) and "s3cret" not in str(seen)


@in_loop
async def test_a_custom_query_without_a_source_is_told(tmp_path: Path) -> None:
    custom = "guard: {metrics: {declined: {query: 'declined_total{v=\"{version}\"}', critical: any}}}\n"
    (one,) = await found(tmp_path, LEAST + custom)
    assert one.is_fine is False and "nothing here answers" in one.said
