"""The sentences of verdicts: plain words with their numbers."""

import re

from msgspec.structs import replace

from shipway.analysis.arms import Arm
from shipway.analysis.comparison import Comparison
from shipway.analysis.latency import Slower
from shipway.analysis.limits import Breach, Counted, Limit
from shipway.model.verdict import Verdict

RARITY_MAX = 1e9


def worse(comparison: Comparison, *, ratio: float, rarity: float, seconds: float) -> str:
    """The candidate fails more often than the stable version."""
    seen = f"({_both(comparison)}){_on_end(comparison)}" if comparison.lasting else ""
    seen = seen or f"({_both(comparison)} in {duration(seconds)})"
    size = f"{_size(comparison, ratio)} {seen}"
    return f"{size}{_left_out(comparison.left_out)}; an equal version looks this bad once in {_rounded(rarity)}"


def has_to_last(comparison: Comparison, *, more_seconds: float, is_learnt: bool) -> str:
    """Worse than history, for too short a time to rule out a burst."""
    size = f"{_size(comparison, comparison.ratio)} ({_both(comparison)}){_on_end(comparison)}"
    more = " more" if comparison.lasting and comparison.lasting.bad else ""
    unknown = "too little of the service's past is known to tell it from a burst"
    why = "the service has had such bursts" if is_learnt else unknown
    return f"{size}: taken back if that lasts {duration(more_seconds)}{more}, as {why}"


def _size(comparison: Comparison, ratio: float) -> str:
    if comparison.stable_errors == 0:
        return "candidate errors where the baseline has none"
    times = f"at least {ratio:.0f} times" if ratio > 190 else f"{ratio:.1f} times"
    return f"candidate errors {times} the baseline's"


def _on_end(comparison: Comparison) -> str:
    lasted = comparison.lasting.lasted_seconds if comparison.lasting else 0.0
    return f", for {duration(lasted)} on end" if lasted else ""


def _left_out(count: int) -> str:
    if not count:
        return ""
    return f", {count:,} of which came in clusters and {'proves' if count == 1 else 'prove'} nothing"


def slower(worst: Slower, *, rarity: float, seconds: float) -> str:
    """The candidate is slower than the stable version."""
    seen = f"candidate is slower than the baseline{_by(worst)} ({_latencies(worst)} in {duration(seconds)})"
    return f"{seen}{_left_out(worst.left_out)}; an equal version looks this bad once in {_rounded(rarity)}"


def looks_slower(worst: Slower) -> str:
    """Slower than expected, not proven."""
    return f"candidate looks slower than the baseline{_by(worst)}, without proof yet: {_latencies(worst)}" + (
        f"; proven if that lasts {duration(worst.more_seconds)} more" if worst.more_seconds else ""
    )


def _by(seen: Slower) -> str:
    return f" by more than {percent(seen.worse_by)}" if seen.worse_by else ""


def no_slower(even: Slower, *, is_proven: bool) -> str:
    """Nothing speaks against the candidate's latency."""
    said = "latency proven not to be worse by a quarter" if is_proven else "latency alike"
    return f"{said}: {_latencies(even)}"


def no_common_bounds() -> str:
    """Both versions are timed, by different buckets."""
    return "latency cannot be compared: the buckets of both versions have no bound in common"


def _latencies(seen: Slower) -> str:
    before = " before it lost its traffic" if seen.is_history else ""
    ours = f"{seen.slow:,} of {seen.requests:,} requests over {milliseconds(seen.bound)}"
    return f"{ours} against {seen.stable_slow:,} of {seen.stable_requests:,} over " + (
        f"{milliseconds(seen.level.stable)}{before}"
    )


def broken(breach: Breach, *, seconds: float) -> str:
    """The candidate breaks an absolute limit."""
    return f"candidate breaks its limit: {_bad(breach.limit, breach.candidate)} in {duration(seconds)}" + (
        f", the baseline {_of(breach.stable)}" if breach.stable.requests else ""
    )


def both_broken(breach: Breach, *, now: float) -> str:
    """A limit is broken, but not by the candidate alone."""
    said = f"{_bad(breach.limit, breach.candidate)} in {duration(now - breach.since)}"
    if breach.is_stable_sound is None:
        return f"candidate {said}, but the baseline had too few requests ({_of(breach.stable)}) to rule it out"
    both = "both versions break the limit, so it is not the candidate's"
    return f"{both}: candidate {said}, baseline {_of(breach.stable)}"


