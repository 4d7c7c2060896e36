"""What the evidence says about a candidate. Each kind has its own policy; none becomes another silently."""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """No data is not health: `not-enough` and `blind` are verdicts of their own."""

    HEALTHY = "healthy"
    HARMFUL = "harmful"
    NOT_ENOUGH = "not-enough"
    BLIND = "blind"


class Severity(StrEnum):
    """How much worse a harmful candidate is; the size is an estimate, the harm is proven."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(Struct, frozen=True, kw_only=True):
    """One judgement, with the plain sentence that `why` shows."""

    kind: Kind
    severity: Severity | None = None
    sentence: str = ""
    doubt: str = ""
    """What another test does not know yet, beside low harm: a stage is not left on that."""
    is_proven: bool = False
    """Whether a healthy candidate is proven to be no worse than the margins; otherwise only nothing was seen."""
    first_bad_at: float | None = None
    """When the candidate's first bad answer was seen, epoch seconds."""
