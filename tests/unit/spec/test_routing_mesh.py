"""What the routing mesh of a Swarm cannot do is said when the file is read, or when a strategy is chosen."""

from pathlib import Path

import pytest

from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model.release import Chosen
from shipway.spec.load import Loaded, parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.revision import Contents
from shipway.wishing import wished

TASKS = "service: shop\nplatform: {swarm: {image: x, port: 8000, update: {order: stop-first}}}\n"
COUNTED = "metrics: {prometheus: {url: 'http://a', requests: 'x{v=\"{version}\"}'}}\n"
WAY = "traffic: {routing_mesh: {listen: 8081}}\n"
LINES = 4


def parsed(text: str) -> Loaded:
    return parse_release(text, path=Path("shipway.yaml"))


def complaint(text: str) -> str:
    """The only one, whose four lines are what, where, why and fix."""
    with pytest.raises(InputErrors) as told:
        parsed(text)
    (wrong,) = told.value.errors
    assert wrong.what and wrong.where and wrong.why and wrong.fix
    return str(told.value)


@pytest.mark.parametrize(
    "platform",
    [
        'service: a\nplatform: {process: {command: "x {port}"}}\n',
        "service: a\nplatform: {swarm: {image: x}}\n",
        "service: a\nplatform: {docker: {image: x}}\n",
    ],
)
def test_it_is_in_front_of_a_service_that_the_swarm_updates(platform: str) -> None:
    assert "in front of a service that the Swarm updates" in complaint(platform + COUNTED + WAY)


def test_something_else_counts() -> None:
    assert "nothing counts requests" in complaint(TASKS + WAY)


@pytest.mark.parametrize("users", ["users: {header: {beta: '1'}}", "sticky: {cookie: a}"])
def test_users_are_not_told_apart(users: str) -> None:
    assert "does not tell users apart" in complaint(f"{TASKS}{COUNTED}{WAY}canary: {{{users}}}\n")


@pytest.mark.parametrize(
    "option",
    [
        "mirror: 10%",
        "preview: 8082",
        "host: a.example",
        "path: /a",
        "tokens: {issuer: 'https://a'}",
        "slow_start: 1m",
    ],
)
def test_what_only_envoy_has_is_said_to_be_envoys(option: str) -> None:
    way = f"traffic: {{routing_mesh: {{{option}}}}}\n"
    assert "is an option of Envoy's" in complaint(TASKS + COUNTED + way)


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "0", "65536", "yes", "1.5", "[80]"])
def test_it_listens_on_a_port_of_every_node(listen: str) -> None:
    way = (
        f"traffic: {{routing_mesh: {{listen: {listen!r}}}}}\n"
        if "[" not in listen
        else "traffic: {routing_mesh: {listen: [80]}}\n"
    )
    assert "is not a port of the routing mesh" in complaint(TASKS + COUNTED + way)


def test_a_smoke_test_has_no_preview_to_reach() -> None:
    assert "the routing mesh has no preview" in complaint(f"{TASKS}{COUNTED}{WAY}smoke: curl {{url}}\n")


@pytest.mark.parametrize("strategy", ["blue-green", "canary", "experiment"])
def test_every_strategy_but_rolling_is_refused_with_four_lines(strategy: str, tmp_path: Path) -> None:
    loaded = parsed(TASKS + COUNTED + WAY)
    with pytest.raises(ShipwayError, match=f"the routing mesh cannot do {strategy}") as told:
        wished(Home(tmp_path), loaded, "1.9.0", strategy=strategy, contents=Contents())
    assert len(str(told.value).splitlines()) == LINES


def test_the_service_has_the_port_that_the_mesh_takes_requests_on(tmp_path: Path) -> None:
    revision, release = wished(
        Home(tmp_path), parsed(TASKS + COUNTED + WAY), "1.9.0", strategy=None, contents=Contents()
    )
    update = {"order": "stop-first", "monitor": 5.0, "published": 8081}
    assert release.platform.options["update"] == update
    assert isinstance(release.traffic, Chosen) and release.traffic.options["listen"] == 8081
    assert "published" not in str(revision.platform), "the way in is no part of a version"
