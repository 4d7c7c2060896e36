"""Requests with and without a flag, as a real Prometheus has scraped them."""

import functools

import pytest

from contract.stored import in_loop
from contract.test_prometheus_series import scraped
from contract.traffic import until
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.prometheus.build import opened as adapter
from shipway.adapters.metrics.prometheus.exposed import PrometheusExposures, asking
from shipway.adapters.metrics.prometheus.options import FlagQueries, PrometheusOptions
from shipway.errors import PortError
from shipway.model.sample import Sample
from shipway.ports.exposures import HIDDEN, SHOWN

pytestmark = pytest.mark.real

SAID = """# TYPE checkout_total counter
checkout_total{flag="cart",shown="true",result="ok"} 90
checkout_total{flag="cart",shown="true",result="failed"} 10
checkout_total{flag="cart",shown="false",result="ok"} 900
checkout_total{flag="other",shown="true",result="ok"} 7
"""
QUERIES = FlagQueries(
    requests='checkout_total{flag="{flag}",shown="{shown}"}',
    errors='checkout_total{flag="{flag}",shown="{shown}",result="failed"}',
)


def counted(sample: Sample) -> tuple[int, int]:
    counts = sample.series.values()
    return sum(one.requests for one in counts), sum(one.errors for one in counts)


@in_loop
async def test_both_sides_of_one_flag_are_counted_and_no_other_flag(tmp_path) -> None:
    async with scraped(tmp_path / "scraped") as found:
        options = PrometheusOptions(url=found.source.options.url, requests="r", flags=QUERIES)
        opened = functools.partial(adapter, service="checkout", clock=WallClock())
        exposures = PrometheusExposures(options, opened)
        found.expose(0, SAID)

        async def is_scraped() -> bool:
            try:
                return counted((await exposures.exposures("cart"))[HIDDEN]) == (900, 0)
            except PortError:
                return False

        await until(is_scraped)
        sides = await exposures.exposures("cart")
        assert counted(sides[SHOWN]) == (100, 10)
        assert sides[SHOWN].at == sides[HIDDEN].at > 0.0


def test_a_flag_s_queries_are_those_that_were_written() -> None:
    options = PrometheusOptions(url="http://p:9090", requests="r", in_flight="g", flags=QUERIES)
    asked = asking(options, "cart")
    assert asked.requests == 'checkout_total{flag="cart",shown="{revision}"}'
    assert asked.flags is None and asked.in_flight is None
