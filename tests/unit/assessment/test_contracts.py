"""Whether clients break: OpenAPI, Swagger, Protocol Buffers, GraphQL."""

import json
from collections.abc import Mapping

import pytest

from shipway.assessment.change import File
from shipway.assessment.contracts import specification
from shipway.assessment.contracts.openapi import Side
from shipway.model.risk import Risk
from unit.assessment.changes import judged, texts

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "total": {"type": "integer"}},
}


def openapi(**changes: object) -> str:
    operation = {
        "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "enum": [10, 20]}}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
        "responses": {
            "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}
        },
    }
    paths = {"/orders": {"post": {**operation, **changes.get("operation", {})}}, **changes.get("paths", {})}  # type: ignore[dict-item]
    schemas = {"Order": ORDER, "In": ORDER, **changes.get("schemas", {})}  # type: ignore[dict-item]
    return json.dumps({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}})


def limited(schema: dict[str, object]) -> dict[str, object]:
    return {"operation": {"parameters": [{"in": "query", "name": "limit", "schema": schema}]}}


BROKEN = [
    (
        {"operation": {"parameters": [{"in": "query", "name": "a", "required": True}]}},
        "POST /orders: parameter query a is required now",
    ),
    (
        {"operation": {"parameters": [{"in": "query", "name": "limit", "required": True}]}},
        "POST /orders: parameter query limit is required now",
    ),
    ({"operation": {"responses": {"201": {}}}}, "POST /orders: answer 200 is gone"),
    (
        {"schemas": {"Order": {**ORDER, "properties": {"id": {"type": "string"}}}}},
        "POST /orders: answer 200: total is gone",
    ),
    ({"schemas": {"Order": {**ORDER, "required": []}}}, "POST /orders: answer 200: id may be missing"),
    ({"schemas": {"In": {**ORDER, "required": ["id", "total"]}}}, "POST /orders: body: total is required now"),
    (
        {"schemas": {"In": {**ORDER, "properties": {"id": {"type": "integer"}}}}},
        "POST /orders: body: id is integer instead of string",
    ),
    (
        {"schemas": {"In": {**ORDER, "properties": {"id": {"type": "string", "enum": ["a", "b"]}}}}},
        "POST /orders: body: id may only be a, b now",
    ),
    (limited({"type": "string"}), "POST /orders: parameter query limit: it is string instead of integer"),
    (limited({"type": "integer", "enum": [10]}), "POST /orders: parameter query limit: it may no longer be 20"),
]


@pytest.mark.parametrize(("after", "said"), BROKEN)
def test_what_breaks_clients_of_openapi_is_said(after: dict[str, object], said: str) -> None:
    found = judged(texts("api/openapi.json", openapi(), openapi(**after)))
    assert found.risk == Risk.HIGH
    assert found.reasons[0].details == (said,)


def test_a_path_that_is_gone_breaks_and_one_that_is_new_does_not() -> None:
    more = openapi(paths={"/carts": {"get": {"responses": {}}}})
    assert judged(texts("openapi.yaml", more, openapi())).reasons[0].details == ("GET /carts is gone",)
    found = judged(texts("openapi.yaml", openapi(), more))
    assert (found.risk, found.reasons[0].details) == (Risk.MEDIUM, ("GET /carts is new",))


def test_a_body_of_swagger_2_is_compared() -> None:
    def swagger(required: list[str]) -> str:
        body = {"in": "body", "name": "b", "schema": {"type": "object", "required": required}}
        return json.dumps({"swagger": "2.0", "paths": {"/a": {"put": {"parameters": [body]}}}})

    assert judged(texts("swagger.json", swagger([]), swagger(["x"]))).reasons[0].details == (
        "PUT /a: body: x is required now",
    )


def test_a_parameter_of_swagger_2_says_itself_what_it_is() -> None:
    def swagger(**kind: object) -> str:
        limit = {"in": "query", "name": "limit", **kind}
        return json.dumps({"swagger": "2.0", "paths": {"/a": {"get": {"parameters": [limit]}}}})

    found = judged(texts("swagger.json", swagger(type="integer"), swagger(type="string")))
    assert found.reasons[0].details == ("GET /a: parameter query limit: it is string instead of integer",)
    same = judged(texts("swagger.json", swagger(type="integer", required=True), swagger(type="integer")))
    assert same.risk == Risk.LOW


@pytest.mark.parametrize("path", ["api/openapi.json", "docs/openapi.json"])
def test_a_specification_that_is_new_is_a_change_of_the_interface(path: str) -> None:
    [reason] = [one for one in judged(texts(path, None, openapi())).reasons if one.rule == "interface"]
    assert (reason.risk, reason.touch) == (Risk.MEDIUM, "public API")
    assert reason.sentence == "the OpenAPI specification is new: others will rely on it"


@pytest.mark.parametrize(
    "path", ["tests/openapi.json", "vendor/lib/openapi.json", "examples/openapi.json", "test/fixtures/shop.proto"]
)
def test_a_specification_of_tests_or_of_others_is_nobodys_interface(path: str) -> None:
    assert [one for one in judged(texts(path, openapi(), None)).reasons if one.rule == "interface"] == []


