"""The figures of a period on 80 columns."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.render.words import duration, plural, rate
from shipway.reports.delivery import Delivery, Spread

NAMED_MAX = 5
"""Versions that are named one by one."""


def lines(found: Delivery, paint: Paint, picture: Path | None = None) -> list[str]:
    """A heading, a row for each figure, and what to know about them."""
    over = duration(found.until_at - found.since_at)
    head = f"{paint.strong(found.service)}  {_day(found.since_at)} to {_day(found.until_at)}, {over}"
    if not found.deployments:
        return [head, "", "No version came to users in this time."]
    shown = [head, "", *table([[paint.strong(name), said] for name, said in _rows(found)], gap=3), ""]
    shown += [line for said in _said(found) for line in filled(said)]
    return shown + ([f"The picture is {picture}."] if picture else [])


def _rows(found: Delivery) -> Iterator[tuple[str, str]]:
    weekly = "" if found.per_week is None else f", {found.per_week:.1f} a week"
    yield "deployment frequency", plural(len(found.shipped), "deployment") + weekly
    yield "change lead time", _spread(found.lead_time, "commit")
    part = f"{len(found.failed)} of {len(found.deployments)} taken back"
    yield "change fail rate", f"{rate(found.change_fail_rate)}, {part}"
    yield "time to restore", _spread(found.restore_time, "take-back") if found.failed else "nothing was taken back"
    yield "bad versions met", ", ".join(_met(found)) or "nobody"
    price = "" if found.price is None else f", {found.price:.2f} at price_per_replica_hour"
    yield "replicas added", f"{found.extra_replica_hours:.2f} replica-hours beyond full capacity{price}"


def _met(found: Delivery) -> Iterator[str]:
    met = found.exposure
    if met.requests:
        yield f"{plural(met.requests, 'request')}, {met.errors:,} of them failed"
    if met.uncounted:
        yield f"{duration(60 * met.full_minutes)} of all users ({plural(met.uncounted, 'version')} not counted)"


def _spread(spread: Spread | None, noun: str) -> str:
    if spread is None:
        return "not known"
    if spread.count == 1:
        return f"{duration(spread.median)} (1 {noun})"
    middle, most, longest = (duration(part) for part in (spread.median, spread.p90, spread.longest))
    return f"median {middle}, 9 of 10 within {most}, longest {longest} ({plural(spread.count, noun)})"


def _said(found: Delivery) -> Iterator[str]:
    if found.is_cut:
        yield "The journal does not reach further back: older releases were forgotten."
    if found.unknown:
        named = ", ".join(found.unknown[:NAMED_MAX]) + (", …" if len(found.unknown) > NAMED_MAX else "")
        yield (
            f"Git knows no commit of {named}: a version has a lead time where a tag has its name, with or without "
            "`v`, or where it is a commit's hash, in the repository of this folder."
        )
    yield "What each figure means, and what it leaves out: docs/guides/report.md."


def as_data(found: Delivery) -> dict[str, object]:
    """For `--json`: seconds, parts of 1, times in UTC."""
    return {
        "service": found.service,
        "since_at": found.since_at,
        "until_at": found.until_at,
        "is_cut": found.is_cut,
        "deployments": len(found.shipped),
        "deployments_per_week": found.per_week,
        "lead_time_seconds": msgspec.to_builtins(found.lead_time),
        "change_fail_rate": found.change_fail_rate,
        "restore_time_seconds": msgspec.to_builtins(found.restore_time),
        "exposure": msgspec.to_builtins(found.exposure),
        "extra_replica_hours": found.extra_replica_hours,
        "price": found.price,
        "versions": msgspec.to_builtins(found.deployments),
        "without_commits": list(found.unknown),
    }


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))
