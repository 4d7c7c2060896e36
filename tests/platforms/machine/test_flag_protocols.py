"""The flag server as others see it: OpenFeature's OFREP client, and requests drawn from its OpenAPI document."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from real.flag_stand import FlagServer, flag_server
from shipway.flags import FeatureFlags

pytestmark = pytest.mark.real
FLAGS = "/ofrep/v1/evaluate/flags"
EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FlagServer]:
    with flag_server(tmp_path / "home") as made:
        yield made


def test_the_ofrep_client_of_openfeature_has_the_answers_of_our_sdk(server: FlagServer) -> None:
    server.put("half", {"rollout": {"percentage": 50}, "targeting": [{"rule": "user.vip == true"}]})
    server.put("names", {"variants": {"a": 1, "b": 1}})
    server.put("size", {"value": 20})
    token = server.token("web", "client")
    api.set_provider_and_wait(
        OFREPProvider(server.url, headers_factory=lambda: {"authorization": f"Bearer {token}"})
    )
    client = api.get_client()
    flags = FeatureFlags(server.url, token=server.token("shop", "server"), cache=None)
    for number in range(50):
        vip = number % 3 == 0
        user = EvaluationContext(f"u{number}", {"vip": vip})
        details = client.get_boolean_details("half", False, user)
        assert details.error_code is None
        assert details.value == flags.is_enabled("half", user_id=f"u{number}", vip=vip)
        assert client.get_string_value("names", "", user) == flags.variant("names", user_id=f"u{number}")
    assert client.get_integer_value("size", 1, EvaluationContext("x")) == 20
    assert client.get_boolean_details("none", True, EvaluationContext("x")).error_code == ErrorCode.FLAG_NOT_FOUND
    assert client.get_boolean_details("size", True, EvaluationContext("x")).error_code == ErrorCode.TYPE_MISMATCH
    flags.close()
    api.shutdown()


def test_the_stream_that_an_answer_names_says_when_to_ask_again(server: FlagServer) -> None:
    server.put("a", {})
    token = server.token("web", "client")
    _, headers, said = server.ask("POST", FLAGS, {"context": {"targetingKey": "x"}}, token=token)
    [stream] = said["eventStreams"]
    assert stream["type"] == "sse" and stream["inactivityDelaySec"] >= 1
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", stream["endpoint"]["requestUri"])  # as a browser: no header, only the ticket
    answer = connection.getresponse()
    assert answer.status == 200 and answer.getheader("content-type") == "text/event-stream"
    server.put("a", {"kill": True})
    line = answer.readline()
    while not line.startswith(b"data: "):
        line = answer.readline()
    event = json.loads(line[6:])
    assert event["type"] == "refetchEvaluation"
    again = server.ask(
        "POST", FLAGS, {"context": {"targetingKey": "x"}}, token=token, if_none_match=headers["etag"]
    )
    assert again[0] == 200 and again[1]["etag"] != headers["etag"]
    connection.close()
    assert server.ask("GET", "/ofrep/v1/events?ticket=1.production.x", token="")[0] == 401


def test_a_reader_that_comes_again_gets_what_it_missed(server: FlagServer) -> None:
    server.put("a", {"value": 1})
    token = server.token("shop", "server")

    def first_event(last_id: str) -> tuple[str, str, object]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request(
            "GET", "/stream", headers={"authorization": f"Bearer {token}", "last-event-id": last_id}
        )
        answer = connection.getresponse()
        found = {}
        while "data" not in found:
            name, _, value = answer.readline().decode().rstrip().partition(": ")
            found[name] = value
        connection.close()
        return found["event"], found["id"], json.loads(found["data"])

    kind, id, _ = first_event("")
    assert kind == "state"
    server.put("a", {"value": 2})
    kind, later, said = first_event(id)
    assert kind == "change" and later != id
    assert said == {"revision": 2, "changes": [{"kind": "features", "name": "a", "body": {"value": 2}}]}
    for strange in ("nonsense", "other-1", f"{id.split('-')[0]}-999", f"{id.split('-')[0]}-x", "\xff"):
        assert first_event(strange)[0] == "state"


def test_no_request_that_the_document_allows_is_a_mistake_of_the_server(server: FlagServer) -> None:
    server.put("a", {"rollout": {"percentage": 50}})
    schema = schemathesis.openapi.from_dict(server.ask("GET", "/openapi.json")[2])
    headers = {"authorization": f"Bearer {server.token('fuzz', 'admin')}"}
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        _draw(operation, server.url, headers)
    assert server.ask("GET", "/health/ready")[0] == 200


def _draw(operation: schemathesis.APIOperation, url: str, headers: dict[str, str]) -> None:
    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=url, headers=headers, checks=CHECKS)

    ask()
