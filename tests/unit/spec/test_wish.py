"""From the file to the wish that planning reads."""

from pathlib import Path

import pytest

from shipway.errors import UnknownName
from shipway.model.metric import Metric
from shipway.model.plan import Need
from shipway.model.policy import Guard, Rollback
from shipway.model.release import BlueGreen, Canary, Release, Rolling
from shipway.model.revision import RevisionId
from shipway.model.route import Sticky
from shipway.model.share import Share
from shipway.model.verdict import Severity
from shipway.spec.load import parse_release
from shipway.spec.wish import release_of

LEAST = "service: checkout\nplatform: {process: {command: './run {port}', replicas: 4}}\n"
REVISION = RevisionId("1-abc")


def wish(lines: str = "", strategy: str | None = None) -> Release:
    return release_of(parse_release(LEAST + lines, path=Path("shipway.yaml")), REVISION, strategy=strategy)


def test_what_is_left_out_is_the_model_s_default() -> None:
    canary = Canary(shares=tuple(Share(part) for part in (5_000, 25_000, 50_000, 75_000, 100_000)), bake=900.0)
    assert wish() == Release(service="checkout", revision=REVISION, strategy="rolling", replicas=4, canary=canary)


def test_everything_that_is_written_arrives() -> None:
    lines = """\
strategy: canary
rolling: {surge: 2, unavailable: 1, batches: 3, pause: 10s}
blue-green: {bake: 1m, split: 50%, split_for: 30m}
canary:
  {stages: [1%, 100%], bake: 2m, users_first: true, sticky: {header: x-user}, users:
    {header: {beta: yes}, cookie: {c: "1"}}}
smoke: ./smoke.sh {url}
traffic: {envoy: {preview: 8081}}
guard: {success_rate: ">= 99%", latency_p99: "<= 500ms", interval: 2s, false_rollback: 1%, no_data: hold}
rollback: {window: 2h, within: 1m}
deadline: 5m
drain: 10s
drift: revert
health: {steady: 1s}
"""
    assert wish(lines) == Release(
        service="checkout",
        revision=REVISION,
        strategy="canary",
        replicas=4,
        rolling=Rolling(surge=2, unavailable=1, batches=3, pause=10.0),
        blue_green=BlueGreen(bake=60.0, split=Share(50_000), split_for=1800.0),
        canary=Canary(
            shares=(Share(1_000), Share(100_000)),
            bake=120.0,
            users=(("header", "beta", "yes"), ("cookie", "c", "1")),
            users_first=True,
            sticky=Sticky(kind="header", name="x-user"),
        ),
        smoke=Need(kind="command", target="./smoke.sh {url}"),
        guard=Guard(success_rate_min=0.99, latency_p99_max=0.5, interval=2.0, false_rollback=0.01, no_data="hold"),
        rollback=Rollback(window=7200.0, within=60.0),
        deadline=300.0,
        drain_grace=10.0,
        drift="revert",
        steady=1.0,
    )


def test_the_command_line_s_strategy_wins() -> None:
    assert wish("strategy: canary\n", strategy="blue-green").strategy == "blue-green"


def test_an_unknown_strategy_comes_with_its_siblings() -> None:
    with pytest.raises(UnknownName) as caught:
        wish(strategy="blue_green")
    assert caught.value.fix == "Did you mean `blue-green`?"
    assert caught.value.why == "Known: blue-green, canary, experiment, rolling."


def test_metrics_of_the_guard_arrive_in_their_order() -> None:
    lines = """\
guard:
  metrics:
    payments_declined: {query: 'd{v="{version}"}', of: 'p{v="{version}"}', worse_by: 20%, severity: medium}
    double_charges: {query: 'c{v="{version}"}', flags: {query: 'c{f="{flag}",s="{shown}"}'}, critical: any}
    memory: {resource: memory, worse_by: 150%, at_most: 1GiB}
"""
    assert wish(lines).guard.metrics == (
        Metric(
            name="payments_declined",
            query='d{v="{version}"}',
            of='p{v="{version}"}',
            worse_by=0.2,
            severity=Severity.MEDIUM,
        ),
        Metric(
            name="double_charges",
            query='c{v="{version}"}',
            flag_query='c{f="{flag}",s="{shown}"}',
            any_is_critical=True,
        ),
        Metric(name="memory", resource="memory", worse_by=1.5, at_most=2.0**30),
    )
