"""Everything the guard knows of one run, as sums: small, exact to continue from, and kept as a checkpoint."""

import math
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import arms, late, slowness, spending
from shipway.analysis.arms import Arm, Epoch, Epochs
from shipway.analysis.lasting import RISE, Lasting, Seen, lasted
from shipway.analysis.late import Start
from shipway.analysis.slowness import WARM_SECONDS, Slowness
from shipway.model.latency_noise import CALM, LatencyNoise
from shipway.model.noise import QUIET, Noise
from shipway.model.sample import Window

BLOCK_REQUESTS = 20
"""Scrapes are pooled until both arms have this many requests, so that the division of requests inside a
block is no accident of a short scrape; small enough that a change of weights does not hide in it."""
FORECAST_SECONDS = 10.0
"""The stable version must have been watched this long before a stage is forecast from it."""
UNKNOWN_PLANNED = 3.0
"""Candidate errors forecast for a stage about which nothing is known yet."""
SHARE_MIN = 0.01
"""The share by which a stage of chosen users only is forecast."""
HISTORY_DRIFT = 1.5
"""By how much the stable version's error rate may have risen since it last had traffic, if its past is known."""
SPLITS_PER_UNIT = 4.0
"""Blocks are summed by their division of requests, on a logit scale of this many steps a unit."""


class Block(Struct, frozen=True, array_like=True):
    """Requests and errors of both arms in the same seconds."""

    requests: int = 0
    errors: int = 0
    stable_requests: int = 0
    stable_errors: int = 0
    seconds: float = 0.0
    left_out: int = 0
    """Of the candidate's errors, so many as are not counted; see `Noise.cap`."""
    countable: int = 0
    """The most candidate errors that would have been counted, however many there were."""

    def and_(self, other: "Block") -> "Block":
        """Both together."""
        return Block(
            self.requests + other.requests,
            self.errors + other.errors,
            self.stable_requests + other.stable_requests,
            self.stable_errors + other.stable_errors,
            self.seconds + other.seconds,
            self.left_out + other.left_out,
            self.countable + other.countable,
        )

    def capped(self, noise: Noise) -> "Block":
        """With what a service of this noise leaves out of it; both arms must have had requests."""
        most = noise.cap(self.requests, self.stable_requests, self.stable_errors)
        return replace(
            self,
            left_out=self.errors - int(min(self.errors, most)),
            countable=int(min(self.requests, most)),
        )

    @property
    def part(self) -> float:
        """The candidate's part of the requests: that of the errors too, were both versions equal."""
        return self.requests / (self.requests + self.stable_requests)

    @property
    def both(self) -> int:
        """Errors of both arms that count."""
        return self.errors + self.stable_errors - self.left_out


class Compared(Struct, frozen=True, kw_only=True):
    """Both versions side by side, over the whole run."""

    total: Block = Block()
    splits: Mapping[int, tuple[int, float]] = {}
    """By division of requests: errors of both arms, and how many of them an equal candidate would have."""
    open: Block = Block()
    """Pooled so far; it is judged with the rest, but its division is not final yet."""
    noise: Noise = QUIET


class Spell(Struct, frozen=True, kw_only=True, array_like=True):
    """The stage that is being watched."""

    index: int
    of: int
    share: float
    stay_seconds: float
    promise: float = 0.0
    """Its part of the promise; 0 until the candidate's first request in it."""
    seconds: float = 0.0
    """Since that first request."""
    planned_before: float = 0.0
    """Errors that an equal candidate had gathered before the stage."""
    planned: float = UNKNOWN_PLANNED
    """Errors that an equal candidate was forecast to gather in the stage."""
    requests_before: int = 0
    """The candidate's before the stage, in the comparison that it makes."""
    planned_requests: float = 0.0
    """The candidate's that were forecast for the stage."""
    is_forecast: bool = False
    extra_nats: float = 0.0
    """What its threshold is higher by, for errors that come in clusters."""

    @property
    def planned_end(self) -> float:
        """Errors that an equal candidate should have gathered when the stage ends."""
        return self.planned_before + self.planned

    @property
    def requests_end(self) -> float:
        """Candidate requests that should have been compared when the stage ends."""
        return self.requests_before + self.planned_requests

    @property
    def is_alone(self) -> bool:
        """No stable traffic flows in this stage: its comparison is with the stable version's history."""
        return self.share >= 1.0


