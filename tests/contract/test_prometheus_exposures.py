"""Requests with and without a flag, as a real Prometheus has scraped them."""

import functools
from pathlib import Path

import pytest

from contract.stored import in_loop
from contract.test_prometheus_series import Scraped, scraped
from contract.traffic import until
from shipway.adapters.clock import WallClock
from shipway.adapters.metrics.prometheus.build import opened as adapter
from shipway.adapters.metrics.prometheus.exposed import PrometheusExposures, asking
from shipway.adapters.metrics.prometheus.options import FlagQueries, PrometheusOptions
from shipway.cli.render.findings import Finding
from shipway.cli.shell.querying import queried
from shipway.engine import exposing
from shipway.engine.guard import Evidence
from shipway.engine.measuring import QUERIES as METRICS
from shipway.errors import PortError
from shipway.home import Home
from shipway.model.metric import Metric
from shipway.model.sample import Sample
from shipway.model.verdict import Kind, Verdict
from shipway.ports.exposures import HIDDEN, SHOWN
from shipway.spec.load import parse_release
from shipway.wishing import wished
from unit.engine.test_ramped_metrics import FLAG, run_of
from unit.spec.samples import LEAST

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


CHECKED = """\
flags: {{file: flags.yaml, ramps: {{cart: {{to: [50%, 100%]}}}}}}
metrics:
  prometheus:
    url: {url}
    requests: checkout_total{{version="{{version}}"}}
    flags:
      requests: checkout_total{{flag="{{flag}}",shown="{{shown}}"}}
      errors: checkout_total{{flag="{{flag}}",shown="{{shown}}",result="failed"}}
guard:
  metrics:
    declined:
      query: sum(declined_total{{version="{{version}}"}})
      flags: {{query: 'declined_total{{flag="{{flag}}",shown="{{shown}}"}}'}}
      worse_by: 20%
"""
OF_VERSION = 'checkout_total{version="1.9.0",code="200"} 1000\ndeclined_total{version="1.9.0"} 20\n'


async def checked(found: Scraped, folder: Path) -> list[Finding]:
    """What `shipway check` says of the queries while 1.9.0 serves."""
    (folder / "flags.yaml").write_text("features: {cart: {enabled: false}}\n")
    text = LEAST + CHECKED.format(url=found.source.options.url)
    loaded = parse_release(text, path=folder / "shipway.yaml")
    revision, release = wished(Home(folder / "home"), loaded, "1.9.0", strategy=None)
    return await queried(Home(folder / "home"), loaded, release, revision)


@in_loop
async def test_queries_of_flags_are_tried_before_a_feature_is_shown(tmp_path) -> None:
    async with scraped(tmp_path / "scraped") as found:

        async def says(*fine: bool | None) -> list[Finding]:
            seen: list[Finding] = []

            async def is_so() -> bool:
                seen[:] = await checked(found, tmp_path)
                return [one.is_fine for one in seen] == list(fine)

            await until(is_so)
            return seen

        found.expose(0, OF_VERSION)
        _, requests, declined = await says(True, None, None)
        assert "metrics.prometheus.flags.requests: nothing is counted with or without cart" in requests.said
        assert "guard.metrics.declined.flags: nothing is counted" in declined.said
        one_side = 'declined_total{flag="cart",shown="false"} 3\n'
        found.expose(0, OF_VERSION + SAID + one_side)
        await says(True)
        found.expose(0, OF_VERSION + SAID + one_side + 'declined_total{flag="cart",shown="false",why="bank"} 2\n')
        (wrong,) = await says(False)
        assert wrong.said.startswith("guard.metrics.declined.flags: the metric declined gives 2 series")
        assert 'why="bank"' in wrong.why and wrong.where.endswith("shipway.yaml:17:14")


DECLINED = Metric(
    name="declined",
    query='declined_total{version="{version}"}',
    flag_query='declined_total{flag="{flag}",shown="{shown}"}',
    at_most=0.05,
)


@in_loop
async def test_a_metric_of_a_flag_s_users_takes_it_back(tmp_path) -> None:
    """As Prometheus has scraped it: of users who see the feature a third is declined, of the others a fiftieth."""
    async with scraped(tmp_path / "scraped") as found:
        options = PrometheusOptions(url=found.source.options.url, requests="r", flags=QUERIES)
        exposures = PrometheusExposures(options, functools.partial(adapter, service="checkout", clock=WallClock()))
        clock, run = WallClock(), run_of(DECLINED)
        evidence, healthy = Evidence(run=run.id), Verdict(kind=Kind.HEALTHY, sentence="the code is well")
        verdict, served = healthy, 0

        async def is_harmful() -> bool:
            nonlocal evidence, verdict, served
            served += 10
            found.expose(0, told(served))
            evidence = await exposing.look(evidence, run, exposures, {METRICS: found.source}, now=clock.now())
            verdict = exposing.with_ramp(healthy, evidence, run)
            return verdict.kind == Kind.HARMFUL

        await until(is_harmful)
        assert f"users with {FLAG} against users without" in verdict.sentence and "declined" in verdict.sentence


def told(served: int) -> str:
    """So many users with the feature, and as many without."""
    text = ""
    for shown, declined in (("true", served // 3), ("false", served // 50)):
        text += f'checkout_total{{flag="{FLAG}",shown="{shown}",result="ok"}} {served}\n'
        text += f'declined_total{{flag="{FLAG}",shown="{shown}"}} {declined}\n'
    return text
