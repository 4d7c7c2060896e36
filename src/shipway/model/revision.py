"""A revision: everything that changes behaviour, hashed together."""

from collections.abc import Mapping
from typing import NewType

from msgspec import Struct

from shipway.model.schedule import Schedule

RevisionId = NewType("RevisionId", str)
"""`1.9.0-7f3a91c2`: the version people gave and the start of the content's hash."""


class SchemaRange(Struct, frozen=True):
    """The phases of one schema change on which a revision's code runs, both ends included."""

    lowest: int
    highest: int


class Revision(Struct, frozen=True, kw_only=True):
    """What runs: artifact, command, environment, configuration files' contents, flags and schema range."""

    id: RevisionId
    service: str
    version: str
    platform: Mapping[str, object]
    """The platform adapter's own options with `{version}` filled in, as plain JSON."""
    health: Mapping[str, object] = {}
    files: Mapping[str, str] = {}
    """Configuration files by path: the hash of each content."""
    schedule: Schedule | None = None
    """Where jobs are started at instants."""
    flags: tuple[str, ...] = ()
    """Feature flags whose code this revision carries."""
    schema: Mapping[str, SchemaRange] = {}
    """By schema change; a change that is not named here does not concern the revision."""
