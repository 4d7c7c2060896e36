"""A change of a schema as people write it down."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Written:
    """One operation of a change: its name, its options, and where it stands."""

    operation: str
    options: Mapping[str, str]
    where: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A file of a change."""

    name: str
    file: str
    steps: tuple[Written, ...]
    hold_seconds: float
    """How long the old shape stays after the switch."""
    freeze_seconds: float
    """How long nobody may use the old shape before it is dropped; it comes back at once if somebody tries."""
    pause: str
    """A query that answers true while a backfill has to wait; empty without one."""
    digest: str
    """Of what it says; comments and spaces do not count."""
