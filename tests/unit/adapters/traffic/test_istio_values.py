"""What is written into VirtualServices and DestinationRules, and what is not."""

from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from contract.traffic import A, B
from shipway.adapters.traffic._kubernetes.probing import answer
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.istio import choosing, rules, subsets
from shipway.adapters.traffic.istio.refusing import NotByIstio, check
from shipway.model.route import Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share, from_percent
from unit.adapters.traffic.istio_objects import OPTIONS, OTHER, ROUTE, destination_rule, virtual_service

SUBSET_A, SUBSET_B = "checkout-1-8-2-0a1b2c3d", "checkout-1-9-0-7f3a91c2"
HEADED = {**ROUTE["route"][0], "headers": {"request": {"set": {"x-a": "1"}}}}
BETA = UserRule(kind="header", name="X-Beta", value="yes", revision=B)


def wish(route: Route, **named: Any) -> Wish:
    told = {"route_generation": 3, "has_served": True, "token": "t0", "before": {"subset": "v1"}}
    return Wish(route=route, **{**told, **named})


def half(**named: Any) -> Route:
    return Route(shares={A: from_percent(50), B: from_percent(50)}, **named)


def http(route: Route, *there: dict[str, Any], name: str = "", **named: Any) -> list[dict[str, Any]]:
    options = replace(OPTIONS, route=name)
    return rules.http(virtual_service(*there), "checkout", options, wish(route, **named))


def named(routes: list[dict[str, Any]], name: str) -> dict[str, Any]:
    (found,) = (one for one in routes if one.get("name") == name)
    return found


@pytest.mark.parametrize(
    ("to_b", "weights"), [(5, [95, 5]), (12.345, [87655, 12345]), (100, [100])], ids=["whole", "fine", "all"]
)
def test_weights_are_the_shares(to_b: float, weights: list[int]) -> None:
    shares = {A: Share(TOTAL - from_percent(to_b)), B: from_percent(to_b)}
    found = named(http(Route(shares=shares)), "pages")["route"]
    assert [one["weight"] for one in found] == weights
    assert found[-1]["destination"] == {"host": "checkout", "subset": SUBSET_B, "port": {"number": 80}}


def test_only_the_destinations_of_one_http_route_move_and_the_order_stays() -> None:
    found = http(half(), OTHER, ROUTE, name="pages")
    theirs = choosing.of_user(found)
    assert [one["name"] for one in theirs] == ["static", "pages"] and theirs[0] == OTHER
    assert {**theirs[1], "route": ROUTE["route"]} == ROUTE


def test_what_was_written_is_read_as_the_users_own_again() -> None:
    service = virtual_service(OTHER, ROUTE)
    options = replace(OPTIONS, route="1")
    users = (BETA,)
    for route in (half(users=users, mirror=Mirror(revision=B, share=TOTAL)), half(), Route(shares={A: TOTAL})):
        service["spec"]["http"] = rules.http(service, "checkout", options, wish(route))
    before = virtual_service(OTHER, ROUTE)
    assert rules.handed(service, before, options) == before["spec"]["http"]


def test_until_a_version_has_users_the_destinations_are_the_users() -> None:
    assert named(http(Route(preview=A), has_served=False), "pages") == ROUTE


def test_a_route_to_nobody_goes_to_a_subset_without_pods() -> None:
    (target,) = named(http(Route()), "pages")["route"]
    assert target["destination"]["subset"] == subsets.NOBODY


def test_probes_come_first_and_chosen_users_just_before_the_http_route() -> None:
    found = [one["name"] for one in http(half(users=(BETA,)), OTHER, ROUTE, name="pages")]
    assert found[0] == "shipway.dev/answer" and found[-3:] == ["static", "shipway.dev/users/0", "pages"]


def test_a_probe_is_answered_with_the_number_of_the_intent() -> None:
    found = named(http(half()), "shipway.dev/answer")
    assert found["redirect"]["authority"] == answer(3)
    assert found["match"][0]["headers"] == {"x-shipway-probe": {"exact": "t0"}}


def test_a_version_just_left_is_probed_and_kept_for_the_way_back() -> None:
    back = wish(Route(shares={B: TOTAL}), formers=({A: TOTAL},))
    assert rules.known(back) == (A, B)


def test_chosen_users_get_the_users_http_route_with_a_header_or_a_cookie_more() -> None:
    cookie = UserRule(kind="cookie", name="beta", value="a.b", revision=B)
    found = http(half(users=(BETA, cookie)))
    for place, headers in enumerate(
        ({"x-beta": {"exact": "yes"}}, {"cookie": {"regex": r"^(.*; ?)?beta=a\.b(;.*)?$"}})
    ):
        one = named(found, f"shipway.dev/users/{place}")
        assert one["match"] == [{"uri": {"prefix": "/shop"}, "headers": headers}]
        assert (one["timeout"], one["rewrite"]) == ("10s", {"uri": "/"})
        assert [target["destination"]["subset"] for target in one["route"]] == [SUBSET_B]


def test_a_header_that_the_http_route_looks_at_already_is_refused_for_users() -> None:
    there = {**ROUTE, "match": [{"headers": {"x-beta": {"prefix": "y"}}}]}
    with pytest.raises(NotByIstio, match="looks at the header x-beta already"):
        http(half(users=(BETA,)), there)


