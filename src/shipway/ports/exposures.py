"""Counts what happened to requests in which a flag was asked, apart for those who were shown it."""

from collections.abc import Mapping
from typing import Protocol

from shipway.model.sample import Sample

SHOWN, HIDDEN = "shown", "hidden"


class Exposures(Protocol):
    """Cumulative counts, as those of a `MetricSource`."""

    async def exposures(self, flag: str) -> Mapping[str, Sample]:
        """`SHOWN` and `HIDDEN` at one instant, of whatever revisions serve. Raises `PortError` where it is not
        known whether there were requests: nothing is not zero."""
        ...