class Tally(Struct, frozen=True, kw_only=True):
    """Sums over a run; the default knows nothing. Counts are requests, times are epoch seconds."""

    spell: Spell | None = None
    begun: int = 0
    """Stages in which the candidate had requests."""
    began_at: float | None = None
    """When the first scrape with candidate requests began."""
    first_bad_at: float | None = None
    """The end of the first scrape with a candidate error."""
    bad_scrapes: int = 0
    compared: Compared = Compared()
    alone_requests: int = 0
    alone_errors: int = 0
    """The candidate's in stages without stable traffic."""
    stable_requests: int = 0
    stable_errors: int = 0
    """The stable version's, before and during the run: the history for stages without stable traffic."""
    seen_requests: int = 0
    seen_seconds: float = 0.0
    """Both versions' requests and the time they took: the service's own pace."""
    candidate: Arm = Arm()
    stable: Arm = Arm()
    epochs: Epochs = Epochs()
    """From when on the absolute limits are tested."""
    slowness: Slowness = Slowness()
    starts: tuple[Start, ...] = ()
    """From when on the comparison is made anew, beside the one over the whole run."""
    lasting: Lasting = Lasting()
    """Of stages without stable traffic."""

    @property
    def drift(self) -> float:
        """By how much the stable version's error rate may have risen since it last had traffic."""
        return HISTORY_DRIFT if self.compared.noise.is_learnt else RISE


def calibrated(tally: Tally, noise: Noise, latency: LatencyNoise = CALM) -> Tally:
    """Compare as a service with such noise needs it; to be said before the first stage begins."""
    compared, slowness = replace(tally.compared, noise=noise), replace(tally.slowness, noise=latency)
    return replace(tally, compared=compared, slowness=slowness)


def begin_stage(tally: Tally, *, index: int, of: int, share: float, stay_seconds: float) -> Tally:
    """Watch stage `index` of the `of` in which the candidate has users; `share` is its part, 0 to 1.

    A stage has a part of the promise and a forecast: the errors that an equal candidate would gather in
    `stay_seconds`, from the stable version's own rate so far. Both are fixed when the candidate gets its
    first request in it, or once the stable version was watched for `FORECAST_SECONDS`. Beginning the same
    stage again, as an extension does, changes nothing: the promise is not spent twice.
    """
    if tally.spell is not None and tally.spell.index == index:
        return tally
    spell = Spell(index=index, of=of, share=share, stay_seconds=max(stay_seconds, 1.0))
    return replace(tally, spell=spell, compared=_closed(tally.compared))


def absorb(tally: Tally, *, stable: Window | None, candidate: Window) -> Tally:
    """Add one scrape of both versions, taken at the same instants; each scrape once and in order.

    `stable` is none where it had no requests. Before the first `begin_stage` only the stable version's
    rate is learnt. The exposure of each version is the requests it counted, never the configured share.
    """
    seconds = max(0.0, candidate.end - candidate.start)
    if candidate.requests and tally.spell is not None and not tally.spell.promise:
        tally = _entered(tally, tally.spell, candidate.start)
    block = _block(stable, candidate, seconds)
    spell = _aged(tally, seconds)
    is_watched = spell is not None and spell.promise > 0.0
    is_alone = spell is not None and spell.is_alone
    tally = Tally(
        spell=spell,
        begun=tally.begun,
        began_at=candidate.start if tally.began_at is None and candidate.requests else tally.began_at,
        first_bad_at=candidate.end if tally.first_bad_at is None and candidate.errors else tally.first_bad_at,
        bad_scrapes=tally.bad_scrapes + (candidate.errors > 0),
        compared=_compared(tally.compared, block) if is_watched and not is_alone else tally.compared,
        alone_requests=tally.alone_requests + (block.requests if is_watched and is_alone else 0),
        alone_errors=tally.alone_errors + (block.errors if is_watched and is_alone else 0),
        stable_requests=tally.stable_requests + block.stable_requests,
        stable_errors=tally.stable_errors + block.stable_errors,
        seen_requests=tally.seen_requests + (block.requests + block.stable_requests if seconds else 0),
        seen_seconds=tally.seen_seconds + seconds,
        candidate=arms.grown(tally.candidate, candidate),
        stable=arms.grown(tally.stable, stable),
        epochs=tally.epochs,
        starts=tally.starts,
        slowness=_slowness(tally, spell, stable, candidate) if spell and is_watched else tally.slowness,
        lasting=_lasting(tally, block) if is_watched and is_alone else tally.lasting,
    )
    return _restarted(_started(tally, candidate.end), candidate.end) if is_watched else tally


