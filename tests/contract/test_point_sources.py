"""Sources that keep counts per interval keep the contract of metric sources, over strict fakes of their APIs."""

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from contract.answering import Answering, answering
from contract.envoy_stand import SERVICE, EnvoyStand, open_envoy
from contract.fake_cloudwatch import KEY, REGION, SECRET, FakeCloudWatch
from contract.fake_datadog import API_KEY, APP_KEY, FakeDatadog
from contract.fake_json import TOKEN, FakeJson
from contract.ledger import BOUNDS_SECONDS, Ledger, ledger
from contract.metric_source import MetricSourceContract
from contract.proxy_counts import MeasuredProxy
from contract.traffic import A, B, C
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics import cloudwatch, datadog, http
from shipway.adapters.metrics._points import PointSource
from shipway.adapters.metrics.envoy import EnvoyMetrics

pytestmark = pytest.mark.real

LATENESS_SECONDS = 1.0


class MeasuredPoints(MeasuredProxy):
    """Envoy, and a service that tells what it counted."""

    def __init__(self, stand: EnvoyStand, fresh: Callable[[], PointSource], server: AsyncExitStack) -> None:
        super().__init__(stand, fresh)
        self.server = server

    async def restart(self) -> None:
        await super().stop()
        await self.start_again()

    async def stop(self) -> None:
        await self.server.aclose()


Fake = Callable[[Ledger], Answering]
Opened = Callable[[str, Path], PointSource]


@asynccontextmanager
async def open_measured(folder: Path, *, fake: Fake, opened: Opened) -> AsyncIterator[MeasuredPoints]:
    async with open_envoy(folder) as stand:
        envoy = EnvoyMetrics(service=SERVICE, home=stand.directory, clock=WallClock())
        async with ledger(envoy) as kept, AsyncExitStack() as server:
            url = await server.enter_async_context(answering(fake(kept)))
            measured = MeasuredPoints(stand, lambda: opened(url, folder), server)
            await measured.source.sample([A, B, C])
            try:
                yield measured
            finally:
                await measured.source.close()  # type: ignore[attr-defined]


def open_datadog(url: str, folder: Path) -> PointSource:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "api").write_text(API_KEY)
    (folder / "app").write_text(APP_KEY)
    tags = "{service:{service},revision:{revision}}"
    options = datadog.DatadogOptions(
        url=url,
        requests=f"sum:shop.requests{tags}.as_count()",
        errors=f"sum:shop.errors{tags}.as_count()",
        latency={bound: f"count(v:v<={bound:g}):shop.latency{tags}.as_count()" for bound in BOUNDS_SECONDS},
        in_flight=f"max:shop.in_flight{tags}",
        api_key="file:api",
        app_key="file:app",
        interval=1.0,
        lateness=LATENESS_SECONDS,
        directory=str(folder),
    )
    return datadog.opened(options, service=SERVICE, clock=WallClock())


def open_http(url: str, folder: Path) -> PointSource:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(TOKEN)
    address = "/counts?v={revision}&from={start}&to={end}"
    options = http.HttpOptions(
        url=f"{url}/api",
        requests=f"{address} points[].[start, requests]",
        errors=f"{address} points[].[start, errors]",
        latency={bound: f'{address} points[].[start, "le_{bound:g}"]' for bound in BOUNDS_SECONDS},
        in_flight=f"{address} points[].[start, in_flight]",
        token="file:token",
        interval=1.0,
        lateness=LATENESS_SECONDS,
        directory=str(folder),
    )
    return http.opened(options, service=SERVICE, clock=WallClock())


def open_cloudwatch(url: str, folder: Path) -> PointSource:
    dimensions = "Service={service} Revision={revision}"
    options = cloudwatch.CloudWatchOptions(
        region=REGION,
        url=url,
        requests=f"Shop Requests {dimensions}",
        errors=f"Shop Errors {dimensions}",
        latency=f"Shop Latency {dimensions}",
        bounds=BOUNDS_SECONDS,
        in_flight=f"Shop InFlight {dimensions}",
        interval=1.0,
        lateness=LATENESS_SECONDS,
    )
    return cloudwatch.opened(options, service=SERVICE, clock=WallClock())


class TestDatadog(MetricSourceContract):
    sums_latencies = False

    @pytest.fixture
    def opened(self, tmp_path):
        fake = lambda kept: FakeDatadog(kept).answer  # noqa: E731
        return functools.partial(open_measured, tmp_path / "home", fake=fake, opened=open_datadog)


class TestHttp(MetricSourceContract):
    sums_latencies = False

    @pytest.fixture
    def opened(self, tmp_path):
        fake = lambda kept: FakeJson(kept).answer  # noqa: E731
        return functools.partial(open_measured, tmp_path / "home", fake=fake, opened=open_http)


class TestCloudWatch(MetricSourceContract):
    sums_latencies = False

    @pytest.fixture
    def opened(self, tmp_path, monkeypatch):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        fake = lambda kept: FakeCloudWatch(kept).answer  # noqa: E731
        return functools.partial(open_measured, tmp_path / "home", fake=fake, opened=open_cloudwatch)
