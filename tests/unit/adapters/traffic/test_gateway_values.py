"""What is written into HTTPRoutes, and what is not."""

from copy import deepcopy
from typing import Any

import pytest

from contract.traffic import A, B
from shipway.adapters.traffic._kubernetes.comparing import covers, writer
from shipway.adapters.traffic._kubernetes.probing import answer
from shipway.adapters.traffic._kubernetes.wishes import Wish, asked, spans
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from shipway.model.route import Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share, from_percent

OPTIONS = GatewayOptions(route="checkout", url="http://gateway")
RULE = {
    "name": "pages",
    "matches": [{"path": {"type": "PathPrefix", "value": "/shop"}}],
    "filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "inner"}}],
    "timeouts": {"request": "10s"},
    "backendRefs": [{"name": "checkout", "port": 80}],
}
OTHER = {"name": "static", "backendRefs": [{"name": "files", "port": 80}]}


def http_route(*there: dict[str, Any]) -> dict[str, Any]:
    spec = {"parentRefs": [{"name": "web"}], "hostnames": ["shop.example"], "rules": deepcopy(list(there))}
    return {"metadata": {"name": "checkout", "resourceVersion": "7"}, "spec": spec}


def wish(route: Route) -> Wish:
    return Wish(route=route, route_generation=3, has_served=True, token="t0")


def half(**named: Any) -> Route:
    return Route(shares={A: from_percent(50), B: from_percent(50)}, **named)


@pytest.mark.parametrize(
    ("to_b", "weights"), [(5, [95, 5]), (12.345, [87655, 12345]), (100, [1])], ids=["whole", "fine", "all"]
)
def test_weights_are_the_shares(to_b: float, weights: list[int]) -> None:
    shares = {A: Share(TOTAL - from_percent(to_b)), B: from_percent(to_b)}
    assert [one["weight"] for one in rules.backends("checkout", Route(shares=shares))] == weights


def test_only_the_backends_of_one_rule_move() -> None:
    route = http_route(RULE, OTHER)
    options = GatewayOptions(route="checkout", url="http://gateway", rule="pages")
    moved = rules.moved(route, "checkout", options, wish(half()))
    assert moved["metadata"]["resourceVersion"] == "7" and set(moved["spec"]) == {"rules"}
    first, second = moved["spec"]["rules"]
    assert {**first, "backendRefs": RULE["backendRefs"]} == RULE and second == OTHER


def test_until_a_version_has_users_the_rule_is_the_users() -> None:
    before = Wish(route=Route(preview=A), route_generation=3)
    assert "spec" not in rules.moved(http_route(RULE), "checkout", OPTIONS, before)


@pytest.mark.parametrize(
    ("there", "rule", "number"),
    [((RULE,), "", 0), ((RULE, OTHER), "static", 1), ((RULE, OTHER), "1", 1)],
)
def test_the_rule_is_the_only_one_or_the_one_that_is_named(there: Any, rule: str, number: int) -> None:
    options = GatewayOptions(route="checkout", url="http://gateway", rule=rule)
    assert rules.chosen(http_route(*there), options) == number


@pytest.mark.parametrize("rule", ["", "nowhere"])
def test_a_rule_that_is_not_clear_is_refused_with_those_that_are_there(rule: str) -> None:
    options = GatewayOptions(route="checkout", url="http://gateway", rule=rule)
    with pytest.raises(rules.NotByGateway) as told:
        rules.chosen(http_route(RULE, OTHER), options)
    assert "pages, static" in told.value.why


def test_what_was_before_is_of_the_rule_with_the_name_though_others_came_before_it() -> None:
    options = GatewayOptions(route="checkout", url="http://gateway", rule="pages")
    before = http_route(RULE)
    assert rules.chosen(http_route(OTHER, RULE), options) == 1
    assert rules.backends_before(before, options) == RULE["backendRefs"]


def test_chosen_users_get_the_users_rule_with_a_header_or_a_cookie_more() -> None:
    users = (
        UserRule(kind="header", name="canary", value="true", revision=B),
        UserRule(kind="cookie", name="beta", value="a.b", revision=B),
    )
    own = rules.own(http_route(RULE), "checkout", OPTIONS, wish(half(users=users)), "t0")
    by_header, by_cookie = own["spec"]["rules"][-2:]
    for rule in (by_header, by_cookie):
        assert (rule["filters"], rule["timeouts"]) == (RULE["filters"], RULE["timeouts"]) and "name" not in rule
        assert [one["name"] for one in rule["backendRefs"]] == ["checkout-1-9-0-7f3a91c2"]
        assert rule["matches"][0]["path"] == {"type": "PathPrefix", "value": "/shop"}
    assert by_header["matches"][0]["headers"] == [{"type": "Exact", "name": "canary", "value": "true"}]
    (cookie,) = by_cookie["matches"][0]["headers"]
    assert cookie["value"] == r"^(.*; ?)?beta=a\.b(;.*)?$"


def test_a_probe_is_answered_with_the_number_of_the_intent() -> None:
    own = rules.own(http_route(RULE), "checkout", OPTIONS, wish(half()), "t0")
    sentinel, *to_versions = own["spec"]["rules"]
    assert sentinel["filters"][0]["requestRedirect"]["hostname"] == answer(3) and len(to_versions) == 2


@pytest.mark.parametrize(
    "route",
    [
        half(sticky=Sticky(kind="cookie", name="shipway")),
        half(users=(UserRule(kind="claim", name="group", value="beta", revision=B),)),
    ],
    ids=["sticky", "claim"],
)
def test_what_the_gateway_api_does_not_have_is_refused(route: Route) -> None:
    with pytest.raises(rules.NotByGateway):
        rules.check(route)


def test_what_was_asked_before_may_be_in_force_until_the_new_is_confirmed() -> None:
    first = asked(Wish(), route=Route(shares={A: TOTAL}), generation=1, before={})
    second = asked(first, route=Route(shares={B: TOTAL}), generation=2, before={})
    lowest, highest = spans([second.route.shares, *second.formers])
    assert (lowest[B], highest[A]) == (0, TOTAL)


def test_what_the_api_server_fills_in_is_no_change() -> None:
    assert covers({"a": [{"b": 1, "weight": 1}]}, {"a": [{"b": 1}]})
    assert not covers({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}]})
    assert not covers({"a": []}, {"a": [{"b": 1}]})


def test_the_newest_other_writer_of_a_field_is_named() -> None:
    fields = {"f:spec": {"f:rules": {}}}
    entries = [
        {"manager": "shipway", "time": "2026-01-03T00:00:00Z", "fieldsV1": fields},
        {"manager": "kubectl-patch", "time": "2026-01-02T00:00:00Z", "fieldsV1": fields},
        {"manager": "helm", "time": "2026-01-01T00:00:00Z", "fieldsV1": fields},
        {"manager": "traefik", "time": "2026-01-04T00:00:00Z", "fieldsV1": {"f:status": {}}},
    ]
    assert writer({"metadata": {"managedFields": entries}}, "f:spec", "f:rules") == "kubectl-patch"