def test_copies_are_of_methods_that_may_be_copied() -> None:
    copied = named(http(half(mirror=Mirror(revision=B, share=from_percent(2.5)))), "shipway.dev/copies")
    assert [one["method"] for one in copied["match"]] == [{"exact": "GET"}, {"exact": "HEAD"}]
    (mirror,) = copied["mirrors"]
    assert mirror["destination"]["subset"] == SUBSET_B and mirror["percentage"] == {"value": 2.5}
    every = named(http(half(mirror=Mirror(revision=B, share=TOTAL, methods=()))), "shipway.dev/copies")
    assert every["match"] == ROUTE["match"]


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({**ROUTE, "match": [{"method": {"exact": "POST"}}]}, "other methods"),
        ({**ROUTE, "mirror": {"host": "audit"}}, "copies requests already"),
    ],
)
def test_copies_that_cannot_be_made_are_refused(there: dict[str, Any], said: str) -> None:
    with pytest.raises(NotByIstio, match=said):
        http(half(mirror=Mirror(revision=B, share=TOTAL)), there)


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (half(sticky=Sticky(kind="cookie", name="shipway")), "consistentHash"),
        (half(users=(UserRule(kind="claim", name="group", value="beta", revision=B),)), "claims"),
    ],
)
def test_what_istio_cannot_do_is_refused(route: Route, said: str) -> None:
    with pytest.raises(NotByIstio) as told:
        check(route)
    assert said in told.value.why


# The DestinationRule


def test_versions_are_subsets_beside_the_users_with_the_policy_of_the_one_before() -> None:
    rule = destination_rule()
    made = subsets.wanted("checkout", rule, wish(half()), [A, B])
    moved = subsets.moved(rule, 3, made, ())
    assert set(moved["spec"]) == {"subsets"} and moved["metadata"]["resourceVersion"] == "8"
    theirs, first, second, nobody = moved["spec"]["subsets"]
    assert theirs == rule["spec"]["subsets"][0] and nobody["name"] == subsets.NOBODY
    assert (first["name"], second["name"]) == (SUBSET_A, SUBSET_B)
    assert second["labels"] == {
        "shipway.dev/service": "checkout",
        "shipway.dev/revision": B,
        "shipway.dev/requests": "yes",
    }
    assert second["trafficPolicy"] == theirs["trafficPolicy"]


def test_a_subset_stays_as_long_as_its_version_is_known() -> None:
    rule = destination_rule()
    rule["spec"]["subsets"] = subsets.moved(rule, 3, subsets.wanted("checkout", rule, wish(half()), [A]), ())[
        "spec"
    ]["subsets"]
    made = subsets.wanted("checkout", rule, wish(half()), [B])
    for known, there in (((A,), True), ((), False)):
        found = {one["name"] for one in subsets.moved(rule, 4, made, known)["spec"]["subsets"]}
        assert (SUBSET_A in found) == there and {"v1", SUBSET_B} <= found


def test_what_is_handed_back_has_the_users_subsets_alone() -> None:
    rule = destination_rule()
    before = deepcopy(rule["spec"])
    made = subsets.moved(rule, 3, subsets.wanted("checkout", rule, wish(half()), [A, B]), ())
    assert subsets.without_own({**before, **made["spec"]}) == before
    bare = {"host": "checkout"}
    assert subsets.without_own({**bare, "subsets": made["spec"]["subsets"][1:]}) == bare


# What cannot be moved


@pytest.mark.parametrize(("name", "known"), [("", "pages, static"), ("nowhere", "pages, static")])
def test_an_http_route_that_is_not_clear_is_refused_with_those_that_are_there(name: str, known: str) -> None:
    with pytest.raises(NotByIstio) as told:
        choosing.chosen(virtual_service(ROUTE, OTHER), replace(OPTIONS, route=name))
    assert known in told.value.why


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (virtual_service(hosts=[]), "has no hosts"),
        (virtual_service({"redirect": {"authority": "a"}}), "sends requests to no version"),
        (virtual_service({"delegate": {"name": "a"}}), "sends requests to no version"),
        (virtual_service({**ROUTE, "route": [*ROUTE["route"], HEADED]}), "differ in more than subset and weight"),
        (virtual_service(OTHER), "sends to files, and DestinationRule checkout is of checkout"),
    ],
)
def test_a_virtual_service_that_cannot_be_moved_is_refused(service: dict[str, Any], said: str) -> None:
    with pytest.raises(NotByIstio, match=said):
        choosing.check(service, destination_rule(), OPTIONS)


def test_a_subset_that_nobody_defines_is_told_with_what_defines_it() -> None:
    with pytest.raises(NotByIstio, match="has no subset v1") as told:
        choosing.check_subsets(virtual_service(), destination_rule(subsets=[]), OPTIONS)
    assert "{name: v1, labels: {version: v1}}" in told.value.fix


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"workloadSelector": {"matchLabels": {"app": "a"}}}, "workloadSelector"),
        ({"host": "checkout.other.svc.cluster.local"}, "is of checkout.other"),
    ],
)
def test_a_destination_rule_that_is_not_for_all_callers_is_refused(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(NotByIstio, match=said):
        subsets.check(destination_rule(**spec), "checkout", "shop")
    subsets.check(destination_rule(host="checkout.shop.svc.cluster.local"), "checkout", "shop")
