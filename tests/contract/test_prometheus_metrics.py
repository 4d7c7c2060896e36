"""Envoy's counters by way of a real Prometheus keep the contract of metric sources."""

import asyncio
import functools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from contract.envoy_stand import SERVICE, EnvoyStand, open_envoy
from contract.metric_source import MetricSourceContract
from contract.proxy_counts import MeasuredProxy
from real.exporting import exporter, of_envoy
from real.prometheus import RunningPrometheus, prometheus
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.envoy import EnvoyMetrics
from shipway.adapters.metrics.prometheus.build import opened
from shipway.adapters.metrics.prometheus.counting import JITTER_SECONDS
from shipway.adapters.metrics.prometheus.options import PrometheusOptions
from shipway.adapters.metrics.prometheus.source import Prometheus

pytestmark = pytest.mark.real

CLUSTER = 'envoy_cluster_name=~"{service}.({version}|{revision})"'
"""The dots that Envoy's names of clusters lose match any character."""


def options(url: str) -> PrometheusOptions:
    name = "envoy_cluster_upstream_rq"
    cluster = CLUSTER
    return PrometheusOptions(
        url=url,
        requests=f"{name}_completed{{{cluster}}}",
        errors=f'{name}_xx{{{cluster},envoy_response_code_class="5"}}',
        latency=f"{name}_time_bucket{{{cluster}}}",
        latency_unit="ms",
        in_flight=f"{name}_active{{{cluster}}}",
    )


def fresh(server: RunningPrometheus) -> Prometheus:
    return opened(options(server.url), service=SERVICE, clock=WallClock())


class MeasuredPrometheus(MeasuredProxy):
    """Envoy, and a Prometheus that scrapes it."""

    def __init__(self, stand: EnvoyStand, server: RunningPrometheus) -> None:
        super().__init__(stand, functools.partial(fresh, server))
        self.server = server
        self.begun = time.monotonic()

    async def restart(self) -> None:
        lived = time.monotonic() - self.begun
        await asyncio.sleep(max(0.0, JITTER_SECONDS + 1.0 - lived))
        await super().stop()
        await super().start_again()

    async def stop(self) -> None:
        await self.server.stop()


@asynccontextmanager
async def open_measured(directory: Path) -> AsyncIterator[MeasuredPrometheus]:
    async with open_envoy(directory) as stand:
        envoy = EnvoyMetrics(service=SERVICE, home=stand.directory, clock=WallClock())
        async with exporter(of_envoy(envoy)) as address, prometheus(directory / "prometheus", address) as server:
            measured = MeasuredPrometheus(stand, server)
            try:
                yield measured
            finally:
                await measured.source.close()  # type: ignore[attr-defined]


class OverPrometheus:
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_measured, tmp_path / "home")


class TestMetrics(OverPrometheus, MetricSourceContract):
    pass
