"""What can be said about an HAProxy that runs already."""

from msgspec import Struct


class ExistingOptions(Struct, frozen=True, kw_only=True):
    """Which backend, and through which socket."""

    socket: str
    """Of its master: that one tells of all processes, also of those that a reload left to finish."""
    backend: str
