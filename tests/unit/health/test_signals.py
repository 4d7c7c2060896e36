"""What a signal means, by the signals before it."""

import signal

import pytest

from shipway.health import signals as under_test
from shipway.health.signals import Signals


class Ended(Exception):
    pass


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    def end(_signum: int) -> None:
        raise Ended

    monkeypatch.setattr(under_test, "end_at_once", end)
    return []


def signals(heard: list[str]) -> Signals:
    return Signals(lambda: heard.append("drain"), lambda _signum: heard.append("interrupt"))


def test_sigterm_begins_the_drain(heard: list[str]) -> None:
    signals(heard)(signal.SIGTERM)
    assert heard == ["drain"]


def test_an_interrupt_without_a_drain_is_the_servers(heard: list[str]) -> None:
    handler = signals(heard)
    handler(signal.SIGINT)
    handler(signal.SIGTERM)
    assert heard == ["interrupt", "drain"]


def test_an_interrupt_during_the_drain_ends_at_once(heard: list[str]) -> None:
    handler = signals(heard)
    handler(signal.SIGTERM)
    with pytest.raises(Ended):
        handler(signal.SIGINT)


def test_sigterm_soon_after_the_first_is_its_echo(heard: list[str]) -> None:
    handler = signals(heard)
    handler(signal.SIGTERM)
    handler(signal.SIGTERM)
    assert heard == ["drain"]


def test_a_later_sigterm_ends_at_once(heard: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "ECHO_SECONDS", -1.0)
    handler = signals(heard)
    handler(signal.SIGTERM)
    with pytest.raises(Ended):
        handler(signal.SIGTERM)
