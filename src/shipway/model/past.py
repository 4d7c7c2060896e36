"""A run that has ended."""

from msgspec import Struct

from shipway.model.revision import RevisionId


class Past(Struct, frozen=True, kw_only=True):
    """An ended run, with the times that matter."""

    id: int
    strategy: str
    base: RevisionId | None
    candidate: RevisionId
    by: str
    outcome: str
    reason: str
    started_at: float
    ended_at: float
    first_bad_at: float | None = None
    turned_at: float | None = None
    recovered_at: float | None = None
