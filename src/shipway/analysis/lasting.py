"""Harm that lasts: blocks of time are bet on one after the other, where a burst may look like bad code.

Once the candidate is alone, a burst that hits both versions, or a dependency that fails for a while, looks like a
bad candidate. Where the service's past was recorded its thresholds know such bursts, and harm that lasts is a
second, often quicker way to a proof. Where it was not, it is the only one: the score alone proves nothing.
"""

import math
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.bets import SIGNS, log_sum
from shipway.analysis.tail import surprise

BESIDE = 0.2
"""The part of a stage's promise for harm that lasts, where the score has the rest."""
BLOCK_SECONDS = 10.0
"""The least length of a block; one that a slower source tells of is longer."""
EXPECTED_MIN = 0.2
"""A block without an error goes on until history expects this many in it."""
RISE = 3.0
"""By how much the stable version's error rate may have risen since it last had traffic, while nothing tells."""
EVEN_NATS = math.log(2.0)
"""A block is bad if an equal candidate, its rate risen so, has as many errors with an even chance at most."""
BROKEN_SHARE = 0.25
"""It is broken if this part of its requests failed besides."""
GOOD, BAD, BROKEN = range(3)
BROKEN_CHANCE, BROKEN_BET = 0.02, 0.9
"""A broken block has at most this chance, whatever came before, and is bet on with the other."""
WORTH = (
    *((2.0 * (1.0 - sign), 2.0 * sign, 2.0 * sign) for sign in SIGNS),
    (*((1.0 - BROKEN_BET) / (1.0 - BROKEN_CHANCE),) * 2, BROKEN_BET / BROKEN_CHANCE),
)
"""By what a good, a bad and a broken block multiply each stake: against "whatever came before, a block is bad with
an even chance at most", and against "broken with `BROKEN_CHANCE`"."""
LATER = 60.0
"""Half of the wealth is staked from the first block on; half of the rest by this one more, and ever less later."""
NEEDED_MAX = 200
"""More blocks than this are not counted ahead."""


class Seen(NamedTuple):
    """One scrape of a candidate that is alone: errors of requests, or events of what they are a part of."""

    requests: float
    errors: float
    seconds: float


class Lasting(Struct, frozen=True, array_like=True):
    """The block that is open, and what the stakes have become."""

    requests: float = 0.0
    errors: float = 0.0
    seconds: float = 0.0
    blocks: int = 0
    bad: int = 0
    """Up to now, one after the other."""
    kind: int = GOOD
    """Of the last one."""
    wealths: tuple[float, ...] = ()
    """Logs, by bet of `WORTH`."""
    closed_seconds: float = 0.0
    """Of all blocks but the open one."""
    bar: float = 0.0
    """What stands before a proof, in nats: the stage's part of the promise, and what the past teaches."""

    def excess(self, alpha: float) -> float:
        """How far the wealth is over what proves that harm lasts, in nats."""
        return self.nats + math.log(alpha) - self.bar

    @property
    def block_seconds(self) -> float:
        """How long a block is."""
        return self.closed_seconds / self.blocks if self.blocks else BLOCK_SECONDS

    @property
    def lasted_seconds(self) -> float:
        """For how long harm goes on."""
        return self.bad * self.block_seconds

    @property
    def nats(self) -> float:
        """The log of all wealth, to be compared with that of what is promised (Ville's inequality)."""
        return log_sum(self.wealths) - math.log(len(WORTH))


def stake_of(number: int) -> float:
    """What block `number`, from 0, begins to be bet on with; all stakes sum to 1."""
    if number == 0:
        return 0.5
    return 0.5 * LATER / ((number + LATER - 1.0) * (number + LATER))


def lasted(lasting: Lasting, seen: Seen, history: tuple[float, float], *, worst: int = BROKEN) -> Lasting:
    """With one scrape more. `history` is stable requests and errors, `worst` the most that a block may be."""
    lasting = replace(
        lasting,
        requests=lasting.requests + seen.requests,
        errors=lasting.errors + seen.errors,
        seconds=lasting.seconds + seen.seconds,
    )
    return judged(lasting, min(worst, kind_of(lasting, *history))) if _is_full(lasting, *history) else lasting


def _is_full(lasting: Lasting, requests: float, errors: float) -> bool:
    """After its time; without an error it says nothing until one was due."""
    expected = lasting.requests * (errors + 0.5) / (requests + 1.0)
    return lasting.seconds >= BLOCK_SECONDS and (lasting.errors > 0 or expected >= EXPECTED_MIN)


def kind_of(lasting: Lasting, requests: float, errors: float) -> int:
    """Of the open block, against so many stable requests and errors."""
    weight = lasting.requests * RISE
    total = lasting.errors + errors
    mean = total * weight / (weight + requests)
    if surprise(lasting.errors, total, mean) < EVEN_NATS:
        return GOOD
    return BROKEN if lasting.errors >= BROKEN_SHARE * lasting.requests else BAD


def judged(lasting: Lasting, kind: int) -> Lasting:
    """With its block closed as one of this kind."""
    stake = math.log(stake_of(lasting.blocks))
    before = lasting.wealths or (-math.inf,) * len(WORTH)
    return Lasting(
        blocks=lasting.blocks + 1,
        bar=lasting.bar,
        closed_seconds=lasting.closed_seconds + lasting.seconds,
        bad=lasting.bad + 1 if kind != GOOD else 0,
        kind=kind,
        wealths=tuple(
            log_sum((wealth, stake)) + math.log(worth[kind]) for wealth, worth in zip(before, WORTH, strict=True)
        ),
    )


def missing_seconds(lasting: Lasting, alpha: float) -> float:
    """How much longer harm has to last, on end from now on and as bad as it is, to be proven."""
    length, number, kind = lasting.block_seconds, 0, max(BAD, lasting.kind)
    while lasting.excess(alpha) < 0.0 and number < NEEDED_MAX:
        lasting, number = judged(lasting, kind), number + 1
    return number * length
