"""Threads of a test end with it: other tests count them."""

import threading
import time

import pytest

from shipway.flags import outcomes

DEADLINE_SECONDS = 30.0


def quick_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who writes outcomes looks often, so that it rests soon."""
    monkeypatch.setattr(outcomes, "WRITE_SECONDS", 0.01)


def writers_rest() -> None:
    """Wait until nobody writes any more."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while any(thread.name == "shipway-exposures" for thread in threading.enumerate()):
        assert time.monotonic() < deadline, "a writer goes on"
        time.sleep(0.01)
