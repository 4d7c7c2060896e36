"""A gate that is a calendar: it agrees within its hours, and is asked again until then."""

from collections.abc import Callable, Mapping
from time import time

from shipway.adapters.context import Context
from shipway.model.hours import hours_of
from shipway.ports.gate import Answer


class HoursGate:
    """It never says no: whoever cannot wait ends the release."""

    def __init__(self, now: Callable[[], float] = time) -> None:
        self._now = now

    async def ask(self, target: str, facts: Mapping[str, str], *, timeout: float) -> Answer:
        """Whether it is time."""
        hours, at = hours_of(target), self._now()
        if hours.is_within(at):
            return Answer(passed=True, detail="it is time")
        return Answer(passed=None, detail=f"they begin {hours.begins_after(at):%a %H:%M %Z}")


def build(options: Mapping[str, object], context: Context) -> HoursGate:
    """It has no options."""
    return HoursGate()