def _slowness(tally: Tally, spell: Spell, stable: Window | None, candidate: Window) -> Slowness:
    """Latency, once the stage's replicas are warm; `tally` is from before the scrape."""
    if spell.seconds <= WARM_SECONDS or not tally.seen_seconds:
        return tally.slowness
    requests = tally.seen_requests / tally.seen_seconds * (spell.share or SHARE_MIN) * spell.stay_seconds
    known = slowness.planned(tally.slowness, spell.index, requests, is_alone=spell.is_alone)
    if stable is not None or spell.is_alone:
        known = slowness.compared(known, tally.stable, None if spell.is_alone else stable, candidate)
    return slowness.restarted(
        known, candidate.end, seconds=spell.seconds, stay_seconds=spell.stay_seconds, promise=spell.promise
    )


def _lasting(tally: Tally, block: Block) -> Lasting:
    """Harm that lasts; `tally` is from before the scrape."""
    requests, errors = tally.stable_requests + block.stable_requests, tally.stable_errors + block.stable_errors
    if not requests:
        return tally.lasting
    return lasted(tally.lasting, Seen(block.requests, block.errors, block.seconds), (requests, errors))


def _block(stable: Window | None, candidate: Window, seconds: float) -> Block:
    if stable is None:
        return Block(candidate.requests, candidate.errors, seconds=seconds)
    return Block(candidate.requests, candidate.errors, stable.requests, stable.errors, seconds)


def _entered(tally: Tally, spell: Spell, at: float) -> Tally:
    """The candidate's first request in a stage: from here its part of the promise counts."""
    promise = spending.part_of(min(tally.begun, spell.of - 1), spell.of)
    extra = tally.compared.noise.extra(tally.begun)
    requests = tally.alone_requests if spell.is_alone else whole(tally.compared).requests
    spell = replace(spell, planned_before=_gathered(tally, spell), requests_before=requests)
    spell = replace(spell, promise=promise, extra_nats=extra)
    spell = _forecast(spell, tally)
    epoch = _epoch(tally, at=at, seconds=0.0, wealth=0.5 * promise)
    return replace(tally, spell=spell, begun=tally.begun + 1, starts=(), epochs=arms.entered(tally.epochs, epoch))


def _gathered(tally: Tally, spell: Spell) -> float:
    """Errors that an equal candidate had gathered so far, in the comparison that this stage makes."""
    if not spell.is_alone:
        return mean_of(tally.compared)
    return (tally.alone_errors + tally.stable_errors) * history_part(tally)


def _aged(tally: Tally, seconds: float) -> Spell | None:
    spell = tally.spell
    if spell is None or not spell.promise:
        return spell
    return _forecast(replace(spell, seconds=spell.seconds + seconds), tally)


def _forecast(spell: Spell, tally: Tally) -> Spell:
    """Plan the stage from the stable version's rate, once, as soon as that is known."""
    if spell.is_forecast or tally.seen_seconds < FORECAST_SECONDS or not tally.stable_requests:
        return spell
    rate = (tally.stable_errors + 0.5) / (tally.stable_requests + 1.0)
    pace = tally.seen_requests / tally.seen_seconds
    requests = pace * (spell.share or SHARE_MIN) * spell.stay_seconds
    planned = max(spending.PLANNED_MIN, requests * rate)
    return replace(spell, planned=planned, planned_requests=max(1.0, requests), is_forecast=True)


def _compared(compared: Compared, block: Block) -> Compared:
    """Pool the scrape with the open block, and close that once both versions have enough requests in it."""
    pooled = compared.open.and_(block)
    compared = replace(compared, open=pooled)
    is_long = pooled.seconds >= compared.noise.block_seconds
    is_full = is_long and min(pooled.requests, pooled.stable_requests) >= BLOCK_REQUESTS
    return _closed(compared) if is_full else compared


