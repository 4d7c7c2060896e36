"""Is the candidate worse than the stable version? One exact score over the whole run."""

import math
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis import late, spending
from shipway.analysis.lasting import BESIDE, RISE, Lasting
from shipway.analysis.late import Start
from shipway.analysis.ratio import median_ratio, quantile_ratio
from shipway.analysis.tail import surprise
from shipway.analysis.tally import Spell, Tally, drifted_part, mean_of, splits_of, whole

BAD_SCRAPES_MIN = 2
"""One odd scrape convicts nobody."""


class Comparison(Struct, frozen=True, kw_only=True):
    """What is known of both versions' errors, reduced to what the score needs."""

    errors: int
    """The candidate's."""
    requests: int
    stable_errors: int
    stable_requests: int
    mean: float
    """How many of all errors an equal candidate would have."""
    splits: tuple[tuple[float, float], ...]
    """Errors of both, and how many an equal candidate would have, by division of requests."""
    is_history: bool
    """Whether the stable version's counts are from before, not from the same seconds."""
    spell: Spell
    left_out: int = 0
    """Of the candidate's errors: came in clusters, as this service's do, and prove nothing."""
    countable: int | None = None
    """The most candidate errors that could have counted by now; none: all."""
    since: float | None = None
    """From when on, epoch seconds, where not over the whole run."""
    lasting: Lasting | None = None
    """Whether harm lasts; none: it need not."""
    beside: "Comparison | None" = None
    """The second way to a proof: as if nothing had been learnt of bursts, by harm that lasts."""

    @property
    def counted(self) -> int:
        """The candidate's errors that count."""
        return self.errors - self.left_out

    @property
    def total(self) -> int:
        """Errors of both versions that count."""
        return self.counted + self.stable_errors

    @property
    def surprise(self) -> float:
        """Of one look, in nats."""
        return surprise(self.counted, self.total, self.mean)

    @property
    def ratio(self) -> float:
        """How many times the stable version's error rate the candidate's is, estimated from all errors: those that
        prove nothing are harm all the same, once harm is proven."""
        return median_ratio(self.errors, self._all_splits)

    @property
    def ratio_at_most(self) -> float:
        """What the ratio hardly exceeds: 95% of the posterior lies below."""
        return quantile_ratio(self.errors, self._all_splits, part=0.95)

    @property
    def _all_splits(self) -> list[tuple[float, float]]:
        """Errors of both with the candidate's part, by division; those left out are spread over all of them."""
        times = 1.0 + self.left_out / self.total if self.total else 1.0
        return [(errors * times, mean / errors) for errors, mean in self.splits if errors]

    def excess(self, alpha: float) -> float:
        """The score less its threshold, in nats: at 0 or more the candidate is proven worse.

        exp(-excess) * alpha bounds the probability that an equal candidate ever looks this bad in the run.
        """
        if self.beside is not None:
            return max(way.excess(part * alpha) for way, part in self._ways())
        score = self.excess_of_score(alpha)
        return score if self.lasting is None else min(score, self.lasting.excess(alpha))

    def tells(self, alpha: float) -> float:
        """As `excess`, were it proven that harm lasts."""
        if self.beside is not None:
            return max(way.tells(part * alpha) for way, part in self._ways())
        return self.excess_of_score(alpha)

    def excess_of_score(self, alpha: float) -> float:
        """The score less its threshold, by itself."""
        return self._score(self.counted, self.mean) - self._threshold(alpha, self.mean)

    def told(self, alpha: float) -> tuple["Comparison", float]:
        """The way that proves harm, or comes nearest to it, with its part of `alpha`."""
        if self.beside is None:
            return self, alpha
        ways = ((way, part * alpha) for way, part in self._ways())
        return max(ways, key=lambda each: (each[0].excess(each[1]) >= 0.0, each[0].tells(each[1])))

    def _ways(self) -> Iterator[tuple["Comparison", float]]:
        """Where there are two, each with its part of the promise."""
        yield replace(self, beside=None), 1.0 - BESIDE
        if self.beside is not None and self.beside.counted > self.beside.mean:
            yield self.beside, BESIDE

    def least_errors(self, alpha: float) -> int:
        """How many candidate errors would be a proof by now, with the stable version's as they are."""
        part = self.mean / self.total if self.total else self.requests / (self.requests + self.stable_requests)
        alpha = alpha if self.beside is None else (1.0 - BESIDE) * alpha

        def is_proof(errors: int) -> bool:
            mean = part * (errors + self.stable_errors)
            return self._score(errors, mean) >= self._threshold(alpha, mean)

        low, high = 0, BAD_SCRAPES_MIN
        while high < self.requests and not is_proof(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_proof(middle) else (middle, high)
        return max(high, BAD_SCRAPES_MIN)

    def _score(self, errors: int, mean: float) -> float:
        return surprise(errors, errors + self.stable_errors, mean) + self._spent(mean)

    def _spent(self, mean: float) -> float:
        """The part of the promise that is released by now, as a log. Before the forecast errors measure it."""
        spell = self.spell
        gathered = self.requests if spell.is_forecast else mean
        end = spell.requests_end if spell.is_forecast else spell.planned_end
        return math.log(spell.promise) + spending.released(gathered, end, spending.early(spell.planned))

    def _threshold(self, alpha: float, mean: float) -> float:
        """More errors of both versions than forecast are more looks that can convict."""
        spell = self.spell
        most = max(mean, spell.planned_end)
        return spending.threshold(alpha, most, spending.early(spell.planned)) + spell.extra_nats


def comparison_of(tally: Tally) -> Comparison | None:
    """The comparison that the current stage allows; none where there is nothing to compare with."""
    spell = tally.spell
    if spell is None or not spell.promise:
        return None
    spell = replace(spell, promise=late.from_beginning(spell.promise, has_started=bool(tally.starts)))
    found = _alone(tally, spell) if spell.is_alone else _side_by_side(tally, spell)
    return found if found.requests and found.stable_requests else None


def most_telling(tally: Tally, comparison: Comparison, *, alpha: float) -> Comparison:
    """Of the run's comparison and those since the late starts, the one with the highest score."""
    return max(comparisons(tally, comparison), key=lambda each: each.tells(alpha))


def comparisons(tally: Tally, comparison: Comparison) -> tuple[Comparison, ...]:
    """The run's, and those since the late starts where they can tell anything."""
    later = (_since(tally, start, tally.spell) for start in tally.starts if tally.spell is not None)
    return (comparison, *(found for found in later if found is not None))


def _since(tally: Tally, start: Start, spell: Spell) -> Comparison | None:
    """What came after a late start; none where that is nothing, or a single odd scrape."""
    planned = max(spending.PLANNED_MIN, spell.planned * late.life(spell.stay_seconds))
    requests = spell.planned_requests * late.life(spell.stay_seconds)
    spell = replace(
        spell,
        promise=start.promise,
        planned=planned,
        planned_before=0.0,
        planned_requests=requests,
        requests_before=0,
    )
    found = _history_since(tally, start, spell) if spell.is_alone else _side_by_side_since(tally, start, spell)
    is_odd = tally.bad_scrapes - start.bad_scrapes < BAD_SCRAPES_MIN
    return None if is_odd or not (found.counted and found.requests and found.stable_requests) else found


def _side_by_side_since(tally: Tally, start: Start, spell: Spell) -> Comparison:
    now = _side_by_side(tally, spell)
    errors, stable_errors = now.errors - start.errors, now.stable_errors - start.stable_errors
    left_out, mean = now.left_out - start.left_out, now.mean - start.mean
    return replace(
        now,
        errors=errors,
        requests=now.requests - start.requests,
        stable_errors=stable_errors,
        stable_requests=now.stable_requests - start.stable_requests,
        mean=mean,
        splits=((errors + stable_errors - left_out, mean),),
        left_out=left_out,
        since=start.at,
    )


def _history_since(tally: Tally, start: Start, spell: Spell) -> Comparison:
    errors, requests = tally.alone_errors - start.errors, tally.alone_requests - start.requests
    return replace(_against_history(tally, spell, requests, errors), since=start.at)


def _side_by_side(tally: Tally, spell: Spell) -> Comparison:
    block = whole(tally.compared)
    return Comparison(
        errors=block.errors,
        requests=block.requests,
        stable_errors=block.stable_errors,
        stable_requests=block.stable_requests,
        mean=mean_of(tally.compared),
        splits=splits_of(tally.compared),
        is_history=False,
        spell=spell,
        left_out=block.left_out,
        countable=block.countable,
    )


def _alone(tally: Tally, spell: Spell) -> Comparison:
    return _against_history(tally, spell, tally.alone_requests, tally.alone_errors)


def _against_history(tally: Tally, spell: Spell, requests: int, errors: int) -> Comparison:
    """The stable version's counts of this run stand beside the candidate's since it is alone, or since a start.

    Its requests are the exposure, so that the test knows how uncertain that base is. What it cannot know
    is whether the base would have risen meanwhile: a rise by `Tally.drift` is allowed for, more is not.
    """
    both, plain = errors + tally.stable_errors, requests + tally.stable_requests
    found = Comparison(
        errors=errors,
        requests=requests,
        stable_errors=tally.stable_errors,
        stable_requests=tally.stable_requests,
        mean=both * drifted_part(requests, tally.stable_requests, tally.drift),
        splits=((both, both * requests / plain if plain else 0.0),),
        is_history=True,
        spell=spell,
    )
    promise = tally.spell.promise if tally.spell else 1.0
    lasting = replace(tally.lasting, bar=tally.compared.noise.lasting_nats - math.log(promise))
    if not tally.compared.noise.is_learnt:
        return replace(found, lasting=lasting)
    mean = both * drifted_part(requests, tally.stable_requests, RISE)
    return replace(found, beside=replace(found, mean=mean, spell=replace(spell, extra_nats=0.0), lasting=lasting))
