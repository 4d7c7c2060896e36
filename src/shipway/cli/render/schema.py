"""A change for people: its plan, how far it is, what speaks for and against its end."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.render.words import duration, plural
from shipway.schema.operations.built import Backfill, Batch, Built

if TYPE_CHECKING:
    from shipway.adapters.databases.journal import Record, Walk
    from shipway.adapters.databases.proofs import Evidence, Verified
    from shipway.adapters.databases.proving import Reach

NEXT = {
    "absent": "expand",
    "expanded": "expand",
    "dual-writing": "backfill",
    "backfilled": "switch",
    "switched": "contract",
}


def plan(built: Sequence[Built], paint: Paint) -> Iterator[str]:
    """Every statement, by phase."""
    phases: tuple[tuple[str, list[Batch | Backfill | None]], ...] = (
        ("expand", [batch for one in built for batch in (*one.expand, *one.dual_write)]),
        ("backfill", [one.backfill for one in built]),
        ("", [batch for one in built for batch in one.finish]),
        ("switch", []),
        ("contract", [batch for one in built for batch in one.contract]),
        ("revert", [batch for one in built for batch in one.revert]),
    )
    for phase, batches in phases:
        if phase:
            yield paint.strong(phase)
        if phase == "switch":
            yield "  -- every row is checked; from here on code may use the new shape alone"
        for batch in batches:
            if batch is not None:
                yield from _batch(batch)
    yield ""
    yield "Only contract has no way back; until then `shipway schema revert` takes all of it away."


def _batch(batch: Batch | Backfill) -> Iterator[str]:
    if isinstance(batch, Backfill):
        yield f"  -- in batches of 50 to 100 ms, about {plural(batch.rows, 'row')}"
        yield f"  {batch.statement('…')};"
        return
    how = "outside of a transaction" if batch.builds else "reads every row, stops nobody" if batch.is_long else ""
    yield f"  -- {batch.what}" + (f": {how}" if how else "")
    yield from (f"  {line}" for text in batch.statements for line in f"{text};".splitlines())


def status(records: "Sequence[Record]", walks: "dict[str, list[Walk]]", paint: Paint) -> list[str]:
    """A row for each change."""
    if not records:
        return ["No change has begun in this database."]
    rows = [[paint.faint(word) for word in ("change", "phase", "since", "next")]]
    for one in records:
        word = NEXT.get(one.phase.label)
        following = f"shipway schema {word} {one.file}" if word else "-"
        rows.append([one.name, one.phase.label, f"{duration(one.age_seconds)} ago", following])
        rows += [["", _walk(walk), "", ""] for walk in walks.get(one.name, ()) if not walk.is_done]
    return table(rows)


def as_data(one: "Record", walks: "Sequence[Walk]") -> dict[str, object]:
    """For `--json`."""
    return {
        "change": one.name,
        "file": one.file,
        "phase": one.phase.label,
        "phase_at": one.phase_at,
        "verified_at": one.verified_at,
        "tables": [f"{table.schema}.{table.name}" for table in one.tables],
        "backfills": [
            {
                "rows": walk.rows_walked,
                "written": walk.rows_written,
                "total": walk.rows_total,
                "done": walk.is_done,
            }
            for walk in walks
        ],
        "next": NEXT.get(one.phase.label),
    }


def _walk(walk: "Walk") -> str:
    return f"{share(walk):.0%} filled"


def share(walk: "Walk") -> float:
    """How much of a backfill is walked; the total is an estimate."""
    return 1.0 if walk.is_done else min(0.99, walk.rows_walked / max(1, walk.rows_total))


def progress(walk: "Walk") -> str:
    """`45%, 900,000 of about 2,000,000 rows, 25,300 rows/s, 43 s left`."""
    speed = walk.rows_walked / walk.seconds if walk.seconds > 0 else 0.0
    left = max(0.0, walk.rows_total - walk.rows_walked) / speed if speed else 0.0
    said = (
        f"{share(walk):.0%}, {walk.rows_walked:,} of about {plural(walk.rows_total, 'row')}, {speed:,.0f} rows/s"
    )
    return said if walk.is_done else f"{said}, {duration(left)} left"


def verified(found: "Sequence[Verified]", paint: Paint) -> Iterator[str]:
    """A line for each check."""
    for one in found:
        if one.wrong:
            yield from filled(
                f"{plural(one.wrong, 'row')} wrong: it does not hold that {one.what}; for example "
                f"{', '.join(one.sample)}",
                head=f"{paint.bad('✗')} ",
            )
        else:
            yield from filled(f"{one.what}, in every row", head=f"{paint.good('✓')} ")


def evidence(found: "Evidence", paint: Paint) -> Iterator[str]:
    """What speaks for and against dropping the old shape."""
    fine, bad, unknown = paint.good("✓"), paint.bad("✗"), paint.warn("!")
    yield f"{fine} every row is right" if not found.wrong else f"{bad} rows are wrong"
    waits = found.waits_seconds
    yield f"{bad} its hold lasts {duration(waits)} more" if waits else f"{fine} its hold is over"
    if found.dependents:
        yield from filled(f"{', '.join(found.dependents)}", head=f"{bad} these still use the old column: ")
    else:
        yield f"{fine} no view, function, policy or trigger uses the old column"
    if not found.is_named:
        yield f"{fine} code goes on under the names that it knows"
    elif found.used is None:
        yield from filled(
            "nobody knows which statements name the old column: pg_stat_statements is not there",
            head=f"{unknown} ",
        )
    elif found.used:
        yield f"{bad} statements that name the old column were counted:"
        yield from (f"    {text}" for text in found.used)
    else:
        yield f"{fine} no statement that names the old column was counted"
    if found.broken:
        yield from filled(f"its last freeze was ended: {found.broken}", head=f"{unknown} ")


def reach(found: "Reach", seconds: float, paint: Paint) -> Iterator[str]:
    """What a freeze would show, and what it cannot."""
    fine, unknown = paint.good("✓"), paint.warn("!")
    if not seconds or not found.is_proof:
        whose = f"{', '.join(found.owners)} owns it, and" if found.owners else "here"
        why = "its file says so" if not seconds else f"{whose} nobody's use of it could be stopped or seen"
        yield from filled(f"no freeze before the drop: {why}", head=f"{unknown} ")
        return
    lasts = f"for {duration(seconds)} before the drop"
    roles = ", ".join(found.roles)
    yield from filled(f"frozen {lasts}: {roles} cannot use it" if roles else f"watched {lasts}", head=f"{fine} ")
    if found.counts_writes:
        yield f"{fine} writes of the old shape are counted, whoever writes"
    if found.beyond or not found.roles:
        whom = ", ".join(found.beyond or found.owners)
        yield from filled(f"reads of {whom} are not seen: owner or superuser", head=f"{unknown} ")
    if found.roles and not found.reads_log:
        yield from filled(
            "the server's log cannot be read here: one read that fails is seen by your application alone, many "
            "by the rollbacks",
            head=f"{unknown} ",
        )
