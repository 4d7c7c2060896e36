"""What the guard is told to watch beside requests: a ratio or a bound on a query, or a resource."""

from msgspec import Struct

from shipway.model.verdict import Severity


class Metric(Struct, frozen=True, kw_only=True):
    """One entry of `guard.metrics`. Either `query` or `resource` is set."""

    name: str
    query: str = ""
    """In the source's language; `{version}`, `{revision}` and `{service}` stand for those of one revision."""
    of: str = ""
    """A second query, whose value the first is a part of; without it the revision's requests are."""
    resource: str = ""
    """`cpu`, `memory`, `restarts` or `error-lines`, as the platform counts them per replica."""
    is_gauge: bool = False
    """Whether a value stands for itself; otherwise it is a cumulative count, and what it grew by is compared."""
    worse_by: float | None = None
    """How much more than the stable version's is harm, as a fraction: 0.2 is a fifth more."""
    at_most: float | None = None
    """An absolute bound on the value, or on the part of `of`."""
    at_least: float | None = None
    severity: Severity = Severity.HIGH
    """Of a proven breach."""
    any_is_critical: bool = False
    """One confirmed event of the candidate is critical harm, whatever the stable version does."""


class Reading(Struct, frozen=True, kw_only=True):
    """One metric of one revision at one instant."""

    at: float
    """Epoch seconds on the source's clock."""
    value: float
    of: float | None = None
    """The value of the second query, where the metric has one."""
