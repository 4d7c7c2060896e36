"""Numbers and times as people say them."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shipway.model.service_kind import ServiceKind
from shipway.model.share import percent

if TYPE_CHECKING:
    from shipway.model.plan import Plan
    from shipway.model.revision import RevisionId
    from shipway.model.view import View

MINUTE, HOUR, DAY = 60, 3600, 86_400
NAME_MAX = 16
"""Columns that a version gets in a table."""
HASH_MIN = 4
SHARE_EXACT_BELOW = 1000
"""1%, in units of share."""


def duration(seconds: float) -> str:
    """`0.2 s`, `45 s`, `4 min 10 s`, `1 h 5 min`, `2 d 3 h`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    for unit, size, lower, smaller in (("d", DAY, "h", HOUR), ("h", HOUR, "min", MINUTE), ("min", MINUTE, "s", 1)):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {lower}" if rest else "")
    return f"{whole} s"


def clock(at: float) -> str:
    """Local time with its zone: `14:03:22 CEST`."""
    return time.strftime("%H:%M:%S %Z", time.localtime(at))


def moment(at: float, *, now: float) -> str:
    """As `clock`, with the day where it is not today's."""
    here, today = time.localtime(at), time.localtime(now)
    day = "" if here[:3] == today[:3] else time.strftime("%Y-%m-%d ", here)
    return day + clock(at)


def iso(at: float) -> str:
    """UTC: `2026-05-09T12:03:22.125Z`."""
    whole, part = divmod(round(at * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{part:03d}Z"


def latency(seconds: float | None) -> str:
    """`12 ms`, `1.25 s`; a dash where it is not known."""
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def rate(part: float | None) -> str:
    """`0.05%`, `52%`; a dash where nothing was asked."""
    if part is None:
        return "-"
    return f"{part * 100:.{1 if part >= 0.1 else 2}f}".rstrip("0").rstrip(".") + "%" if part else "0%"


def share(part: int) -> str:
    """A share in a table: `66.7%`; exactly where it is small."""
    return percent(round(part, -2) if part >= SHARE_EXACT_BELOW else part)


def per_second(requests: float | None) -> str:
    """`95.0/s`."""
    return "-" if requests is None else f"{requests:.1f}/s"


def only_flags(plan: "Plan | None") -> str:
    """The flags of a plan that moves nothing else, as people list them; nothing for one that brings code."""
    if plan is None or plan.base != plan.candidate:
        return ""
    return " and ".join(sorted({stage.ramp for stage in plan.stages if stage.ramp}))


def version_of(revision: str) -> str:
    """A revision's version: `1.9.0` of `1.9.0-7f3a91c2`."""
    return revision.rpartition("-")[0] or revision


def names(view: "View") -> "dict[RevisionId, str]":
    """How to call each revision: by its version where that is enough to tell them apart."""
    ids = {*(one.id for one in view.revisions), *(known(view.run.plan) if view.run else ())}
    ids |= {one for one in (view.proven, view.former) if one}
    return named(ids)


def known(plan: "Plan") -> "tuple[RevisionId, ...]":
    """The plan's revisions, the stable one first."""
    return (plan.candidate,) if plan.base in (None, plan.candidate) else (plan.base, plan.candidate)


def named(ids: "Iterable[RevisionId]") -> "dict[RevisionId, str]":
    """Versions; where two revisions share one, with as much of their hashes as tells them apart."""
    all_ids = tuple(ids)
    versions = [version_of(one) for one in all_ids]
    starts = {one: one[: len(version_of(one)) + 1 + HASH_MIN] for one in all_ids}
    tells_apart = len(set(starts.values())) == len(set(all_ids))
    return {
        one: version_of(one) if versions.count(version_of(one)) == 1 else starts[one] if tells_apart else one
        for one in all_ids
    }


def work(plan: "Plan | None") -> str:
    """What a share is a share of."""
    return "jobs" if plan is not None and plan.limits.kind != ServiceKind.HTTP else "traffic"


def plural(count: int, noun: str) -> str:
    """`1 replica`, `4 replicas`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def size(amount_bytes: float) -> str:
    """`512 B`, `12 kB`, `333 MB`, `1.2 GB`."""
    for unit, one in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if amount_bytes >= one:
            return f"{amount_bytes / one:.{1 if amount_bytes < 10 * one else 0}f} {unit}"
    return f"{amount_bytes:.0f} B"
