"""How one version of the shop behaves: by its number, and by the environment for tests."""

from collections.abc import Mapping
from dataclasses import dataclass

BAD_VERSION = "1.10.0"
BAD_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Behaviour:
    """1.8.2 and 1.9.0 are good; 1.10.0 answers a share of pages and checkouts with 500."""

    version: str
    fail_share: float = 0.0
    """0 to 1."""
    start_seconds: float = 0.0
    """Listening, but not ready, for this long."""
    is_never_ready: bool = False
    crashes_at_start: bool = False
    latency_seconds: float = 0.0
    """Added to pages and checkouts."""
    drain_delay_seconds: float = 0.0
    logs_requests: bool = False


def behaviour(version: str, environ: Mapping[str, str]) -> Behaviour:
    """Raises `ValueError` for a variable that is not a number."""

    def number(name: str) -> float:
        return float(environ.get(name) or 0)

    return Behaviour(
        version=version,
        fail_share=_share(environ.get("CHECKOUT_FAIL_SHARE")) if version == BAD_VERSION else 0.0,
        start_seconds=number("CHECKOUT_START_SECONDS"),
        is_never_ready=environ.get("CHECKOUT_NEVER_READY") == "1",
        crashes_at_start=environ.get("CHECKOUT_CRASH") == "1",
        latency_seconds=number("CHECKOUT_LATENCY_MS") / 1000,
        drain_delay_seconds=number("CHECKOUT_DRAIN_SECONDS"),
        logs_requests=environ.get("CHECKOUT_LOG_REQUESTS") == "1",
    )


def _share(text: str | None) -> float:
    """`50%` and `0.5` are the same."""
    if not text:
        return BAD_SHARE
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)
