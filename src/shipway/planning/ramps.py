"""Rows that show features to users, written after those of the strategy: first the code, then what it shows."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from shipway.model.plan import Stage
from shipway.model.release import Ramp, Release
from shipway.model.share import NONE, Share, percent
from shipway.planning.facts import Facts
from shipway.planning.strategies import rows


def ramped(stages: tuple[Stage, ...], release: Release, facts: Facts) -> tuple[Stage, ...]:
    """The strategy's rows, in which nothing is shown that was not before, and a row for each share of each ramp.

    A ramp that is taken back ends at the row before its first one: the flag is down, and code stays where it is.
    """
    moving = [ramp for ramp in release.ramps if ramp.shares]
    shares = {ramp.flag: _start(ramp, facts) for ramp in moving}
    written = tuple(replace(row, flags=shares) for row in stages)
    for ramp in moving:
        written = (*written, *_rows(written, ramp, release, shares))
        shares = {**shares, ramp.flag: ramp.shares[-1]}
    return written


def _rows(before: tuple[Stage, ...], ramp: Ramp, release: Release, shares: Mapping[str, Share]) -> Iterator[Stage]:
    """One row for each share that is more than what is shown already."""
    for share in ramp.shares:
        if share > shares[ramp.flag]:
            yield replace(
                before[-1],
                name=f"{ramp.flag} {percent(share)}",
                flags={**shares, ramp.flag: share},
                ramp=ramp.flag,
                stay=rows.compared(release, ramp.bake),
                gates=(),
                back=len(before) - 1,
            )


def _start(ramp: Ramp, facts: Facts) -> Share:
    """What is shown already stays, where the code that serves has it; otherwise nobody can be meant to see it."""
    is_carried = facts.base is not None and ramp.flag in facts.carries.get(facts.base, ())
    return ramp.shown if is_carried else NONE
