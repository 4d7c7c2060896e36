"""Does each version get the requests that it should, and does it answer them?

The comparison takes counted requests as they are. Where they are not divided as configured, something stands
between: replicas that fall out, clients that try again elsewhere, a route that was not applied. Then the counts
cannot be compared, and that is said. Where the candidate answers nothing at all, no count of answers can say so.
"""

import math

from msgspec import Struct

from shipway.analysis.bets import log_sum
from shipway.analysis.tail import surprise
from shipway.model.sample import Window

TOLERANCE = 0.1
"""A share may be off by this part of itself."""
RISES, FALLS = (1.1, 1.25, 1.5, 2.0, 4.0), (0.9, 0.75, 0.5, 0.25, 0.02)
"""What is bet on, as multiples of the most and the least that the tolerance allows."""
MISMATCH_NATS = math.log(2.0 / 0.001)
"""Wrong in one of a thousand stages; nothing is taken back for it."""
DEAD_EXPECTED = 25.0
"""So many requests should have been answered since the candidate's last answer: chance does that once in 1e10."""
HANGING_TIMES, HANGING_NATS = 5.0, 10.0
"""Waiting requests are too many at this multiple of an equal version's, if chance does it so rarely, …"""
HANGING_SECONDS = 8.0
"""… and it lasts."""
SLOW_SECONDS = 180.0
"""Counts that are not prompt may stand still for two scrapes of a minute; silence has to be longer than that."""


class Division(Struct, frozen=True, kw_only=True):
    """How requests were divided in one stage, since it was reached; the default knows nothing."""

    row: int = -1
    share: float = 0.0
    """The candidate's, as configured."""
    requests: int = 0
    stable_requests: int = 0
    silent: int = 0
    """The stable version's answers since the candidate's last one."""
    silent_seconds: float = 0.0
    hanging_since: float | None = None
    """From when on too many of the candidate's requests were waiting at every look."""
    waiting: int = 0
    stable_waiting: int = 0
    is_exact: bool = True
    """Whether each request is divided by the share alone: no chosen users, nobody kept where they were."""
    is_prompt: bool = True
    """As the source says of its samples."""


class Look(Struct, frozen=True, kw_only=True):
    """Both versions in the same seconds."""

    stable: Window
    candidate: Window
    waiting: int
    """Requests of the candidate that had no answer yet at the end."""
    stable_waiting: int
    is_prompt: bool = True


def divided(division: Division, look: Look) -> Division:
    """With one more look."""
    answered, others = look.candidate.requests, look.stable.requests
    hangs = _hangs(division, look)
    since = look.candidate.end if division.hanging_since is None else division.hanging_since
    return Division(
        row=division.row,
        share=division.share,
        is_exact=division.is_exact,
        is_prompt=look.is_prompt,
        requests=division.requests + answered,
        stable_requests=division.stable_requests + others,
        silent=0 if answered else division.silent + others,
        silent_seconds=0.0 if answered else division.silent_seconds + look.candidate.end - look.candidate.start,
        hanging_since=since if hangs else None,
        waiting=look.waiting,
        stable_waiting=look.stable_waiting,
    )


def _hangs(division: Division, look: Look) -> bool:
    """By Little's law, an equal version has as large a part of the waiting requests as of all."""
    both = look.waiting + look.stable_waiting
    mean = both * division.share
    equal = (
        (look.stable_waiting + 1.0) * division.share / (1.0 - division.share) if division.share < 1.0 else math.inf
    )
    return look.waiting >= HANGING_TIMES * equal and surprise(look.waiting, both, mean) >= HANGING_NATS


def expected(division: Division) -> float:
    """How many answers the candidate should have given since its last one."""
    return division.silent * division.share / (1.0 - division.share) if division.share < 1.0 else 0.0


def is_dead(division: Division) -> bool:
    """It has its share by configuration, and answers nothing. Kept users may all be elsewhere by accident."""
    has_signs = division.is_exact or division.waiting > 0
    is_long = division.is_prompt or division.silent_seconds >= SLOW_SECONDS
    return has_signs and is_long and expected(division) >= DEAD_EXPECTED


def is_hanging(division: Division, now: float) -> bool:
    """Too many of its requests wait, for longer than a pause takes."""
    patience = HANGING_SECONDS if division.is_prompt else SLOW_SECONDS
    return division.hanging_since is not None and now - division.hanging_since >= patience


def is_mismatch(division: Division) -> bool:
    """Proven: its counted share differs from the configured one by more than the tolerance.

    Counts that are not prompt are cut off at different instants, so nothing is said of them.
    """
    if not (division.is_exact and division.is_prompt and 0.0 < division.share < 1.0):
        return False
    most, least = min(0.999, (1.0 + TOLERANCE) * division.share), (1.0 - TOLERANCE) * division.share
    return max(_bet(division, most, RISES), _bet(division, least, FALLS)) >= MISMATCH_NATS


def _bet(division: Division, bound: float, times: tuple[float, ...]) -> float:
    """Log wealth of bets on other shares than the bound; valid however often one looks."""
    bets = []
    for multiple in times:
        share = min(0.9995, bound * multiple)
        ours = division.requests * math.log(share / bound)
        bets.append(ours + division.stable_requests * math.log((1.0 - share) / (1.0 - bound)))
    return log_sum(bets) - math.log(len(bets))
