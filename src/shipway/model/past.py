"""A run that has ended."""

from msgspec import Struct

from shipway.model.past_release import PastStage
from shipway.model.revision import RevisionId
from shipway.model.service_kind import ServiceKind


class Past(Struct, frozen=True, kw_only=True):
    """An ended run, with the times that matter."""

    id: int
    strategy: str
    base: RevisionId | None
    candidate: RevisionId
    kind: ServiceKind = ServiceKind.HTTP
    by: str
    outcome: str
    reason: str
    started_at: float
    ended_at: float
    first_bad_at: float | None = None
    turned_at: float | None = None
    recovered_at: float | None = None
    back_rule: str = ""
    """The name of the rule that turned it back, such as `critical`, or `asked` by a person."""
    extra_replica_hours: float = 0.0
    """Of replicas beyond full capacity."""
    price: float | None = None
    """Of those, at the plan's price."""
    met: tuple[PastStage, ...] = ()
    """The stages in which users met the candidate."""
    met_until: float = 0.0
    """When it first turned back, or ended."""
