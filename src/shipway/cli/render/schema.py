"""A change for people: its plan, how far it is, what speaks for and against its end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from shipway.cli.render.paint import Paint, filled
from shipway.cli.render.words import duration, plural, size
from shipway.schema.costs import Cost, Pace, backfill_seconds
from shipway.schema.lock import Duration
from shipway.schema.operations.built import Backfill, Batch, Built

if TYPE_CHECKING:
    from shipway.adapters.databases.journal import Walk
    from shipway.adapters.databases.proofs import Evidence, Verified
    from shipway.adapters.databases.proving import Reach
    from shipway.adapters.databases.session import Dialect
    from shipway.adapters.databases.surroundings import Around

PHASES = {
    "expand": "expand",
    "backfill": "backfill",
    "finish": "",
    "switch": "switch",
    "contract": "contract",
    "revert": "revert",
}
"""With their headings."""


def plan(built: Sequence[Built], paint: Paint, paces: Sequence[Pace], dialect: "Dialect") -> Iterator[str]:
    """Every statement, by phase; with its cost where a pace is known for each operation."""
    for pace in dict.fromkeys(paces):
        yield f"{pace.table}: about {plural(pace.rows, 'row')}, {size(pace.size_bytes)}"
    if paces:
        yield ""
    for phase, name in PHASES.items():
        parts = [(at, batch) for at, one in enumerate(built) for batch in _batches(one, phase)]
        if name:
            yield paint.strong(name)
        if phase == "switch":
            yield "  -- every row is checked; from here on code may use the new shape alone"
        for at, batch in parts:
            yield from _batch(batch, paces[at] if paces else None, dialect)
    yield ""
    yield from _altogether(built, paces, paint, dialect)
    yield from filled("Only contract has no way back; until then `shipway schema revert` takes all of it away.")


def _batches(one: Built, phase: str) -> list[Batch | Backfill]:
    if phase == "backfill":
        return [] if one.backfill is None else [one.backfill]
    found: dict[str, tuple[Batch, ...]] = {
        "expand": (*one.expand, *one.dual_write),
        "finish": one.finish,
        "contract": one.contract,
        "revert": one.revert,
    }
    return [*found.get(phase, ())]


def _batch(batch: Batch | Backfill, pace: Pace | None, dialect: "Dialect") -> Iterator[str]:
    if isinstance(batch, Backfill):
        takes = f", {_about(backfill_seconds(batch, pace))}" if pace else ""
        yield f"  -- in batches of 50 to 100 ms, about {plural(batch.rows, 'row')}{takes}"
        yield f"  {batch.statement('…')};"
        return
    is_outside = batch.builds or batch.is_alone
    how = "outside of a transaction" if is_outside else "reads every row, stops nobody" if batch.is_long else ""
    yield f"  -- {batch.what}" + (f": {how}" if how else "")
    if pace:
        yield f"  --   {_cost(dialect.cost(batch, pace))}"
    yield from (f"  {line}" for text in batch.statements for line in f"{text};".splitlines())


def _cost(found: Cost) -> str:
    if found.lock is None:
        return "locks no table that is in use"
    takes = f", {_about(found.seconds)}" if found.seconds else ""
    return f"{found.lock.label}: stops {found.lock.stops}, for {found.duration.label}{takes}"


def _altogether(built: Sequence[Built], paces: Sequence[Pace], paint: Paint, dialect: "Dialect") -> Iterator[str]:
    """Whether anything is rewritten, and how long it takes until the switch."""
    if not paces:
        return
    total = last = 0.0
    for one, pace in zip(built, paces, strict=True):
        costs = [dialect.cost(batch, pace) for batch in (*one.expand, *one.dual_write, *one.finish)]
        ends = [dialect.cost(batch, pace) for batch in one.contract]
        if any(each.duration == Duration.REWRITE for each in (*costs, *ends)):
            yield from filled(
                f"{pace.table} is rewritten as a whole: {size(pace.size_bytes)}", head=f"{paint.bad('✗')} "
            )
        total += sum(each.seconds for each in costs) + len(one.verify) * 2 * pace.scan_seconds
        last += sum(each.seconds for each in ends)
        total += backfill_seconds(one.backfill, pace) if one.backfill else 0.0
    guess = (
        "" if all(pace.is_measured for pace in paces) else "; the backfill's pace is a guess, until one has run"
    )
    contract = f"; contract takes {_about(last)}" if last else ""
    yield from filled(
        f"Up to the switch it takes {_about(total)}, without pauses{guess}{contract}. A lock that stops reads or "
        f"writes is waited for {dialect.LOCK_MS} ms at a time."
    )


def around(found: "Mapping[str, Sequence[Around]]") -> Iterator[str]:
    """What else is about these columns, or the whole table, by table."""
    for table, parts in found.items():
        if parts:
            yield f"What else is about {table}:"
        for one in parts:
            columns = f" ({', '.join(one.columns)})" if one.columns else ""
            yield from filled(f"{one.what}{columns}", head="  ")


def around_as_data(found: "Mapping[str, Sequence[Around]]") -> list[dict[str, object]]:
    """For `--json`."""
    return [
        {"table": table, "what": one.what, "columns": list(one.columns)}
        for table, parts in found.items()
        for one in parts
    ]


def using(dependents: Sequence[str], paint: Paint) -> Iterator[str]:
    """What will be in the way of contract, if anything is."""
    if dependents:
        said = f"contract refuses until these are changed or dropped: {', '.join(dependents)}"
        yield from filled(said, head=f"{paint.bad('✗')} ")


def plan_as_data(built: Sequence[Built], paces: Sequence[Pace], dialect: "Dialect") -> dict[str, object]:
    """For `--json`."""
    steps = [
        _step_as_data(phase, batch, paces[at] if paces else None, dialect)
        for phase in PHASES
        for at, one in enumerate(built)
        for batch in _batches(one, phase)
    ]
    tables = [{"table": one.table, "rows": one.rows, "bytes": one.size_bytes} for one in dict.fromkeys(paces)]
    return {"tables": tables, "steps": steps}


def _step_as_data(phase: str, batch: Batch | Backfill, pace: Pace | None, dialect: "Dialect") -> dict[str, object]:
    if isinstance(batch, Backfill):
        seconds = round(backfill_seconds(batch, pace), 1) if pace else None
        return {"phase": phase, "statements": [batch.statement("…")], "rows": batch.rows, "seconds": seconds}
    found = dialect.cost(batch, pace) if pace else None
    return {
        "phase": phase,
        "what": batch.what,
        "statements": list(batch.statements),
        "lock": found.lock.label if found and found.lock else None,
        "held": found.duration.label if found else None,
        "seconds": round(found.seconds, 1) if found else None,
    }


def _about(seconds: float) -> str:
    return f"about {duration(max(1.0, round(seconds)))}"


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
    if walk.waits:
        return f"{share(walk):.0%}, {walk.rows_walked:,} rows; pauses: {walk.waits}"
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
        yield from filled(f"{', '.join(found.dependents)}", head=f"{bad} these still use the {found.shape}: ")
    else:
        yield f"{fine} no view, function, policy or trigger uses the {found.shape}"
    if not found.is_named:
        yield f"{fine} code goes on under the names that it knows"
    elif found.used is None:
        yield from filled(
            f"nobody knows which statements name the {found.shape}: neither pg_stat_statements nor "
            "performance_schema is there",
            head=f"{unknown} ",
        )
    elif found.used:
        yield f"{bad} statements that name the {found.shape} were counted:"
        yield from (f"    {text}" for text in found.used)
    else:
        yield f"{fine} no statement that names the {found.shape} was counted"
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
