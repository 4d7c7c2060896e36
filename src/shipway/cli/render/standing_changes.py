"""How far the changes of a database are, for people and for machines."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.render.schema import progress, share
from shipway.cli.render.words import duration, moment, plural

if TYPE_CHECKING:
    from shipway.adapters.databases.exact import Exact
    from shipway.adapters.databases.journal import Walk
    from shipway.cli.shell.looking_at_changes import Standing

NEXT = {
    "absent": "expand",
    "expanded": "expand",
    "dual-writing": "backfill",
    "backfilled": "switch",
    "switched": "contract",
}


def status(found: "Sequence[Standing]", paint: Paint) -> list[str]:
    """A row for each change; below the table how far each backfill is, or what was counted."""
    if not found:
        return ["No change has begun in this database."]
    rows = [[paint.faint(word) for word in ("change", "phase", "since", "next")]]
    for one in found:
        word = NEXT.get(one.record.phase.label)
        following = f"shipway schema {word} {one.record.file}" if word else "-"
        rows.append(
            [one.record.name, one.record.phase.label, f"{duration(one.record.age_seconds)} ago", following]
        )
    return [*table(rows), *_details(found, paint)]


def _details(found: "Sequence[Standing]", paint: Paint) -> Iterator[str]:
    lines = [line for one in found for line in _of(one, paint)]
    if lines:
        yield ""
        yield from lines


def _of(one: "Standing", paint: Paint) -> Iterator[str]:
    name = one.record.name
    if one.uncounted:
        yield from filled(f"{name} cannot be counted: {one.uncounted}", head=f"{paint.warn('!')} ")
    for part in one.exact:
        sign = paint.good("✓") if not part.left else paint.faint("…")
        yield from filled(f"{name}: {exactly(part, one.walks)}", head=f"{sign} ")
    if one.waits:
        since = moment(one.waits.since, now=time.time())
        yield from filled(f"{name} is paused since {since}: {one.waits.why}", head=f"{paint.warn('!')} ")
    if not one.exact:
        for walk in one.walks:
            if not walk.is_done:
                yield from filled(f"{name}: {progress(walk)}", head=f"{paint.faint('…')} ")


def exactly(part: "Exact", walks: "Sequence[Walk]") -> str:
    """`public.users, 1,200,000 of 2,000,000 rows migrated, 60%, 32 s left`."""
    part_done = part.migrated / part.total if part.total else 1.0
    percent = "100%" if not part.left else f"{min(0.99, part_done):.0%}"
    said = f"{part.table}, {part.migrated:,} of {plural(part.total, 'row')} migrated, {percent}"
    rows, seconds = sum(walk.rows_walked for walk in walks), sum(walk.seconds for walk in walks)
    return f"{said}, {duration(part.left * seconds / rows)} left" if part.left and rows else said


def as_data(one: "Standing") -> dict[str, object]:
    """For `--json`."""
    record = one.record
    return {
        "change": record.name,
        "file": record.file,
        "phase": record.phase.label,
        "phase_at": record.phase_at,
        "verified_at": record.verified_at,
        "tables": [f"{table.schema}.{table.name}" for table in record.tables],
        "backfills": [_walk_as_data(walk) for walk in one.walks],
        "paused": {"why": one.waits.why, "since": one.waits.since} if one.waits else None,
        "exact": [{"table": part.table, "migrated": part.migrated, "total": part.total} for part in one.exact],
        "next": NEXT.get(record.phase.label),
    }


def _walk_as_data(walk: "Walk") -> dict[str, object]:
    left = max(0, walk.rows_total - walk.rows_walked)
    is_known = bool(walk.rows_walked and walk.seconds)
    return {
        "rows": walk.rows_walked,
        "written": walk.rows_written,
        "total": walk.rows_total,
        "done": walk.is_done,
        "share": round(share(walk), 4),
        "seconds_left": 0.0 if walk.is_done else left * walk.seconds / walk.rows_walked if is_known else None,
    }