def _closed(compared: Compared) -> Compared:
    """Without an open block. One that only one version has requests in compares nothing and is let go."""
    block = compared.open
    if not (block.requests and block.stable_requests):
        return replace(compared, open=Block())
    block = block.capped(compared.noise)
    splits = _with_split(compared.splits, block) if block.both else compared.splits
    return replace(compared, total=compared.total.and_(block), splits=splits, open=Block())


def _with_split(splits: Mapping[int, tuple[int, float]], block: Block) -> dict[int, tuple[int, float]]:
    key = round(SPLITS_PER_UNIT * math.log(block.requests / block.stable_requests))
    errors, mean = splits.get(key, (0, 0.0))
    return {**splits, key: (errors + block.both, mean + block.both * block.part)}


def _started(tally: Tally, at: float) -> Tally:
    """One more late start of the comparison, when the last one is old enough and no block is open."""
    spell = tally.spell
    if (
        spell is None
        or not (spell.is_forecast and late.is_watched(spell.planned))
        or tally.compared.open != Block()
    ):
        return tally
    last = tally.starts[-1].seconds if tally.starts else 0.0
    if spell.seconds - last < late.period_seconds(spell.stay_seconds):
        return tally
    return replace(tally, starts=(*tally.starts[1 - late.KEPT :], _start(tally, spell, at)))


def _start(tally: Tally, spell: Spell, at: float) -> Start:
    block = tally.compared.total
    start = Start(
        at=at,
        seconds=spell.seconds,
        promise=spell.promise * late.part_of(spell.seconds, spell.stay_seconds),
        bad_scrapes=tally.bad_scrapes,
        requests=tally.alone_requests if spell.is_alone else block.requests,
        errors=tally.alone_errors if spell.is_alone else block.errors,
    )
    if spell.is_alone:
        return start
    return replace(
        start,
        stable_requests=block.stable_requests,
        stable_errors=block.stable_errors,
        left_out=block.left_out,
        mean=mean_of(tally.compared),
    )


def _restarted(tally: Tally, at: float) -> Tally:
    """A new start for the absolute limits, when the last one is old enough."""
    spell, epochs = tally.spell, tally.epochs.all()
    if spell is None or not epochs:
        return tally
    last = epochs[-1].seconds if tally.epochs.rolling else 0.0
    if spell.seconds - last < arms.restart_seconds(spell.stay_seconds):
        return tally
    wealth = arms.restart_wealth(spell.seconds, spell.stay_seconds, spell.promise)
    epoch = _epoch(tally, at=at, seconds=spell.seconds, wealth=wealth)
    return replace(tally, epochs=arms.restarted(tally.epochs, epoch))


def _epoch(tally: Tally, *, at: float, seconds: float, wealth: float) -> Epoch:
    candidate, stable = arms.without_bounds(tally.candidate), arms.without_bounds(tally.stable)
    return Epoch(at=at, seconds=seconds, wealth=wealth, candidate=candidate, stable=stable)


def mean_of(compared: Compared) -> float:
    """How many of the errors an equal candidate would have."""
    return math.fsum(mean for _, mean in splits_of(compared))


def splits_of(compared: Compared) -> tuple[tuple[float, float], ...]:
    """Errors of both arms with how many of them an equal candidate would have, by division of requests."""
    block = compared.open
    if not (block.requests and block.stable_requests):
        return tuple(compared.splits.values())
    both = block.capped(compared.noise).both
    return (*compared.splits.values(), (both, both * block.part))


def whole(compared: Compared) -> Block:
    """All that is comparable: closed blocks, and the open one once both versions are in it."""
    block = compared.open
    if not (block.requests and block.stable_requests):
        return compared.total
    return compared.total.and_(block.capped(compared.noise))


def history_part(tally: Tally) -> float:
    """The candidate's part of the requests when it is compared with the stable version's history."""
    return drifted_part(tally.alone_requests, tally.stable_requests, tally.drift)


def drifted_part(requests: int, stable_requests: int, drift: float) -> float:
    """The candidate's part when the stable version's rate may have risen by `drift`."""
    weight = requests * drift
    return weight / (weight + stable_requests) if weight else 0.0
