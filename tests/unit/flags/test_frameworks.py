"""Flags in Flask, FastAPI and Django: the user is asked once, and requests are counted by what they were shown."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from flask import Flask, g, render_template_string

from shipway.adapters.replicas.job_files import lines
from shipway.flags import FeatureFlags
from shipway.flags.frameworks.fastapi import CountedRequests, FlagsOf
from shipway.flags.frameworks.flask import Flags
from shipway.flags.user import UserFlags
from unit.flags.resting import quick_writers, writers_rest

FLAG = "new-cart"
TEXT = f"""features:
  {FLAG}: {{targeting: [{{rule: "user.tier == 'gold'", enabled: true}}], rollout: {{percentage: 0}}}}
"""


@pytest.fixture(autouse=True)
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, str]]:
    found = {"SHIPWAY_EXPOSURES": str(tmp_path), "SHIPWAY_RAMPS": FLAG, "SHIPWAY_REPLICA": "r1"}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    quick_writers(monkeypatch)
    yield found
    writers_rest()


@pytest.fixture
def flags(platform: Mapping[str, str]) -> FeatureFlags:
    return FeatureFlags.of(TEXT)


def counted(folder: Path) -> dict[tuple[str, str], float]:
    found = [line for path in folder.glob("*.prom") for line in lines(path) if "result" in line[1]]
    return {(labels["shown"], labels["result"]): value for _, labels, value in found if value}


class Asking:
    """Tells the user, and how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, *_: object) -> Mapping[str, object]:
        self.times += 1
        return {"user_id": 7, "tier": "gold"}


def test_the_user_is_asked_at_the_first_question_and_once(flags: FeatureFlags) -> None:
    asking = Asking()
    mine = UserFlags(flags, asking)
    assert asking.times == 0
    assert mine.is_enabled(FLAG) and not mine.is_enabled(FLAG, tier="tin")
    assert mine.variant(FLAG, default="plain") == "plain" and mine.value(FLAG, 3) == 3
    assert mine.explain(FLAG).enabled and asking.times == 1


def test_a_user_that_cannot_be_told_has_no_attributes(flags: FeatureFlags) -> None:
    def broken() -> Mapping[str, object]:
        raise KeyError("session")

    assert not UserFlags(flags, broken).is_enabled(FLAG)


def test_flask(flags: FeatureFlags, tmp_path: Path) -> None:
    app, asking = Flask("shop"), Asking()
    extension = Flags(flags, asking)
    extension.init_app(app)

    @app.get("/")
    def home() -> str:
        return render_template_string("{{ flags.is_enabled('new-cart') }}")

    @app.get("/broken")
    def broken() -> str:
        assert g.flags.is_enabled(FLAG)
        raise ValueError

    @app.get("/still")
    def still() -> str:
        return "no flag asked"

    client = app.test_client()
    assert client.get("/").text == "True" and asking.times == 1
    assert client.get("/broken").status_code == 500
    assert client.get("/still").text and asking.times == 2
    extension.outcomes.write()
    assert counted(tmp_path) == {("true", "ok"): 1, ("true", "failed"): 1}


def test_fastapi(flags: FeatureFlags, tmp_path: Path) -> None:
    app, asking = FastAPI(), Asking()
    app.add_middleware(CountedRequests)
    user_flags = FlagsOf(flags, user=asking)

    @app.get("/{status}")
    async def home(status: int, mine: Annotated[UserFlags, Depends(user_flags)]) -> str:
        if status == 500:
            assert mine.is_enabled(FLAG)
            raise ValueError
        return str(mine.is_enabled(FLAG, tier="tin"))

    assert asyncio.run(asked(app, "/200")) == 200
    with pytest.raises(ValueError):
        asyncio.run(asked(app, "/500"))
    counting: Any = app.middleware_stack
    while not isinstance(counting, CountedRequests):
        counting = counting.app
    counting.outcomes.write()
    assert counted(tmp_path) == {("false", "ok"): 1, ("true", "failed"): 1}
    assert asking.times == 2


async def asked(app: Any, path: str) -> int:
    """The status of one request."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [],
        "query_string": b"",
        "http_version": "1.1",
    }
    statuses: list[int] = []

    async def receive() -> Mapping[str, object]:
        return {"type": "http.request", "body": b""}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize("is_async", [False, True])
def test_django(flags: FeatureFlags, tmp_path: Path, is_async: bool) -> None:
    import django
    from django.conf import settings
    from django.http import HttpRequest, HttpResponse

    if not settings.configured:
        settings.configure(SHIPWAY_FLAGS="shop_of_tests.flags", SHIPWAY_FLAGS_USER="shop_of_tests.user")
        django.setup()
    shop, asking = ModuleType("shop_of_tests"), Asking()
    shop.flags, shop.user = flags, asking  # type: ignore[attr-defined]
    sys.modules["shop_of_tests"] = shop
    from shipway.flags.frameworks.django import FlagsMiddleware

    def answer(request: Any) -> HttpResponse:
        return HttpResponse(status=500 if request.flags.is_enabled(FLAG) else 200)

    async def later(request: Any) -> HttpResponse:
        return answer(request)

    middleware = FlagsMiddleware(later if is_async else answer)
    response = middleware(HttpRequest())
    if is_async:
        response = asyncio.run(awaited(response))
    assert response.status_code == 500 and asking.times == 1  # type: ignore[union-attr]
    middleware.outcomes.write()
    assert counted(tmp_path) == {("true", "failed"): 1}


async def awaited(response: Any) -> Any:
    return await response
