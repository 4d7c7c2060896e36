"""What a file of flags says, as values: plain dataclasses, so that an application pays for no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shipway.model.share import TOTAL, Share

Json = Any
"""A bool, text, number, list or mapping: what a flag can hand out."""
Identity = Mapping[str, str]
"""Attributes that name a user: all have to be equal, as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """How many users have the flag, and what a user is known by."""

    share: Share = TOTAL
    by: str = "user_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """For whom a rule or a segment holds, the flag is on or off, maybe with a variant."""

    rule: str | None = None
    segment: str | None = None
    enabled: bool = True
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of several things that a flag can be."""

    name: str
    weight: float
    value: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What holds from a moment on, in seconds since 1970."""

    at: float
    enabled: bool | None = None
    share: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag."""

    name: str
    enabled: bool = True
    is_killed: bool = False
    rollout: Rollout = Rollout()
    targeting: tuple[Target, ...] = ()
    variants: tuple[Variant, ...] = ()
    value: Json = None
    requires: tuple[str, ...] = ()
    allowlist: tuple[Identity, ...] = ()
    blocklist: tuple[Identity, ...] = ()
    schedule: tuple[Change, ...] = ()
    is_of_release: bool = False
    """Whether its cohort is the one that the data plane gives to a new revision."""
    owner: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Users that several flags speak of: those of the list, and those for whom the rule holds."""

    name: str
    rule: str | None = None
    users: tuple[Identity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusive:
    """Flags of which a user can have at most one: each has a part of all users for itself."""

    name: str
    shares: Mapping[str, Share]
    by: str = "user_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Users who get none of the flags, to compare with."""

    name: str
    share: Share
    flags: frozenset[str] | None = None
    """None: all flags."""
    by: str = "user_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagFile:
    """A whole file."""

    features: Mapping[str, Flag] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    exclusive: tuple[Exclusive, ...] = ()
    holdouts: tuple[Holdout, ...] = ()