def test_one_that_is_renamed_away_is_gone() -> None:
    moved = File(path="old/spec.txt", former="openapi.json", status="R", before=openapi(), after=openapi())
    assert [one.sentence for one in judged(moved).reasons if one.rule == "interface"] == [
        "the OpenAPI specification is gone"
    ]


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Order"}}}
    loop = {"$ref": "#/components/schemas/Order"}
    assert (
        judged(texts("openapi.json", openapi(schemas={"Order": node}), openapi(schemas={"Order": node}))).risk < 2
    )
    assert (
        judged(texts("openapi.json", openapi(schemas={"Order": loop}), openapi(schemas={"Order": loop}))).risk < 2
    )


def test_schemas_that_all_refer_to_each_other_are_compared_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ["Order", *(f"S{number}" for number in range(9))]
    every = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": every} for name in names}
    looked, at = iter(range(20_000)), Side.at

    def counted(side: Side, value: object) -> Mapping[str, object]:
        assert next(looked, None) is not None, "it never ends"
        return at(side, value)

    monkeypatch.setattr(Side, "at", counted)
    after = {**schemas, "S8": {"type": "object", "properties": {**every, "Order": {"type": "string"}}}}
    found = judged(texts("openapi.json", openapi(schemas=schemas), openapi(schemas=after)))
    assert "POST /orders: answer 200: S8.Order is string instead of object" in found.reasons[0].details


PROTO = """syntax = "proto3"; package shop; // a comment
import "google/protobuf/any.proto";
message Order { option (x) = { a: 1 };
  string id = 1 [deprecated = true]; repeated int32 sizes = 2; map<string, Item> items = 3;
  oneof pay { string card = 4; bytes token = 5; }
  message Item { int32 count = 1; }
  enum State { NEW = 0; PAID = 1; }
  reserved 9, 10; }
service Shop { rpc Buy(Order) returns (Order); rpc Watch(Order) returns (stream Order) { option a = 1; } }
"""
PROTO_BROKEN = [
    ("string id = 1 [deprecated = true]", "int64 id = 1", "Order.id = 1 is int64 instead of string"),
    ("string id = 1 [deprecated = true];", "", "Order.id = 1 is gone"),
    ("repeated int32 sizes", "int32 sizes", "Order.sizes = 2 is single instead of repeated"),
    ("string card = 4;", "", "Order.card = 4 is gone"),
    ("int32 count = 1;", "string count = 1;", "Order.Item.count = 1 is string instead of int32"),
    ("PAID = 1;", "", "Order.State.PAID = 1 is gone"),
    ("rpc Buy(Order) returns (Order);", "", "Shop.Buy is gone"),
    (
        "map<string, Item>",
        "map<string, Order>",
        "Order.items = 3 is map<string,Order> instead of map<string,Item>",
    ),
]


@pytest.mark.parametrize(("before", "after", "said"), PROTO_BROKEN)
def test_what_breaks_peers_of_protocol_buffers_is_said(before: str, after: str, said: str) -> None:
    assert before in PROTO
    found = judged(texts("shop.proto", PROTO, PROTO.replace(before, after)))
    assert found.risk == Risk.HIGH
    assert found.reasons[0].details == (said,)


@pytest.mark.parametrize(
    ("before", "after", "risk"),
    [
        ("string id = 1", "bytes id = 1", Risk.LOW),
        ("string id = 1", "string key = 1", Risk.LOW),
        ("reserved 9, 10;", "bool gift = 6;", Risk.MEDIUM),
        ("stream Order", "Order", Risk.HIGH),
    ],
)
def test_what_means_the_same_on_the_wire_breaks_nobody(before: str, after: str, risk: Risk) -> None:
    found = judged(texts("shop.proto", PROTO, PROTO.replace(before, after)))
    assert next(one.risk for one in found.reasons if one.rule == "interface") == risk


def test_graphql_is_judged_by_the_reference_implementation() -> None:
    before = "type Query { order(id: ID!): Order } type Order { id: ID! total: Int }"
    found = judged(texts("schema.graphql", before, before.replace("total: Int", "")))
    assert (found.risk, found.reasons[0].details) == (Risk.HIGH, ("Field Order.total was removed",))
    more = judged(texts("schema.graphql", before, before.replace("total: Int", "total: Int gift: Boolean")))
    assert (more.risk, more.reasons[0].sentence, more.reasons[0].details) == (
        Risk.MEDIUM,
        "extends its GraphQL interface; no client breaks",
        ("Order.gift is new",),
    )


def test_another_value_of_an_enumeration_may_break_clients_of_graphql() -> None:
    before = "type Query { state: State } enum State { NEW }"
    found = judged(texts("schema.graphql", before, before.replace("NEW", "NEW PAID")))
    assert (found.risk, found.reasons[0].sentence) == (
        Risk.MEDIUM,
        "changes its GraphQL interface; clients that do not expect it may break",
    )
    assert "PAID" in found.reasons[0].details[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop.proto", "message A { message B {"),
        ("shop.proto", "message A " + "{ message B " * 2000),
        ("schema.graphql", "type {"),
        ("openapi.yaml", "a: [b"),
        ("openapi.yaml", "a: b"),
        ("openapi.json", "{" * 50_000),
    ],
)
def test_what_is_no_specification_is_said_and_not_guessed(path: str, text: str) -> None:
    found = specification(path)
    assert found is not None
    with pytest.raises(ValueError, match=r"\w"):
        found[1](text, text)
    reason = next(one for one in judged(texts(path, text, text + " ")).reasons if one.rule == "interface")
    assert (reason.risk, "is not known" in reason.sentence) == (Risk.MEDIUM, True)


def test_a_specification_that_is_gone_breaks_everybody() -> None:
    assert judged(texts("shop.proto", PROTO, None)).risk == Risk.HIGH
