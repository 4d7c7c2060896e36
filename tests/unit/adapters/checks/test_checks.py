"""Forges and dashboards, against fakes that answer what their published interfaces answer, and only to those who
ask as they say. Alerts are asked of a real Prometheus elsewhere."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from shipway.adapters.checks import alerts, dashboards, github, gitlab
from shipway.adapters.checks.asking import Found
from shipway.errors import PortError

SHA = "3f2a91c07d5571a0c8b5a0f7ad2f0f5a1c2d3e4f"
Answer = tuple[int, object]
Ask = Callable[[str, dict[str, list[str]], dict[str, str]], Answer]


class Fake:
    """A server whose answers are a function of path, question and headers."""

    def __init__(self, answer: Ask) -> None:
        self.asked: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                fake.asked.append(parts.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, body = answer(parts.path, parse_qs(parts.query), headers)
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing of it is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def fakes() -> Iterator[Callable[[Ask], Fake]]:
    made: list[Fake] = []

    def fake(answer: Ask) -> Fake:
        made.append(Fake(answer))
        return made[-1]

    yield fake
    for one in made:
        one.close()


def check(name: str, conclusion: str | None, *, run: int = 1) -> dict[str, object]:
    status = "completed" if conclusion else "in_progress"
    url = f"https://github.com/acme/shop/actions/runs/{run}/job/9"
    return {"id": 1, "name": name, "status": status, "conclusion": conclusion, "details_url": url}


def of_github(checks: list[dict[str, object]], statuses: list[tuple[str, str]] | None = None) -> Ask:
    """Pages of what was asked for; strict about its headers."""

    def answer(path: str, question: dict[str, list[str]], headers: dict[str, str]) -> Answer:
        if headers.get("authorization") != "Bearer s3cret":
            return 401, {"message": "Requires authentication"}
        if headers["accept"] != "application/vnd.github+json" or headers["x-github-api-version"] != "2022-11-28":
            return 400, {"message": "headers"}
        size = int(question["per_page"][0])
        if path == f"/repos/acme/shop/commits/{SHA}/check-runs" and size <= 100:
            first = (int(question["page"][0]) - 1) * size
            return 200, {"total_count": len(checks), "check_runs": checks[first : first + size]}
        if path == f"/repos/acme/shop/commits/{SHA}/status":
            told = [{"context": name, "state": state} for name, state in statuses or []]
            return 200, {"state": "pending", "statuses": told, "total_count": len(told), "sha": SHA}
        return 404, {"message": "Not Found"}

    return answer


def ask_github(fake: Fake) -> Found:
    return asyncio.run(github.green("acme/shop", SHA, api=fake.url))


@pytest.mark.parametrize(
    ("checks", "statuses", "found"),
    [
        ([check("unit", "success"), check("docs", "skipped")], [], True),
        ([check(f"job {number}", "success") for number in range(150)], [], True),
        ([*(check(f"job {number}", "success") for number in range(149)), check("last", "failure")], [], False),
        ([check("unit", "success"), check("deploy", None, run=77)], [], True),
        ([check("unit", "success"), check("deploy", None, run=777)], [], False),
        ([check("unit", "cancelled")], [], False),
        ([check("unit", "timed_out")], [], False),
        ([check("unit", "success")], [("legacy", "failure")], False),
        ([check("unit", "success")], [("legacy", "pending")], False),
        ([], [("legacy", "success")], True),
        ([], [], False),
        ([check("deploy", None, run=77)], [], False),
    ],
    ids=[
        "all green",
        "two pages",
        "red on the second page",
        "the run that asks does not count",
        "another run counts",
        "cancelled",
        "timed out",
        "a red status",
        "a pending status",
        "statuses alone",
        "nothing has tested it",
        "only the run that asks",
    ],
)
def test_github_is_green_when_everything_is(
    checks: list[dict[str, object]],
    statuses: list[tuple[str, str]],
    found: bool,
    fakes: Callable[[Ask], Fake],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    assert ask_github(fakes(of_github(checks, statuses))).is_so is found


def test_a_token_that_is_refused_is_an_error_that_does_not_show_it(
    fakes: Callable[[Ask], Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "wr0ng")
    with pytest.raises(PortError) as refused:
        ask_github(fakes(of_github([])))
    assert "wr0ng" not in str(refused.value) + refused.value.why + refused.value.fix


def of_gitlab(pipelines: list[tuple[int, str]]) -> Ask:
    def answer(path: str, question: dict[str, list[str]], headers: dict[str, str]) -> Answer:
        if headers.get("private-token") != "s3cret":
            return 401, {"message": "401 Unauthorized"}
        if path != "/projects/acme%2Fshop/pipelines" or question["sha"] != [SHA]:
            return 404, {"message": "404 Project Not Found"}
        assert question["order_by"] == ["id"] and question["sort"] == ["desc"]
        return 200, [{"id": number, "sha": SHA, "ref": "main", "status": status} for number, status in pipelines]

    return answer


@pytest.mark.parametrize(
    ("pipelines", "found"),
    [
        ([(9, "success"), (8, "failed")], True),
        ([(9, "failed"), (8, "success")], False),
        ([(9, "running")], False),
        ([(77, "running"), (8, "success")], True),
        ([(9, "skipped"), (8, "success")], True),
        ([(77, "running")], None),
        ([], False),
    ],
    ids=["green", "red", "running", "own", "skipped", "only its own", "none"],
)
def test_gitlab_is_green_when_its_newest_pipeline_is(
    pipelines: list[tuple[int, str]],
    found: bool | None,
    fakes: Callable[[Ask], Fake],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "s3cret")
    monkeypatch.setenv("CI_PIPELINE_ID", "77")
    url = fakes(of_gitlab(pipelines)).url
    assert asyncio.run(gitlab.green("acme/shop", SHA, api=url)).is_so is found


def of_grafana(path: str, question: dict[str, list[str]], headers: dict[str, str]) -> Answer:
    if headers.get("authorization") != "Bearer s3cret":
        return 401, {"message": "Unauthorized"}
    if path == "/grafana/api/dashboards/uid/a1b2c3":
        return 200, {"dashboard": {"uid": "a1b2c3", "title": "Checkout"}, "meta": {"slug": "checkout"}}
    return 404, {"message": "Dashboard not found", "status": "not-found"}


def of_datadog(path: str, question: dict[str, list[str]], headers: dict[str, str]) -> Answer:
    if (headers.get("dd-api-key"), headers.get("dd-application-key")) != ("k3y", "app"):
        return 403, {"errors": ["Forbidden"]}
    if path == "/api/v1/dashboard/abc-def-ghi":
        return 200, {"id": "abc-def-ghi", "title": "Checkout", "layout_type": "ordered", "widgets": []}
    return 404, {"errors": ["Dashboard with ID not found"]}


@pytest.mark.parametrize(
    ("answer", "path", "found"),
    [
        (of_grafana, "/grafana/d/a1b2c3/checkout?orgId=1", True),
        (of_grafana, "/grafana/d/gone", False),
        (of_datadog, "/dashboard/abc-def-ghi/checkout?live=true", True),
        (of_datadog, "/dashboard/abc-def-xyz", False),
        (of_grafana, "/elsewhere", None),
    ],
)
def test_a_dashboard_is_found_by_the_address_that_a_browser_shows(
    answer: Ask, path: str, found: bool | None, fakes: Callable[[Ask], Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GRAFANA_TOKEN", "s3cret"), ("DD_API_KEY", "k3y"), ("DD_APP_KEY", "app")):
        monkeypatch.setenv(name, value)
    assert asyncio.run(dashboards.there(fakes(answer).url + path)).is_so is found


def test_without_rights_a_dashboard_is_not_there_and_not_gone(
    fakes: Callable[[Ask], Fake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN", raising=False)
    with pytest.raises(PortError):
        asyncio.run(dashboards.there(fakes(of_grafana).url + "/grafana/d/a1b2c3"))
    assert dashboards._api("https://app.datadoghq.eu/dashboard/abc-def-ghi") == "https://api.datadoghq.eu"


@pytest.mark.parametrize(
    ("health", "state", "said"),
    [("ok", "firing", "Slow is firing"), ("err", "inactive", "Slow cannot be evaluated")],
)
@pytest.mark.parametrize("is_last", [True, False])
def test_an_alert_of_several_groups_is_told_by_its_worst(
    health: str, state: str, said: str, is_last: bool, fakes: Callable[[Ask], Fake]
) -> None:
    calm = {"name": "Slow", "type": "alerting", "health": "ok", "state": "inactive"}
    groups = [{"name": "a", "rules": [calm]}, {"name": "b", "rules": [{**calm, "health": health, "state": state}]}]

    def answer(path: str, question: dict[str, list[str]], headers: dict[str, str]) -> Answer:
        assert (path, question) == ("/api/v1/rules", {"type": ["alert"]})
        return 200, {"status": "success", "data": {"groups": groups if is_last else groups[::-1]}}

    found = asyncio.run(alerts.there(fakes(answer).url, ["Slow"]))
    assert (found.is_so, found.said) == (False, said)
