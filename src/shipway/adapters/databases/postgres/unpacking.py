"""Rows of one table out of a file of pg_dump, as pg_restore prints them: the columns that are asked for.

A row is a line of COPY's text form: columns with tabs between, and neither tab nor line end inside of one.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shipway.adapters.databases.postgres import programs
from shipway.adapters.databases.postgres.programs import Program
from shipway.schema.sql.names import divided

COPY, FROM, END = b"COPY ", b") FROM stdin;", b"\\."
ROWS = 1000
"""As many go on together."""


def rows(program: Program, file: Path, tables: Sequence[str], columns: Sequence[str]) -> Iterator[bytes]:
    """In COPY's text form, many lines at a time; of several parts one after the other. Raises `PgDumpFailed`."""
    arguments = ("--data-only", "--file=-", str(file))
    with programs.running(program, arguments) as process:
        assert process.stdout is not None
        yield from chosen(process.stdout, tables, columns)


def chosen(lines: Iterable[bytes], tables: Sequence[str], columns: Sequence[str]) -> Iterator[bytes]:
    """From a script of pg_restore."""
    wanted = {divided(name, ".") for name in tables}
    coming = iter(lines)
    for line in coming:
        if line.startswith(COPY) and line.rstrip().endswith(FROM):
            table, _, names = line.rstrip()[len(COPY) : -len(FROM)].partition(b" (")
            is_wanted = divided(table.decode(), ".") in wanted
            known = divided(names.decode(), ",")
            yield from _block(coming, [known.index(one) for one in columns] if is_wanted else None)


def _block(lines: Iterator[bytes], places: Sequence[int] | None) -> Iterator[bytes]:
    """To the end of one table's rows; without places they are passed over."""
    held: list[bytes] = []
    for line in lines:
        row = line.rstrip(b"\n")
        if row == END:
            break
        if places is not None:
            fields = row.split(b"\t")
            held.append(b"\t".join(fields[place] for place in places))
        if len(held) >= ROWS:
            yield b"\n".join(held) + b"\n"
            held = []
    if held:
        yield b"\n".join(held) + b"\n"
