"""Finds and reads a file of flags. Everything that is wrong with it is said at once, with line and column."""

import os
from collections.abc import Iterable
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.flags.fields import Finding
from shipway.flags.model import FlagFile
from shipway.flags.parse import flag_file
from shipway.flags.reading import NODES_MAX, Slow, placed, quickly
from shipway.spec.problems import FileMissing, InputErrors, NotYaml
from shipway.spec.tree import Data, Tree, parse

FILE = "feature-flags.yaml"
VARIABLE = "SHIPWAY_FLAGS"
BYTES_MAX = 10_000_000


def named(start: Path) -> str | Path:
    """As `find`, where SHIPWAY_FLAGS may also name the address of a server or a database."""
    said = os.environ.get(VARIABLE, "")
    return said if "://" in said else find(start)


def find(start: Path) -> Path:
    """The file that SHIPWAY_FLAGS names, or the nearest one from a folder upwards. Raises `InputErrors`."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    error = FileMissing(
        f"There is no {FILE} here",
        where=str(start / FILE),
        why="Flags are read from this folder's file, or from the nearest one above it.",
        fix=f"Write one with `features: {{}}` in it, or name another in {VARIABLE}.",
    )
    raise InputErrors([error], file=FILE)


def load(path: Path) -> FlagFile:
    """The flags of a file. Raises `InputErrors` with all that is wrong, in the order of lines."""
    return parse_flags(read(path), file=str(path))


def read(path: Path) -> str:
    """The text of a file. Raises `InputErrors`."""
    try:
        raw = path.read_bytes()
        if len(raw) > BYTES_MAX:
            raise InputErrors([_too_large(path, len(raw))], file=str(path))
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputErrors([_not_text(path, error)], file=str(path)) from error
    except OSError as error:
        raise InputErrors([_unreadable(path, error)], file=str(path)) from error


def parse_flags(text: str, *, file: str) -> FlagFile:
    """As `load`, from text that was read already."""
    data, tree = data_and_places(text, file)
    made, findings = flag_file(data)
    if findings or (tree is not None and tree.errors):
        tree = tree or placed(text, data)
        errors = [*tree.errors, *located(findings, tree, text, file=file)]
        raise InputErrors(sorted(errors, key=lambda error: _position(error.where)), file=file)
    return made


def data_and_places(text: str, file: str) -> tuple[Data, Tree | None]:
    """The data of a text: quickly where it is as usual, and with places where it is not. Raises `InputErrors`."""
    try:
        return quickly(text), None
    except Slow:
        tree = _tree(text, file)
        return tree.data, tree


def _tree(text: str, file: str) -> Tree:
    try:
        return parse(text, file=file, nodes_max=NODES_MAX)
    except ShipwayError as error:
        raise InputErrors([error], file=file) from error


def located(findings: Iterable[Finding], tree: Tree, text: str, *, file: str) -> Iterable[ShipwayError]:
    """Findings as errors with their places."""
    lines = text.splitlines()
    for found in findings:
        path = found.path
        while path and path not in tree.values:
            path = path[:-1]
        places = tree.places if found.is_of_key else tree.values
        line, column = places.get(path, (1, 1))
        if found.column is not None:
            column += _offset(lines[line - 1][column - 1 :], found.column)
        yield found.error(found.what, where=f"{file}:{line}:{column}", why=found.why, fix=found.fix)


def _offset(written: str, column: int) -> int:
    """Where a text's character stands in its line: behind its quote; a block's stands somewhere below."""
    if written[:1] in ("|", ">"):
        return 0
    return column + 1 if written[:1] in ("'", '"') else column


def _position(where: str) -> tuple[int, int]:
    line, column = where.rsplit(":", 2)[-2:]
    return int(line), int(column)


def _too_large(path: Path, length: int) -> NotYaml:
    where = f"{path}:1:1"
    return NotYaml("The file is far too large", where=where, why=f"It has {length} bytes.", fix="Check the name.")


def _not_text(path: Path, error: UnicodeDecodeError) -> NotYaml:
    line = error.object.count(b"\n", 0, error.start) + 1
    column = error.start - error.object.rfind(b"\n", 0, error.start)
    why = f"Byte 0x{error.object[error.start]:02x} begins no character."
    return NotYaml(
        "The file is not UTF-8 text", where=f"{path}:{line}:{column}", why=why, fix="Save the file as UTF-8."
    )


def _unreadable(path: Path, error: OSError) -> FileMissing:
    return FileMissing(
        f"{path} cannot be read",
        where=str(path),
        why=f"{error.strerror}.",
        fix=f"Name a file of flags in {VARIABLE}, or write `features: {{}}` to this one.",
    )
