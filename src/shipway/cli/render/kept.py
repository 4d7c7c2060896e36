"""Snapshots for people and for machines."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.cli.render import words
from shipway.cli.render.paint import Paint, filled
from shipway.cli.render.words import duration, plural

if TYPE_CHECKING:
    from shipway.adapters.databases.keeping import Newer, Size, Snapshot


def folder(change: str, at: float) -> str:
    """A name for it, in UTC."""
    return f"{change}-{time.strftime('%Y%m%dT%H%M%S', time.gmtime(at))}"


def size(found: "Size", paint: Paint) -> Iterator[str]:
    """Before it begins."""
    yield (
        f"About {plural(found.rows, 'row')}, {words.size(found.bytes)} packed, "
        f"{duration(max(0.1, found.seconds))}."
    )


def made(found: "Snapshot", path: Path, paint: Paint) -> Iterator[str]:
    """At its end."""
    tables = {one.file: one.rows for one in found.kept}
    count = plural(sum(tables.values()), "row")
    packed = words.size(sum((path / name).stat().st_size for name in tables))
    yield f"{paint.good('✓')} {path}: {count}, {packed}"
    yield f"  {paint.faint('back')} shipway schema restore {path}"


def about(found: "Snapshot", paint: Paint) -> Iterator[str]:
    """Before it is put back."""
    taken = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(found.at))
    yield f"Snapshot of {found.change} in {found.database}, taken {taken}."


def newer(found: "Newer", paint: Paint) -> Iterator[str]:
    """What a restore would lose."""
    yield paint.strong(f"{found.table}.{found.column}")
    fine, unknown = paint.good("✓"), paint.warn("!")
    if not found.is_loss:
        yield f"{fine} no row is newer than the snapshot"
    if found.written:
        yield from filled(
            f"{plural(found.written, 'row')} written since: what they say now will not be in it",
            head=f"{unknown} ",
        )
    if found.added:
        yield from filled(f"{plural(found.added, 'row')} added since: they get no value", head=f"{unknown} ")
    if found.samples:
        yield from (f"    {text}" for text in found.samples)
    if len(found.samples) < found.written + found.added:
        yield f"    and {found.written + found.added - len(found.samples):,} more"
    if found.gone:
        yield f"{unknown} {plural(found.gone, 'row')} deleted since: they stay deleted"
    yield f"{fine} {plural(found.restored, 'row')} get a value back"


def as_data(found: "Snapshot", path: Path) -> dict[str, object]:
    """For `--json`."""
    return {
        "snapshot": str(path),
        "change": found.change,
        "at": found.at,
        "columns": [
            {"table": one.table, "column": one.column, "rows": one.rows, "file": one.file} for one in found.kept
        ],
    }
