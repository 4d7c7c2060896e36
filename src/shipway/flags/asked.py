"""What a request has asked of the flags that are being ramped, so that its outcome can be told apart."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from shipway.flags.evaluate import Decide, Decision

RAMPS = "SHIPWAY_RAMPS"
"""Flags that the release ramps, with commas between; set by the platform that runs the program."""
ASKED: ContextVar[dict[str, bool] | None] = ContextVar("asked", default=None)
"""Flags with their answers, while a request is counted; shared by everything that the request begins."""


def ramped_flags(environment: Mapping[str, str]) -> frozenset[str]:
    """Names of flags whose answers are noted."""
    return frozenset(name for name in environment.get(RAMPS, "").split(",") if name)


def note(key: str, decision: Decision) -> None:
    """The request has met this answer; who was shown the flag once counts as shown."""
    asked = ASKED.get()
    if asked is not None:
        asked[key] = decision.enabled or asked.get(key, False)


def noting(key: str, decide: Decide) -> Decide:
    """The same answers, noted."""

    def ask(user: Mapping[str, Any]) -> Decision:
        found = decide(user)
        note(key, found)
        return found

    return ask