def unharmed(comparison: Comparison, *, noticed: float, is_proven: bool) -> str:
    """Nothing speaks against the candidate."""
    said = "proven no worse" if is_proven else "no sign of harm"
    seen = f"{said}: candidate errors {_both(comparison)}"
    return f"{seen}; had it failed {percent(noticed)} of its requests, that would show by now"


def too_few(comparison: Comparison, *, noticed: float) -> str:
    """No sign of harm, but little was seen."""
    seen = f"too few requests to tell: candidate errors {_both(comparison)}"
    return f"{seen}; so far only {percent(noticed)} or more failing would surely show"


def suspicious(comparison: Comparison) -> str:
    """Worse than expected, not proven."""
    return f"candidate errors look higher than the baseline's, without proof yet: {_both(comparison)}"


def over(limit: Limit, counted: Counted) -> str:
    """Over the limit, not proven."""
    return f"candidate is over its limit, without proof yet: {_bad(limit, counted)}"


def unseen(limit: Limit, arm: Arm) -> str:
    """The source cannot say whether the limit is kept."""
    wish = f"latency over {milliseconds(limit.wished_seconds or 0.0)} cannot be seen"
    if not arm.bounds_seconds:
        return f"{wish}: the source counts no latency"
    return f"{wish}: the source's largest bucket ends at {milliseconds(arm.bounds_seconds[-1])}"


def nothing_to_compare() -> str:
    """No baseline and no limit."""
    return "there is no baseline to compare with and no limit to keep"


def too_few_for_limit(limit: Limit, counted: Counted, *, needed: int) -> str:
    """Within the limit, but little was seen."""
    few = f"{counted.requests:,} of {needed:,} requests needed"
    return f"no baseline to compare with, and {few}: {_bad(limit, counted)}"


def within_limits(counted: list[tuple[Limit, Counted]]) -> str:
    """The limits are kept; nothing else can be said."""
    return "no baseline to compare with; limits are kept: " + ", ".join(_bad(*each) for each in counted)


def duration(seconds: float) -> str:
    """40 s, 12 min or 3.5 h."""
    if seconds < 120:
        return f"{max(seconds, 0.0):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def was(count: float) -> str:
    """1 was, 2 were."""
    return "was" if count == 1 else "were"


def figure(number: float, *, digits: int) -> str:
    """With so many digits that mean something, and never as a power of ten: 2,300, 23, 0.0023."""
    rounded = float(f"{number:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000.0 else f"{rounded:.12f}".rstrip("0").rstrip(".")


def percent(share: float) -> str:
    """A share with two digits that mean something."""
    return f"{figure(100 * share, digits=2)}%" if share < 0.995 else "100%"


def milliseconds(seconds: float) -> str:
    """500 ms."""
    return f"{1000 * seconds:g} ms"


def _both(comparison: Comparison) -> str:
    before = " before it lost its traffic" if comparison.is_history else ""
    stable = f"{comparison.stable_errors:,} of {comparison.stable_requests:,}{before}"
    return f"{comparison.errors:,} of {comparison.requests:,} against {stable}"


def _bad(limit: Limit, counted: Counted) -> str:
    allowed = f"{percent(limit.allowed)} allowed"
    if limit.name == "errors":
        return f"{_of(counted)} requests failed ({allowed})"
    bucket = milliseconds(limit.seconds or 0.0)
    wish = (
        ""
        if limit.seconds == limit.wished_seconds
        else f", the bucket next to {milliseconds(limit.wished_seconds or 0.0)}"
    )
    return f"{_of(counted)} requests took over {bucket}{wish} ({allowed})"


def _of(counted: Counted) -> str:
    return f"{counted.bad:,} of {counted.requests:,}"


def _rounded(rarity: float) -> str:
    """Two digits are all that such a figure means."""
    if rarity >= RARITY_MAX:
        return "more than a billion"
    digits = max(0, len(str(int(rarity))) - 2)
    return f"{round(rarity, -digits):,.0f}"


def of_jobs(verdict: Verdict) -> Verdict:
    """The same judgement where what was counted are jobs."""
    return replace(verdict, sentence=_jobs(verdict.sentence), doubt=_jobs(verdict.doubt))


def _jobs(sentence: str) -> str:
    return re.sub(r"\brequest(s?)\b", r"job\1", sentence)
