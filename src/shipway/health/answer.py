"""What a health endpoint says."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

SHUTDOWN = "shutdown"
"""Named as failing by a process that was told to end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and a JSON body."""

    status: int
    body: bytes

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """In lower case; no cache may keep the answer."""
        return (
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("content-length", str(len(self.body))),
        )


def alive() -> Answer:
    """200: the process runs and answers. It says nothing of what it depends on."""
    return _answer(200, {"status": "alive"})


def readiness(failing: Iterable[str], now: datetime) -> Answer:
    """200 when nothing fails; else 503 with the names of what does, and never with the texts of errors."""
    names = list(failing)
    if names:
        return _answer(503, {"status": "not ready", "timestamp": _utc(now), "failing": names})
    return _answer(200, {"status": "ready", "timestamp": _utc(now)})


def _utc(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _answer(status: int, content: dict[str, object]) -> Answer:
    return Answer(status, json.dumps(content).encode())
