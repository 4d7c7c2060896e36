"""Copies of requests by a rule of Shipway's own, where the GatewayClass declares them."""

from typing import Any

import pytest

from contract.traffic import A, B
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.copies import EVERY_METHOD, lacking
from shipway.model.route import Mirror, Route
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


def test_a_method_that_is_not_copied_is_left_to_the_users_rule() -> None:
    written = {**RULE, "matches": [{"method": "POST"}, {"method": "GET"}]}
    rule = copied(Mirror(revision=B, share=from_percent(12.345)), written)
    assert rule["matches"] == [{"method": "GET", "path": {"type": "PathPrefix", "value": "/"}}]
    assert rule["filters"][-1]["requestMirror"]["fraction"] == {"numerator": 12_345, "denominator": TOTAL}


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
