"""A while of the stable version alone, its replicas divided into arms that are equal: an A/A window."""

from msgspec import Struct

from shipway.model.revision import RevisionId

ONE, HALF, REST = range(3)
"""The groups: one replica, those that make half of all together with it, and the others."""
GROUPS = 3


class AAWindow(Struct, frozen=True, kw_only=True):
    """What each group's replicas answered, in bins of equal length."""

    start: float
    """Epoch seconds."""
    revision: RevisionId
    bin_seconds: float
    requests: tuple[tuple[int, ...], ...]
    """By group and bin."""
    errors: tuple[tuple[int, ...], ...]
    """By group and bin."""
