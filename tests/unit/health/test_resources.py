"""Closing what the application has opened."""

import asyncio
from collections.abc import Callable

import pytest

from shipway.health.resources import Resources


def resources(**closers: Callable[[], object]) -> Resources:
    made = Resources()
    for name, close in closers.items():
        made.add(name, close, deadline_seconds=0.05)
    return made


def test_the_last_opened_closes_first() -> None:
    closed: list[str] = []
    asyncio.run(resources(a=lambda: closed.append("a"), b=lambda: closed.append("b")).close())
    assert closed == ["b", "a"]


def test_each_closes_once() -> None:
    closed: list[str] = []
    opened = resources(a=lambda: closed.append("a"))
    asyncio.run(opened.close())
    asyncio.run(opened.close())
    assert closed == ["a"]


def test_one_that_fails_or_hangs_keeps_no_other_from_closing(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []

    def fail() -> None:
        raise OSError("already gone")

    asyncio.run(resources(a=lambda: closed.append("a"), b=fail, c=asyncio.Event().wait).close())
    assert closed == ["a"]
    assert "b did not close" in caplog.text
    assert "c did not close within 0.05 s" in caplog.text
