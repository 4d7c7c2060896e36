"""Whether a version's scheduled jobs harm: by their ends, and by how long they took.

Jobs are few, so nothing here is asymptotic. Too many failed jobs condemn a candidate unless the stable version's
fail too; then Fisher's exact test (Fisher, Statistical Methods for Research Workers, 1934, section 21.02) decides
whether the candidate's fail more often. Durations are compared by ranks alone: `n` jobs that all took longer than
each of `N` before them have a probability of n! N! / (n + N)! if nothing changed.
"""

from collections.abc import Sequence
from math import comb
from statistics import median

from shipway.model.job import BAD, DONE, Job
from shipway.model.policy import Guard
from shipway.model.verdict import Kind, Severity, Verdict

ALIKE = 0.05
"""Failures that a version as bad as the stable one would have more often than this are no news."""
SLOWER_TIMES = 1.5
"""A candidate whose jobs take less than so many times as long is not slow, however sure that is."""
STABLE_MAX = 20
"""The stable version's newest jobs, which stand for how it does today."""


def judge(candidate: Sequence[Job], stable: Sequence[Job], guard: Guard) -> Verdict:
    """What the ended jobs of both versions say of the candidate. Without any job of it nothing is known."""
    mine = [job for job in candidate if job.outcome in DONE]
    others = [job for job in stable if job.outcome in DONE][-STABLE_MAX:]
    if not mine:
        return Verdict(kind=Kind.NOT_ENOUGH, sentence="no job of the new version has ended yet")
    return _failing(mine, others, guard) or _slow(mine, others, guard) or _well(mine)


def _failing(mine: Sequence[Job], others: Sequence[Job], guard: Guard) -> Verdict | None:
    bad, before = _bad(mine), _bad(others)
    if len(bad) < guard.failed_jobs:
        return None
    told = f"{_so_many(len(bad), len(mine))} failed ({how(bad[-1])})"
    if before and _chance(len(bad), len(mine), len(before), len(others)) > ALIKE:
        sentence = f"{told}, no more often than the stable version's {len(before)} of {len(others)}"
        return Verdict(kind=Kind.HEALTHY, sentence=sentence)
    known = f"; {len(before) or 'none'} of the stable version's last {len(others)} did" if others else ""
    at = bad[0].ended_at
    return Verdict(kind=Kind.HARMFUL, severity=Severity.HIGH, sentence=told + known, first_bad_at=at)


def _chance(bad: int, of: int, before: int, others: int) -> float:
    """Of so many failures or more among the candidate's, if all jobs were alike: the hypergeometric tail."""
    total, failed = of + others, bad + before
    most = min(of, failed)
    return sum(comb(failed, k) * comb(total - failed, of - k) for k in range(bad, most + 1)) / comb(total, of)


def _slow(mine: Sequence[Job], others: Sequence[Job], guard: Guard) -> Verdict | None:
    took = [job.seconds for job in mine if job.seconds is not None]
    usual = [job.seconds for job in others if job.seconds is not None]
    if not took or not usual or min(took) <= max(usual) or median(took) < SLOWER_TIMES * median(usual):
        return None
    if 1 / comb(len(took) + len(usual), len(took)) > guard.false_rollback:
        return None
    sentence = (
        f"jobs take {median(took):.1f} s, longer than each of the stable version's last {len(usual)} "
        f"({median(usual):.1f} s in the middle)"
    )
    return Verdict(kind=Kind.HARMFUL, severity=Severity.MEDIUM, sentence=sentence, first_bad_at=mine[0].ended_at)


def _well(mine: Sequence[Job]) -> Verdict:
    bad = len(_bad(mine))
    told = f"{len(mine) - bad} of {_jobs(len(mine))} ended well" if bad else f"{_jobs(len(mine))} ended well"
    return Verdict(kind=Kind.HEALTHY, sentence=told)


def _bad(jobs: Sequence[Job]) -> list[Job]:
    return [job for job in jobs if job.outcome in BAD]


def _so_many(bad: int, of: int) -> str:
    return "the only job" if of == 1 else f"{bad} of {_jobs(of)}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def how(job: Job) -> str:
    """How a job ended, in a few words."""
    if job.exit_code is None:
        return str(job.outcome)
    return f"exit code {job.exit_code}" if job.exit_code >= 0 else f"killed by signal {-job.exit_code}"
