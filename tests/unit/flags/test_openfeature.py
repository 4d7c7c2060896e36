"""Flags through the OpenFeature SDK."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.event import EventDetails, ProviderEvent
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from shipway.flags import FeatureFlags
from shipway.flags.openfeature import ShipwayProvider

TEXT = """
features:
  half: {rollout: {percentage: 50}}
  killed: {kill: true}
  size: {value: 20}
  ratio: {value: 0.5}
  off: {value: 20, enabled: false}
  names: {variants: {a: 1, b: 1}}
  colours:
    targeting: [{rule: user.vip == true, variant: red}]
    variants: {red: {weight: 1, value: {button: red}}, grey: {weight: 1, value: {}}}
"""
ANNA = EvaluationContext("anna", {"vip": True})


@pytest.fixture
def client() -> Iterator[OpenFeatureClient]:
    api.set_provider_and_wait(ShipwayProvider(FeatureFlags.of(TEXT)))
    yield api.get_client()
    api.shutdown()


def test_answers_are_those_of_the_flags(client: OpenFeatureClient) -> None:
    flags = FeatureFlags.of(TEXT)
    for number in range(100):
        user = EvaluationContext(f"u{number}")
        assert client.get_boolean_value("half", False, user) == flags.is_enabled("half", user_id=f"u{number}")
        assert client.get_string_value("names", "", user) == flags.variant("names", user_id=f"u{number}")
    assert client.get_integer_value("size", 1, ANNA) == 20
    assert client.get_float_value("ratio", 1.0, ANNA) == 0.5
    assert client.get_float_value("size", 1.0, ANNA) == 20
    assert client.get_object_value("colours", {}, ANNA) == {"button": "red"}


def test_details_say_why(client: OpenFeatureClient) -> None:
    assert client.get_boolean_details("half", False, ANNA).reason == Reason.SPLIT
    assert client.get_object_details("colours", {}, ANNA).reason == Reason.TARGETING_MATCH
    assert client.get_object_details("colours", {}, ANNA).variant == "red"
    killed = client.get_boolean_details("killed", True, ANNA)
    assert killed.value is False and killed.reason == Reason.DISABLED
    off = client.get_integer_details("off", 7, ANNA)
    assert off.value == 7 and off.reason == Reason.DISABLED and off.error_code is None


def test_an_override_holds_for_this_interface_too() -> None:
    flags = FeatureFlags.of(TEXT)
    api.set_provider_and_wait(ShipwayProvider(flags))
    client = api.get_client()
    assert client.get_boolean_value("killed", True, ANNA) is False
    with flags.override("killed"):
        assert client.get_boolean_value("killed", False, ANNA) is True
    assert client.get_boolean_value("killed", True, ANNA) is False
    api.shutdown()


@pytest.mark.parametrize(
    ("key", "context", "code"),
    [
        ("none", ANNA, ErrorCode.FLAG_NOT_FOUND),
        ("size", ANNA, ErrorCode.TYPE_MISMATCH),
        ("half", None, ErrorCode.TARGETING_KEY_MISSING),
    ],
)
def test_what_cannot_be_answered_has_the_default_and_a_code(
    client: OpenFeatureClient, key: str, context: Any, code: ErrorCode
) -> None:
    found = client.get_boolean_details(key, True, context)
    assert found.value is True and found.error_code == code and found.reason == Reason.ERROR


def test_changes_are_told_with_the_flags_that_changed(tmp_path: Path) -> None:
    path = tmp_path / "feature-flags.yaml"
    path.write_text("features: {a: , b: }\n")
    api.set_provider_and_wait(ShipwayProvider(FeatureFlags(path, look_seconds=0.01)))
    told: list[list[str] | None] = []
    happened = Event()

    def hear(details: EventDetails) -> None:
        told.append(details.flags_changed)
        happened.set()

    api.add_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, hear)
    path.write_text("features: {a: {kill: true}, b: }\n")
    assert happened.wait(30)
    assert told == [["a"]]
    assert api.get_client().get_boolean_value("a", True, ANNA) is False
    api.remove_handler(ProviderEvent.PROVIDER_CONFIGURATION_CHANGED, hear)
    api.shutdown()


def test_a_server_that_falls_silent_and_is_heard_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = FeatureFlags.of("features: {a: }")
    provider = ShipwayProvider(flags)
    heard: list[str] = []
    monkeypatch.setattr(provider, "emit_provider_stale", lambda details: heard.append(details.message))
    monkeypatch.setattr(provider, "emit_provider_ready", lambda details: heard.append("ready"))
    for is_stale in (False, True, True, False):
        monkeypatch.setattr(flags._source, "is_stale", is_stale)
        flags._look()
    assert heard == ["the flag server cannot be heard", "ready"]
