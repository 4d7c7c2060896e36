"""What is called at moments of a release: a command or an address, told the run's facts."""

from msgspec import Struct

BEFORE_STAGE = "before_stage"
BEFORE_SWITCH = "before_switch"
DURING_STAGE = "during_stage"
AFTER_STAGE = "after_stage"
ON_ROLLBACK = "on_rollback"
MOMENTS = (BEFORE_STAGE, BEFORE_SWITCH, DURING_STAGE, AFTER_STAGE, ON_ROLLBACK)


class Hook(Struct, frozen=True, kw_only=True):
    """One call."""

    moment: str
    kind: str
    """The gate adapter's name: `command` or `http`."""
    target: str
    timeout: float
    """Seconds; no answer by then is a failure."""


class Hooks(Struct, frozen=True, kw_only=True):
    """Every call of a plan, in the order of the file."""

    calls: tuple[Hook, ...] = ()
    back_after: float | None = None
    """How long a failed one holds the run until it goes back by itself, seconds; none: a person decides."""
