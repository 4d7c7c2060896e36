"""What a real Envoy does with requests that goes by HTTPRoutes.

The contract of the port's values is kept on a real API server, in `platforms/kubernetes/test_gateway_contract.py`.
"""

import functools
from typing import Any

import pytest

from contract.backends import Client, ask_many
from contract.gateway_stand import open_gateway
from contract.mirrored import MirrorContract
from contract.requests import CarryingContract, DecidingContract, two
from contract.stored import in_loop
from contract.traffic import A, B, publish, route, split, until
from platforms.kubernetes import gateway, route_config
from platforms.kubernetes.plane import NotKnown
from shipway.model.route import Endpoint, Mirror, UserRule
from shipway.model.share import Share


class TestRequests(MirrorContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_gateway, tmp_path / "gateway")

    test_shares = CarryingContract.test_requests_are_divided_as_the_shares_say
    test_users = DecidingContract.test_chosen_users_go_to_their_revision_whatever_the_shares

    @in_loop
    async def test_a_part_is_copied_and_chosen_users_are_not(self, opened):
        async with opened() as carrier:
            _, (candidate,) = await two(carrier)
            chosen = (UserRule(kind="header", name="canary", value="true", revision=B),)
            mirror = Mirror(revision=B, share=Share(50_000))
            await route(carrier, split(0, mirror=mirror, users=chosen), generation=2)
            answers = await ask_many(carrier.address, 400)
            assert {answer.revision for answer in answers} == {A}
            await until(lambda: len(candidate.seen) > 120)
            copies = len(candidate.seen)
            assert 120 < copies < 280
            answer = await Client(carrier.address).ask("/chosen", canary="true")
            assert answer.revision == B and candidate.seen.count("/chosen") == 1

    @in_loop
    async def test_a_drained_pod_gets_nothing_new(self, opened):
        async with opened() as carrier:
            (leaving, staying), _ = await two(carrier, each=2)
            await route(carrier, split(0), generation=2)
            drained = Endpoint(revision=A, address=leaving.address, draining=True)
            await publish(carrier, drained, Endpoint(revision=A, address=staying.address), generation=3)

            async def has_left() -> bool:
                answers = await ask_many(carrier.address, 60)
                return {one.headers["x-replica"] for one in answers} == {staying.address}

            await until(has_left)


def configured(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    written = gateway.http_route("shop.example")
    written["spec"]["rules"] = list(rules)
    (host,) = route_config.configured(gateway.NAME, [written], ()).virtual_hosts
    return list(host["routes"])


def rule(name: str, *matches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"matches": list(matches), "backendRefs": [{"name": name, "port": 80}], **more}


def test_more_exact_matches_come_first_as_the_standard_has_it() -> None:
    every, long = {"type": "PathPrefix", "value": "/"}, {"type": "PathPrefix", "value": "/shop"}
    header = {"type": "Exact", "name": "X-Canary", "value": "true"}
    routes = configured(
        rule("plain", {"path": every}),
        rule("header", {"path": every, "headers": [header]}),
        rule("method", {"path": every, "method": "GET"}),
        rule("long", {"path": long}),
        rule("exact", {"path": {"type": "Exact", "value": "/shop"}}),
    )
    names = [one["route"]["weighted_clusters"]["clusters"][0]["name"] for one in routes]
    assert names == ["exact", "long", "method", "header", "plain"]


def test_a_rule_that_sends_to_nobody_answers_with_an_error() -> None:
    (alone,) = configured({"backendRefs": [{"name": "checkout", "port": 80, "weight": 0}]})
    assert alone["direct_response"] == {"status": 500}


@pytest.mark.parametrize(
    "wrong",
    [
        rule("checkout", {"queryParams": [{"name": "beta", "value": "yes"}]}),
        rule("checkout", filters=[{"type": "URLRewrite", "urlRewrite": {"hostname": "inner"}}]),
        rule("checkout", timeouts={"request": "10s"}),
        rule("checkout", {"path": {"type": "RegularExpression", "value": "/a.*"}}),
    ],
    ids=["parameter", "filter", "timeout", "path"],
)
def test_what_this_gateway_does_not_know_it_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotKnown):
        configured(wrong)


def test_routes_of_another_gateway_are_not_its_own() -> None:
    written = gateway.http_route()
    assert not route_config.configured("other", [written], ()).virtual_hosts
