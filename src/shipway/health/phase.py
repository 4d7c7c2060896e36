"""Where a process is between its first request and its last."""

from enum import StrEnum


class Phase(StrEnum):
    """Only ever moves down this list."""

    SERVING = "serving"
    DRAINING = "draining"
    """Told to end: readiness says no, so that routers look elsewhere; new requests are still served."""
    CLOSING = "closing"
    """No new connections; the requests in flight finish."""
