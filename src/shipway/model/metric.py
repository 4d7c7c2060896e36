"""What the guard is told to watch beside requests: a ratio or a bound on a query, or a resource."""

from msgspec import Struct
from msgspec.structs import replace

from shipway.model.verdict import Severity

MEMORY, CPU, RESTARTS, ERROR_LINES = "memory", "cpu", "restarts", "error-lines"
QUEUE_AGE = "queue-age"
RESOURCES = (CPU, MEMORY, RESTARTS, ERROR_LINES, QUEUE_AGE)
"""Processor seconds per request; bytes of a replica, in the mean; restarts per
replica and hour; lines per request; seconds that the oldest job has waited, as workers tell it."""
ERROR_PATTERN = r'\b(ERROR|CRITICAL|FATAL)\b|"level": ?"(error|critical|fatal)"'
"""A line of output that this is found in is an error, unless somebody says otherwise."""


class Metric(Struct, frozen=True, kw_only=True):
    """One entry of `guard.metrics`. Either `query` or `resource` is set."""

    name: str
    query: str = ""
    """In the source's language; `{version}`, `{revision}` and `{service}` stand for those of one revision."""
    of: str = ""
    """A second query, whose value the first is a part of; without it the revision's requests are."""
    flag_query: str = ""
    """The same for users of a flag: `{flag}` stands for its name, `{shown}` for true and false. Without it the
    metric tells versions apart only."""
    flag_of: str = ""
    """What `of` is among them."""
    resource: str = ""
    """One of `RESOURCES`, as the platform counts it for the revision's replicas."""
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

    def of_flag(self, flag: str) -> "Metric":
        """The metric of a flag's users, with those who are shown it (`true`) in the place of a revision."""
        query, of = (
            text.replace("{flag}", flag).replace("{shown}", "{revision}")
            for text in (self.flag_query, self.flag_of)
        )
        return replace(self, query=query, of=of)

    @property
    def is_cost(self) -> bool:
        """An amount of something, not a number of events: what it grew by per request is compared, by blocks."""
        return self.resource == CPU

    @property
    def is_level(self) -> bool:
        """Whether blocks of time are compared instead of numbers of events."""
        return self.is_gauge or self.is_cost or self.resource in (MEMORY, QUEUE_AGE)

    @property
    def tests(self) -> int:
        """How many claims are tested, each with its part of the promise; `critical: any` needs no chance."""
        return (self.worse_by is not None) + (self.at_most is not None or self.at_least is not None)


class Reading(Struct, frozen=True, kw_only=True):
    """One metric of one revision at one instant."""

    at: float
    """Epoch seconds on the source's clock."""
    value: float
    of: float | None = None
    """The value of the second query, where the metric has one."""


def size(count: float) -> str:
    """Bytes as people say them: 312 MiB."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            return f"{count / unit:.{0 if count >= 100 * unit else 1}f} {name}"
    return f"{count:.0f} B"
