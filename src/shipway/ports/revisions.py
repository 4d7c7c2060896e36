"""Keeps revisions, numbered per service in the order they came."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from shipway.model.revision import Revision, RevisionId


class Kept(Struct, frozen=True, kw_only=True):
    """A revision as `history` lists it."""

    number: int
    at: float
    revision: Revision
    release: bytes = b""
    """How it was shipped, as JSON of `model.release.Release`, so that a rollback needs no file."""


class Revisions(Protocol):
    """The same content is the same revision; numbers are never given out twice."""

    async def put(self, revision: Revision, release: bytes) -> Kept:
        """Keep it; one that is there already keeps its number, and its release is replaced."""
        ...

    async def get(self, service: str, revision: RevisionId) -> Kept | None:
        """By id."""
        ...

    async def all(self, service: str) -> tuple[Kept, ...]:
        """Every kept revision, oldest first."""
        ...

    async def forget(self, service: str, revisions: Sequence[RevisionId]) -> None:
        """Drop these, except the newest; unknown ones are gone already."""
        ...
