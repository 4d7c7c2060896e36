"""Looks through a working tree for code that names an old column."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import Exit, ShipwayError
from shipway.schema.references import Reference, references

if TYPE_CHECKING:
    from shipway.adapters.databases.proving import Proving

SKIPPED = frozenset({"node_modules", "venv", "__pycache__", "dist", "build", "target", "vendor", "site-packages"})
PROSE = (".md", ".rst", ".txt", ".lock", ".map", ".svg")
FILE_BYTES_MAX, FILES_MAX = 1_000_000, 50_000


class StillNamed(ShipwayError):
    """Code of a working tree names what is to be dropped."""

    code = "still-named"
    exit_code = Exit.REFUSED


class NoCode(ShipwayError):
    """There is no such folder or file."""

    code = "no-code"


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What a working tree says."""

    path: Path
    files: int
    is_whole: bool
    """Whether there were not more files than anybody looks through."""
    found: tuple[Reference, ...]


def searched(path: Path, old: Mapping[str, Sequence[str]], *, without: Path) -> Searched:
    """Columns by their table, in SQL; `without` is the folder of migrations. Raises `NoCode`."""
    if not path.exists():
        raise NoCode(
            f"{path} is not there", where="--code", why="Nothing could be looked through.", fix="Name a folder."
        )
    found: list[Reference] = []
    count, is_whole = 0, True
    for file in _files(path, without.resolve()):
        if count == FILES_MAX:
            is_whole = False
            break
        count += 1
        text = _text(file)
        for table, columns in old.items():
            name = table.rpartition(".")[2].strip('"')
            for column in columns:
                found += references(text, file=str(file), table=name, column=column)
    found.sort(key=lambda one: (not one.is_statement, one.file, one.line))
    return Searched(path=path, files=count, is_whole=is_whole, found=tuple(found))


def none_in(path: Path | None, proving: "Proving", *, where: str) -> None:
    """Raises `StillNamed` where SQL of a working tree names the old column."""
    if path is None:
        return
    said = searched(path, proving.old, without=Path(where).parent)
    named = [one for one in said.found if one.is_statement]
    if named:
        first = named[0]
        raise StillNamed(
            f"The old shape stays: SQL in {len(named)} lines of code names it",
            where=f"{first.file}:{first.line}",
            why=first.text,
            fix="`shipway schema usage --code` lists them. Change them, deploy that, and run this again.",
        )


def _files(path: Path, without: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, folders, names in os.walk(path):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED and not name.startswith(".") and (here / name).resolve() != without
        )
        yield from (here / name for name in sorted(names) if not name.endswith(PROSE))


def _text(file: Path) -> str:
    """Empty where it is no text, or too large to be code."""
    try:
        if not file.is_file() or file.stat().st_size > FILE_BYTES_MAX:
            return ""
        read = file.read_bytes()
    except OSError:
        return ""
    return "" if b"\0" in read[:1024] else read.decode(errors="replace")
