"""What planning must know of the service as it stands."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.model.phase import Phase
from shipway.model.revision import RevisionId, SchemaRange
from shipway.model.route import Sticky
from shipway.model.schedule import Schedule
from shipway.model.service_kind import ServiceKind


class Facts(Struct, frozen=True, kw_only=True):
    """Row 0 is made of these: the proven revision, never what merely happens to run."""

    base: RevisionId | None = None
    replicas: int = 0
    """Full capacity of the base."""
    kind: ServiceKind = ServiceKind.HTTP
    """Of the base."""
    sticky: Sticky | None = None
    schema: Mapping[str, Phase] = {}
    """By change: how far it was ever seen to be."""
    supports: Mapping[RevisionId, Mapping[str, SchemaRange]] = {}
    schedules: Mapping[RevisionId, Schedule] = {}
    carries: Mapping[RevisionId, tuple[str, ...]] = {}
