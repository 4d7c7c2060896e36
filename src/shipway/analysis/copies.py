"""What the candidate answers to copies of requests, against what users were answered in the same time.

Copies are no users: they have sums and a part of the promise of their own, and nothing of them counts later.
Methods that may be copied are compared with the same methods, so a service whose POST fails more often than its
GET is not misjudged. Latency is not compared: a copy waits for nobody, and nobody for it.
"""

from msgspec import Struct
from msgspec.structs import replace

from shipway.analysis.judge import judge
from shipway.analysis.tally import Tally, absorb, begin_stage, calibrated
from shipway.analysis.windows import is_newer, window
from shipway.model.noise import Noise
from shipway.model.policy import Guard
from shipway.model.sample import Mirrored, Window
from shipway.model.verdict import Kind, Verdict

PART = 0.2
"""Of `guard.false_rollback`, for a release that copies requests; users' requests have the rest."""
NONE_YET = Verdict(kind=Kind.NOT_ENOUGH, sentence="no copied request was answered yet")


class Copies(Struct, frozen=True, kw_only=True):
    """Sums of one stage with copies; the default knows nothing."""

    row: int = -1
    before: Mirrored | None = None
    tally: Tally = Tally()
    seen: Window | None = None
    """What was answered to copies since the look before, for people."""


def begun(row: int, *, share: float, stay_seconds: float, noise: Noise) -> Copies:
    """For a stage that copies `share` (0 to 1) of users' requests; a copy adds to them."""
    part = share / (1.0 + share)
    tally = begin_stage(calibrated(Tally(), noise), index=0, of=1, share=part, stay_seconds=stay_seconds)
    return Copies(row=row, tally=tally)


def absorbed(copies: Copies, mirrored: Mirrored) -> Copies:
    """With one more look; one that is not newer adds nothing."""
    before = copies.before
    if before is None:
        return replace(copies, before=mirrored)
    if not (is_newer(before.users, mirrored.users) and is_newer(before.copies, mirrored.copies)):
        return copies
    users, seen = window(before.users, mirrored.users), window(before.copies, mirrored.copies)
    tally = absorb(copies.tally, stable=users if users.requests else None, candidate=seen)
    return replace(copies, before=mirrored, tally=tally, seen=seen)


def verdict_of_copies(copies: Copies, guard: Guard, *, now: float) -> Verdict:
    """Errors against users' own, and the limit on errors. No user saw any of it, so nothing bad was first seen."""
    if not copies.tally.candidate.requests:
        return NONE_YET
    own = replace(guard, false_rollback=PART * guard.false_rollback, latency_p99_max=None, metrics=())
    verdict = judge(copies.tally, own, now=now)
    return replace(verdict, sentence=f"copied requests: {verdict.sentence}", first_bad_at=None)


def of_users(guard: Guard, *, has_copies: bool) -> Guard:
    """The guard of users' requests, in a release that copies some."""
    return replace(guard, false_rollback=(1.0 - PART) * guard.false_rollback) if has_copies else guard
