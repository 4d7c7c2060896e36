"""What ways in to pods cannot do is said when the file is read, or when a strategy is chosen."""

from pathlib import Path

import pytest

from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.traffic import gateway_api, istio
from shipway.spec.traffic.service import against_strategy

PODS = "service: a\nplatform: {kubernetes: {image: x, manifests: [k8s]}}\n"
COUNTED = "metrics: {prometheus: {url: 'http://a', requests: 'x{v=\"{version}\"}'}}\n"
WAY = "traffic: {service: {name: checkout}}\n"


def complaint(text: str) -> str:
    with pytest.raises(InputErrors) as told:
        parse_release(text, path=Path("shipway.yaml"))
    return str(told.value)


def test_replicas_are_pods() -> None:
    process = 'service: a\nplatform: {process: {command: "x {port}"}}\n'
    assert "carries requests to pods" in complaint(process + COUNTED + WAY)


def test_something_else_counts() -> None:
    assert "nothing counts requests" in complaint(PODS + WAY)


@pytest.mark.parametrize("users", ["users: {header: {beta: '1'}}", "sticky: {cookie: a}"])
def test_users_are_not_told_apart(users: str) -> None:
    said = complaint(f"{PODS}{COUNTED}{WAY}strategy: canary\ncanary: {{{users}}}\n")
    assert "does not tell users apart" in said


def test_the_preview_is_another_service() -> None:
    both = "traffic: {service: {name: checkout, preview: checkout}}\n"
    assert "the preview has the name" in complaint(PODS + COUNTED + both)


def test_a_smoke_test_needs_to_reach_the_preview() -> None:
    assert "preview_url" in complaint(f"{PODS}{COUNTED}{WAY}smoke: curl {{url}}\n")


@pytest.mark.parametrize(
    ("stages", "replicas", "is_fine"),
    [("[25%, 100%]", 4, True), ("[5%, 100%]", 4, False), ("[5%, 100%]", 20, True), ("[50%, 100%]", 3, False)],
)
def test_a_share_is_a_whole_number_of_pods(stages: str, replicas: int, is_fine: bool) -> None:
    file = parse_release(f"{PODS}{COUNTED}{WAY}canary: {{stages: {stages}}}\n", path=Path("a")).file
    wrongs = list(against_strategy(file, "canary", replicas))
    assert (not wrongs) == is_fine
    assert is_fine or f"not a whole number of {replicas} pods" in str(wrongs[0])
    assert not list(against_strategy(file, "rolling", replicas))


def test_an_experiment_is_refused_when_it_is_asked_for() -> None:
    file = parse_release(PODS + COUNTED + WAY, path=Path("a")).file
    assert "keep users" in str(next(iter(against_strategy(file, "experiment", 4))))


GATEWAY = "traffic: {gateway_api: {route: checkout, url: 'http://gateway'}}\n"


@pytest.mark.parametrize(
    ("users", "said"),
    [("sticky: {cookie: a}", "keeps no user"), ("users: {claim: {group: beta}}", "verify no tokens")],
)
def test_a_gateway_keeps_no_user_and_verifies_nothing(users: str, said: str) -> None:
    assert said in complaint(f"{PODS}{COUNTED}{GATEWAY}strategy: canary\ncanary: {{{users}}}\n")


def test_a_gateway_tells_users_apart_by_header_and_cookie() -> None:
    users = "canary: {users: {header: {beta: '1'}, cookie: {beta: '1'}}}\n"
    assert parse_release(PODS + COUNTED + GATEWAY + users, path=Path("a")).file.canary.users.are_chosen


def test_an_experiment_by_a_gateway_is_refused_when_it_is_asked_for() -> None:
    file = parse_release(PODS + COUNTED + GATEWAY, path=Path("a")).file
    assert "keep users" in str(next(iter(gateway_api.against_strategy(file, "experiment"))))


MESH = "traffic: {istio: {virtual_service: a, destination_rule: a, url: 'http://a', mirror: 10%}}\n"


@pytest.mark.parametrize(
    ("users", "said"),
    [("sticky: {cookie: a}", "consistentHash"), ("users: {claim: {group: beta}}", "verify no tokens")],
)
def test_istio_keeps_no_user_across_subsets_and_verifies_nothing(users: str, said: str) -> None:
    assert said in complaint(f"{PODS}{COUNTED}{MESH}strategy: canary\ncanary: {{{users}}}\n")


def test_istio_tells_users_apart_and_copies_requests() -> None:
    users = "canary: {users: {header: {beta: '1'}, cookie: {beta: '1'}}}\n"
    file = parse_release(PODS + COUNTED + MESH + users, path=Path("a")).file
    assert file.canary.users.are_chosen and file.traffic.istio is not None
    assert file.traffic.istio.mirror == 10_000
    assert "keep users" in str(next(iter(istio.against_strategy(file, "experiment"))))


def test_what_only_envoy_has_is_told_for_istio() -> None:
    way = "traffic: {istio: {virtual_service: a, destination_rule: a, url: 'http://a', slow_start: 1m}}\n"
    assert "warmed up" in complaint(PODS + COUNTED + way)


def test_what_only_envoy_has_is_told_with_envoy() -> None:
    said = complaint(f"{PODS}{COUNTED}traffic: {{service: {{name: a, mirror: 10%}}}}\n")
    assert "copies no requests" in said and "traffic: {envoy: {mirror" in said


def test_a_gateway_copies_requests() -> None:
    text = f"{PODS}{COUNTED}traffic: {{gateway_api: {{route: a, url: 'http://a', mirror: 10%}}}}\n"
    options = parse_release(text, path=Path("a")).file.traffic.gateway_api
    assert options is not None and options.mirror == 10_000


def test_a_workload_that_is_updated_in_place_has_no_preview() -> None:
    pods = "service: a\nplatform: {kubernetes: {manifests: [k8s], image: x, update: {}}}\n"
    said = complaint(f"{pods}{COUNTED}traffic: {{service: {{name: a, preview: b}}}}\n")
    assert "updated in place has no preview" in said
