"""Reads the file of a change. Everything that is wrong with it is said at once, with line and column."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shipway.errors import ShipwayError, UnknownName
from shipway.schema.beside import in_the_way
from shipway.schema.change import Change, Written
from shipway.schema.operations import NAMES, finds_table, mappings, named
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import FileMissing, InputErrors, MissingKey, UnknownKey, Wrong, WrongValue
from shipway.spec.tree import Data, Keys, Tree, parse
from shipway.spec.units import quoted, seconds

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
KEYS = ("change", "steps", "hold", "freeze", "pause")
HOLD_SECONDS, FREEZE_SECONDS = 14 * 86_400.0, 3600.0
OPTION_LENGTH_MAX = 20_000
STEPS_MAX = 50


def load(path: Path) -> Change:
    """The change of a file. Raises `InputErrors` with all that is wrong, in the order of lines."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "It is not UTF-8"
        missing = FileMissing(
            f"{path} cannot be read", where=str(path), why=f"{why}.", fix="`shipway schema new NAME` writes one."
        )
        raise InputErrors([missing], file=str(path)) from error
    return parse_change(text, file=str(path))


def parse_change(text: str, *, file: str) -> Change:
    """As `load`, from text."""
    tree = parse(text, file=file)
    reading = _Reading(tree=tree, file=file, errors=[*tree.errors])
    data = reading.mapping(tree.data, (), KEYS, required=("change", "steps"))
    name = reading.name(data.get("change"))
    steps = tuple(reading.step(item, ("steps", at)) for at, item in enumerate(reading.steps(data.get("steps"))))
    reading.once(steps)
    hold = reading.time(data.get("hold"), "hold", HOLD_SECONDS)
    freeze = reading.time(data.get("freeze"), "freeze", FREEZE_SECONDS)
    pause = reading.option(data.get("pause"), ("pause",))
    if reading.errors:
        raise InputErrors(reading.errors, file=file)
    said = [name, hold, [[one.operation, sorted(one.options.items())] for one in steps]]
    digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
    return Change(
        name=name, file=file, steps=steps, hold_seconds=hold, freeze_seconds=freeze, pause=pause, digest=digest
    )


