"""Copies of requests by a rule of Shipway's own, where the GatewayClass declares them."""

from typing import Any

import pytest

from contract.memory_cluster import MemoryCluster
from contract.stored import in_loop
from contract.traffic import A, B
from shipway.adapters.platforms.kubernetes.cluster import NotAllowed
from shipway.adapters.platforms.kubernetes.kinds import Kind
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.copies import EVERY_METHOD, lacking, overtaken
from shipway.adapters.traffic.gateway_api.copying import require, require_methods, require_order
from shipway.model.route import Mirror, Route, UserRule
from shipway.model.share import TOTAL, from_percent
from unit.adapters.traffic.test_gateway_values import OPTIONS, RULE, http_route, wish


def copied(mirror: Mirror, written: dict[str, Any] = RULE) -> dict[str, Any]:
    route = Route(shares={A: TOTAL}, mirror=mirror)
    made = rules.own(http_route(written), "checkout", OPTIONS, wish(route), "t0")
    found: dict[str, Any] = made["spec"]["rules"][-1]
    return found


def test_safe_methods_are_copied_and_answered_as_ever() -> None:
    rule = copied(Mirror(revision=B, share=from_percent(10)))
    assert [match["method"] for match in rule["matches"]] == ["GET", "HEAD"]
    assert {match["path"]["value"] for match in rule["matches"]} == {"/shop"}
    kept, mirror = rule["filters"]
    assert kept == RULE["filters"][0]  # type: ignore[index]
    asked = mirror["requestMirror"]
    assert asked["fraction"] == {"numerator": 10, "denominator": 100}
    (answering,) = rule["backendRefs"]
    assert asked["backendRef"]["name"] != answering["name"] and "weight" not in asked["backendRef"]
    assert rule["timeouts"] == RULE["timeouts"] and "name" not in rule


def test_all_methods_and_all_requests() -> None:
    rule = copied(Mirror(revision=B, share=TOTAL, methods=()))
    assert [match["method"] for match in rule["matches"]] == list(EVERY_METHOD)
    assert "fraction" not in rule["filters"][-1]["requestMirror"]


def test_chosen_users_are_not_taken_by_the_rule_of_copies() -> None:
    users = (UserRule(kind="header", name="canary", value="true", revision=B),)
    route = Route(shares={A: TOTAL}, users=users, mirror=Mirror(revision=B, share=TOTAL))
    *_, chosen, _ = rules.own(http_route(RULE), "checkout", OPTIONS, wish(route), "t0")["spec"]["rules"]
    assert [match.get("method") for match in chosen["matches"]] == ["GET", "HEAD", None]
    assert {match["headers"][0]["name"] for match in chosen["matches"]} == {"canary"}


def test_a_method_that_is_not_copied_is_left_to_the_users_rule() -> None:
    written = {**RULE, "matches": [{"method": "POST"}, {"method": "GET"}]}
    rule = copied(Mirror(revision=B, share=from_percent(12.345)), written)
    assert rule["matches"] == [{"method": "GET", "path": {"type": "PathPrefix", "value": "/"}}]
    assert rule["filters"][-1]["requestMirror"]["fraction"] == {"numerator": 12_345, "denominator": TOTAL}


def test_a_rule_of_other_methods_makes_no_rule_that_would_match_every_request() -> None:
    written, mirror = {**RULE, "matches": [{"method": "POST"}]}, Mirror(revision=B, share=TOTAL)
    made = rules.own(http_route(written), "checkout", OPTIONS, wish(Route(shares={A: TOTAL}, mirror=mirror)), "t0")
    assert all(one["matches"] for one in made["spec"]["rules"])
    with pytest.raises(rules.NotByGateway, match="of other methods than may be copied"):
        require_methods(written, mirror)
    require_methods(written, Mirror(revision=B, share=TOTAL, methods=()))


BETA = {"headers": [{"name": "x-beta", "value": "1"}]}
SHOP = {"path": {"type": "PathPrefix", "value": "/shop"}}


@pytest.mark.parametrize(
    ("match", "is_taken"),
    [
        ({**SHOP, **BETA}, True),
        ({**SHOP, "queryParams": [{"name": "beta", "value": "1"}]}, True),
        ({**SHOP, **BETA, "method": "GET"}, False),
        (BETA, False),
        ({"path": {"type": "PathPrefix", "value": "/shop/beta"}}, False),
    ],
    ids=["header", "parameter", "method", "shorter path", "longer path"],
)
def test_a_rule_that_copies_would_take_requests_of_is_told(match: dict[str, Any], is_taken: bool) -> None:
    other = {"name": "beta", "matches": [match], "backendRefs": [{"name": "beta", "port": 80}]}
    for there, number in (([other, RULE], 1), ([RULE, other], 0)):
        assert overtaken(there, number) == (["beta"] if is_taken else [])
    if is_taken:
        with pytest.raises(rules.NotByGateway, match="copies would take requests of the rule beta"):
            require_order(http_route(RULE, other), 0)
    else:
        require_order(http_route(RULE, other), 0)


def test_of_two_alike_only_the_one_that_comes_first_has_requests_to_lose() -> None:
    other = {"matches": [SHOP], "backendRefs": [{"name": "beta", "port": 80}]}
    assert overtaken([other, RULE], 1) == ["0"] and overtaken([RULE, other], 0) == []


@in_loop
async def test_a_right_to_look_at_the_gateway_is_none_of_the_role_of_a_service() -> None:
    class Forbidding(MemoryCluster):
        def in_namespace(self, _: str) -> "Forbidding":
            return self

        async def where(self) -> str:
            return "shop"

        async def read(self, kind: Kind, name: str) -> dict[str, Any] | None:
            raise NotAllowed(f"the kubeconfig may not get {kind.plural}", why="forbidden.")

    with pytest.raises(rules.NotByGateway) as told:
        await require(Forbidding(), http_route(RULE), TOTAL)
    assert not isinstance(told.value, NotAllowed), "the Role that would be printed with it does not help"
    assert "`gateways` by a Role in the namespace shop" in told.value.fix and "ClusterRole" in told.value.fix


@pytest.mark.parametrize(
    ("declared", "share", "lacks"),
    [
        (["HTTPRouteRequestMirror", "HTTPRouteMethodMatching"], TOTAL, []),
        (["HTTPRouteRequestMirror", "HTTPRouteMethodMatching"], 10_000, ["HTTPRouteRequestPercentageMirror"]),
        (["HTTPRouteMethodMatching"], TOTAL, ["HTTPRouteRequestMirror"]),
        ([], TOTAL, ["HTTPRouteRequestMirror", "HTTPRouteMethodMatching"]),
    ],
)
def test_what_the_class_does_not_declare_lacks(declared: list[str], share: int, lacks: list[str]) -> None:
    for features in (declared, [{"name": name} for name in declared]):
        assert lacking({"status": {"supportedFeatures": features}}, share) == lacks
    assert lacking({}, TOTAL)
