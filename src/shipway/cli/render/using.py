"""Who uses an old shape, for people and for machines."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.render.words import duration, plural

if TYPE_CHECKING:
    from shipway.adapters.databases.proving import Usage, Use
    from shipway.cli.shell.searching import Searched

SHOWN_MAX = 10


def usage(found: "Usage", code: "Searched | None", paint: Paint) -> Iterator[str]:
    """Old columns first, then who is connected, then code."""
    if not found.uses:
        yield f"{paint.good('✓')} Code goes on under the names that it knows: nothing to look for."
        return
    for one in found.uses:
        yield from _use(one, found, paint)
    yield ""
    yield from _sessions(found, paint)
    if code is not None:
        yield ""
        yield from _code(code, paint)


def _use(one: "Use", found: "Usage", paint: Paint) -> Iterator[str]:
    fine, bad, unknown = paint.good("✓"), paint.bad("✗"), paint.warn("!")
    follows = f", which {one.following} follows" if one.following else ""
    yield paint.strong(f"{one.table}{'.' if one.column else ''}{one.column}{follows}")
    if one.statements is None:
        yield from filled(
            "statements: nobody knows; neither pg_stat_statements nor performance_schema is there",
            head=f"{unknown} ",
        )
    elif one.statements:
        yield f"{bad} statements that name it:"
        yield from (f"    {text}" for text in one.statements)
    else:
        since = f" in {duration(found.counted_seconds)}" if found.counted_seconds is not None else ""
        yield f"{fine} no statement that names it was counted{since}"
    if found.forgotten:
        yield from filled(
            f"counts of rare statements were thrown away {plural(found.forgotten, 'time')}", head=f"{unknown} "
        )
    if one.stars:
        yield from filled(
            f"{plural(one.stars, 'call')} of SELECT * read it too, and would go on without it", head=f"{unknown} "
        )
    if one.objects:
        yield from (f"{bad} {text}" for text in one.objects)
    else:
        yield f"{fine} no view, function, policy or trigger names it"


def _sessions(found: "Usage", paint: Paint) -> Iterator[str]:
    if not found.sessions:
        yield "Nobody else is connected."
        return
    rows = [[paint.faint(word) for word in ("application", "role", "sessions", "oldest")]]
    for one in found.sessions[:SHOWN_MAX]:
        oldest = "-" if one.oldest_seconds is None else f"{duration(one.oldest_seconds)} ago"
        rows.append([one.application, one.role, str(one.count), oldest])
    yield from table(rows)
    if len(found.sessions) > SHOWN_MAX:
        yield f"and {len(found.sessions) - SHOWN_MAX} more"


def _code(said: "Searched", paint: Paint) -> Iterator[str]:
    count = f"{plural(said.files, 'file')} of {said.path}"
    if not said.is_whole:
        yield from filled(f"only the first {count} were looked through", head=f"{paint.warn('!')} ")
    if not said.found:
        yield f"{paint.good('✓')} nothing in {count} names it"
        return
    for is_statement, sign, what in (
        (True, paint.bad("✗"), "SQL names it"),
        (False, paint.warn("!"), "has the word"),
    ):
        lines = [one for one in said.found if one.is_statement == is_statement]
        if lines:
            yield f"{sign} {what} in {plural(len(lines), 'line')} of code:"
            yield from (f"    {one.file}:{one.line}  {one.text}" for one in lines[:SHOWN_MAX])
        if len(lines) > SHOWN_MAX:
            yield f"    and {len(lines) - SHOWN_MAX} more"


def as_data(found: "Usage", code: "Searched | None") -> dict[str, object]:
    """For `--json`."""
    return {
        "change": found.change,
        "is_used": found.is_used,
        "counted_seconds": found.counted_seconds,
        "forgotten": found.forgotten,
        "columns": [
            {
                "table": one.table,
                "column": one.column,
                "following": one.following or None,
                "statements": None if one.statements is None else list(one.statements),
                "reads_of_all_columns": one.stars,
                "objects": list(one.objects),
            }
            for one in found.uses
        ],
        "sessions": [
            {
                "application": one.application,
                "role": one.role,
                "count": one.count,
                "oldest_seconds": None if one.oldest_seconds is None else round(one.oldest_seconds, 1),
            }
            for one in found.sessions
        ],
        "code": None
        if code is None
        else [
            {"file": one.file, "line": one.line, "text": one.text, "sql": one.is_statement} for one in code.found
        ],
    }
