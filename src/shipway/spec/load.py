"""Reads the release file. Everything that is wrong with it is said at once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.model.release import Approval
from shipway.spec.problems import FileMissing, InputErrors, NotYaml
from shipway.spec.release import ReleaseFile
from shipway.spec.tree import Key, Place, Tree, parse

FILE = "shipway.yaml"
BYTES_MAX = 100_000
OTHERS = ("compose", "stack")
"""Options of platforms that name a file which says more of the service."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A release file that is valid in itself, and where each part of it is written."""

    path: Path
    file: ReleaseFile
    places: dict[tuple[Key, ...], Place]
    further: Mapping[str, object] = field(default_factory=dict)
    """What a Compose file says of the service beyond the platform's keys."""
    approval: Approval | None = None
    """Who agrees before users meet it, where `strategy: auto` found that somebody must."""
    left: tuple[str, ...] = ()
    """Keys of that file that others read, each with who."""

    @property
    def root(self) -> Path:
        """The folder that relative paths in the file are relative to."""
        return self.path.absolute().parent

    def where(self, *keys: Key) -> str:
        """`shipway.yaml:12:3` for `where("traffic", "envoy", "listen")`; the nearest written key above it else."""
        while keys and keys not in self.places:
            keys = keys[:-1]
        line, column = self.places.get(keys, (1, 1))
        return f"{self.path}:{line}:{column}"


def load(path: Path) -> Loaded:
    """The file's values. Raises `InputErrors` with all that is wrong, in the order of lines."""
    try:
        text = read_text(path)
    except ShipwayError as error:
        raise InputErrors([error], file=str(path)) from error
    return _with_others(parse_release(text, path=path), text)


def _with_others(loaded: Loaded, text: str) -> Loaded:
    """With what a file says that it names. Raises `InputErrors` about either."""
    if not any(getattr(loaded.file.platform.options, key, None) for key in OTHERS):
        return loaded
    from shipway.spec.compose.joining import joined

    tree = parse(text, file=str(loaded.path))
    found = joined(tree, root=loaded.root, environ=os.environ)
    if found is None:
        return loaded
    return replace(_released(found.tree, loaded.path), further=found.further, left=found.left)


def parse_release(text: str, *, path: Path) -> Loaded:
    """As `load`, from text that was read already. Files that it names are not read."""
    try:
        tree = parse(text, file=str(path))
    except ShipwayError as error:
        raise InputErrors([error], file=str(path)) from error
    return _released(tree, path)


def _released(tree: Tree, path: Path) -> Loaded:
    file, errors = _validated(tree, str(path))
    errors = sorted([*tree.errors, *errors], key=lambda error: _position(error.where))
    if errors or file is None:
        raise InputErrors(errors, file=str(path))
    return Loaded(path=path, file=file, places=tree.values)


def _validated(tree: Tree, file: str) -> tuple[ReleaseFile | None, list[ShipwayError]]:
    if not isinstance(tree.data, dict):
        return None, [] if tree.errors else [_no_mapping(tree, file)]
    from pydantic import ValidationError

    from shipway.spec.complaints import explain

    try:
        return ReleaseFile.model_validate(tree.data), []
    except ValidationError as error:
        return None, list(explain(error, tree, model=ReleaseFile, file=file))


def _no_mapping(tree: Tree, file: str) -> ShipwayError:
    what = "The file is empty" if tree.data is None else "The file is not a mapping"
    return NotYaml(
        what,
        where=f"{file}:1:1",
        why="A release file is a list of `key: value` lines, first of all `service:`.",
        fix="Run `shipway init` to write one.",
    )


def _position(where: str) -> tuple[int, int]:
    line, column = where.rsplit(":", 2)[-2:]
    return int(line), int(column)


def read_text(path: Path) -> str:
    """The text of a file that a user names. Raises `ShipwayError` where it cannot be read."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise FileMissing(
            f"{path} cannot be read", where=str(path), why=f"{error.strerror}.", fix="Name a file with --file."
        ) from error
    if len(raw) > BYTES_MAX:
        raise NotYaml(
            "The file is far too large",
            where=f"{path}:1:1",
            why=f"It has {len(raw)} bytes.",
            fix="Check the name.",
        )
    return _decoded(raw, path)


def _missing(path: Path) -> FileMissing:
    return FileMissing(
        f"There is no {path.name} here",
        where=str(path.absolute()),
        why="It tells what to ship and how.",
        fix="Run `shipway init` to write one, or name another with --file.",
    )


def _decoded(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        raise NotYaml(
            "The file is not UTF-8 text",
            where=f"{path}:{line}:{column}",
            why=f"Byte 0x{raw[error.start]:02x} begins no character.",
            fix="Save the file as UTF-8.",
        ) from error