@dataclass
class _Reading:
    tree: Tree
    file: str
    errors: list[ShipwayError] = field(default_factory=list)

    def where(self, path: Keys, *, of_key: bool = False) -> str:
        places = self.tree.places if of_key else self.tree.values
        line, column = places.get(path, (1, 1))
        return f"{self.file}:{line}:{column}"

    def mapping(self, data: Data, path: Keys, known: Sequence[str], *, required: Iterable[str]) -> dict[str, Data]:
        if not isinstance(data, dict):
            self._wrong(
                path, "a mapping belongs here", "Each line is a key and a value.", f"Write `{known[0]}: …`."
            )
            return {}
        for key in data:
            if key not in known:
                self._unknown(key, path, known)
        for key in required:
            if data.get(key) is None:
                where = self.where(path, of_key=True)
                self.errors.append(
                    MissingKey(
                        f"`{key}` is missing", where=where, why="It has no default.", fix=f"Add `{key}: …`."
                    )
                )
        return data

    def name(self, data: Data) -> str:
        """Of the change. A hyphen is an underscore: the name becomes part of names in the database."""
        if data is not None and not (isinstance(data, str) and NAME.fullmatch(data)):
            self._wrong(
                ("change",),
                f"change: {quoted(data)} is no name",
                "A change is named by small letters, digits, hyphens and underscores, at most 40.",
                "Write a name such as email_address.",
            )
        return str(data).replace("-", "_")

    def steps(self, data: Data) -> list[Data]:
        if isinstance(data, list) and 0 < len(data) <= STEPS_MAX:
            return data
        if data is not None:
            why = f"A change has 1 to {STEPS_MAX} steps, each with its operation."
            self._wrong(("steps",), "steps: a list belongs here", why, "Begin each step with `- `.")
        return []

    def step(self, data: Data, path: Keys) -> Written:
        if not isinstance(data, dict) or len(data) != 1:
            why = "Each step is one operation with its options."
            self._wrong(path, "a step is one operation", why, f"Write `- {NAMES[0]}: {{…}}`.")
            return Written(operation="", options={}, where=self.where(path))
        ((name, options),) = data.items()
        inner = (*path, name)
        if name not in NAMES:
            meant = nearest(name, NAMES)
            fix = f"Did you mean `{meant}`?" if meant else "Take one of these."
            what, why = f"There is no operation {quoted(name)}", f"Known here: {listed(NAMES)}."
            self.errors.append(UnknownName(what, where=self.where(inner, of_key=True), why=why, fix=fix))
            return Written(operation="", options={}, where=self.where(path))
        operation = named(name)
        known = (*operation.REQUIRED, *operation.OPTIONAL)
        given = self.mapping(options, inner, known, required=operation.REQUIRED)
        texts: dict[str, str] = {}
        for key, value in given.items():
            if key in mappings(name):
                texts |= self.parts(value, (*inner, key))
            elif key in known:
                texts[key] = self.option(value, (*inner, key))
        if "table" not in texts and (finds := finds_table(name)) is not None:
            texts |= self.table(finds(texts), inner)
        return Written(operation=name, options=texts, where=self.where(inner, of_key=True))

    def table(self, found: Mapping[str, str], path: Keys) -> Mapping[str, str]:
        """Of a step that need not name it."""
        if not found:
            what, why = "`table` is missing", "No statement of this step names one."
            self.errors.append(
                MissingKey(what, where=self.where(path, of_key=True), why=why, fix="Add `table: …`.")
            )
        return found

    def parts(self, data: Data, path: Keys) -> dict[str, str]:
        """An option that is a mapping: each part under the option's name, a dot and its key."""
        if isinstance(data, dict) and data:
            return {f"{path[-1]}.{key}": self.option(value, (*path, key)) for key, value in data.items()}
        if data is not None:
            why = "Each column has one of its own here."
            self._wrong(path, f"{path[-1]}: a mapping belongs here", why, f"Write `{path[-1]}: {{name: …}}`.")
        return {}

    def once(self, steps: tuple[Written, ...]) -> None:
        """A table is changed twice only where neither step knows of the other's columns."""
        for at, one in enumerate(steps):
            if why := next((why for other in steps[:at] if (why := in_the_way(one, other))), ""):
                self.errors.append(
                    WrongValue(
                        f"{one.options['table']} is changed twice",
                        where=one.where,
                        why=why,
                        fix="Write a second file, and run it when this one is contracted.",
                    )
                )

    def option(self, data: Data, path: Keys) -> str:
        if isinstance(data, str) and 0 < len(data) <= OPTION_LENGTH_MAX and "\0" not in data:
            return str(data)
        if data is not None:
            self._wrong(path, f"{path[-1]}: {quoted(data)} is no text", "An option is one text.", "Write one.")
        return ""

    def time(self, data: Data, key: str, default: float) -> float:
        if data is None:
            return default
        try:
            return seconds(data)
        except Wrong as wrong:
            self.errors.append(
                wrong.error(f"{key}: {wrong.what}", where=self.where((key,)), why=wrong.why, fix=wrong.fix)
            )
            return default

    def _wrong(self, path: Keys, what: str, why: str, fix: str) -> None:
        self.errors.append(WrongValue(what, where=self.where(path), why=why, fix=fix))

    def _unknown(self, key: str, path: Keys, known: Sequence[str]) -> None:
        meant = nearest(key, known)
        self.errors.append(
            UnknownKey(
                f"There is no key {quoted(key)} here",
                where=self.where((*path, key), of_key=True),
                why=f"Known here: {listed(known)}.",
                fix=f"Did you mean `{meant}`?" if meant else "Remove it, or use one of these.",
            )
        )
