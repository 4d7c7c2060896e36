"""What pydantic found, said in four lines each, at the line and column where it stands."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from shipway.errors import ShipwayError, UnknownName
from shipway.spec.choice import Choice
from shipway.spec.fields import Section
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import MissingKey, UnknownKey, Wrong, WrongValue
from shipway.spec.tree import Keys, Tree
from shipway.spec.units import quoted

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KNOWN_LENGTH_MAX = 64
KINDS = {
    "model_type": ("a mapping", "Its keys stand below it, indented, or in { }.", "Write its keys below it."),
    "dict_type": ("a mapping", "It holds `name: value` lines.", "Write its lines below it, indented."),
    "tuple_type": ("a list", "It holds several values.", "Write them in [ ], or one a line after `- `."),
    "too_short": ("one value or more", "An empty list names nothing.", "Name at least one."),
    "too_long": ("a shorter list", "A list this long is hardly meant.", "Name fewer."),
    "bool_type": ("true or false", "It is on or off.", "Write `true` or `false`, without quotes."),
    "bool_parsing": ("true or false", "It is on or off.", "Write `true` or `false`, without quotes."),
    "string_type": ("text", "A value that begins with { or [ is text only in quotes.", "Put it in quotes."),
}


def explain(error: ValidationError, tree: Tree, *, model: type[Section], file: str) -> Iterator[ShipwayError]:
    """One error per finding; a key that is missing because it is misspelt is said once."""
    findings = [_Finding(found, tree, model, file) for found in error.errors(include_url=False)]
    meant = {finding.meant for finding in findings}
    for finding in findings:
        if not (finding.is_missing and finding.path in meant):
            yield finding.error()


class _Finding:
    def __init__(self, found: "ErrorDetails", tree: Tree, model: type[Section], file: str) -> None:
        self.found, self.tree, self.file = found, tree, file
        self.cause = found.get("ctx", {}).get("error")
        inner = self.cause.at if isinstance(self.cause, Wrong) else ()
        self.path: Keys = tuple(part for part in found["loc"] if part != "[key]") + inner
        self.owner = _model_at(model, found["loc"][:-1])
        self.model = model
        self.is_missing = found["type"] == "missing"

    @property
    def meant(self) -> Keys | None:
        """For an unknown key: the path that its writer had in mind."""
        if self.found["type"] != "extra_forbidden":
            return None
        name = nearest(str(self.path[-1]), _names(self.owner))
        return (*self.path[:-1], name) if name else None

    def error(self) -> ShipwayError:
        match self.found["type"]:
            case "extra_forbidden":
                return self._unknown()
            case "missing":
                return self._missing()
            case "literal_error":
                return self._no_such_word()
            case "value_error" if isinstance(self.cause, Wrong):
                return self._wrong(self.cause)
            case kind:
                return self._wrong_kind(kind)

    def _wrong(self, wrong: Wrong) -> ShipwayError:
        what = f"{dotted(self.path)}: {wrong.what}"
        return wrong.error(what, where=self._where(self.path), why=wrong.why, fix=wrong.fix)

    def _unknown(self) -> ShipwayError:
        chosen = issubclass(self.owner, Choice)
        owner = f"`{dotted(self.path[:-1])}`" if len(self.path) > 1 else "A release file"
        kind: type[ShipwayError] = UnknownName if chosen else UnknownKey
        known = listed(_names(self.owner))
        is_long = len(known) > KNOWN_LENGTH_MAX and (self.meant or self._home())
        return kind(
            f"{owner} has no {'choice' if chosen else 'key'} {quoted(self.path[-1])}",
            where=self._where(self.path),
            why="Nothing reads it, so it would have no effect." if is_long else f"Known here: {known}.",
            fix=self._instead(),
        )

    def _instead(self) -> str:
        if self.meant:
            return f"Did you mean `{self.meant[-1]}`?"
        if home := self._home():
            return f"It belongs below `{dotted(home)}`: move it there."
        return "Remove it, or use one of these."

    def _home(self) -> Keys | None:
        return _home(self.model, str(self.path[-1]))

    def _missing(self) -> ShipwayError:
        name = str(self.path[-1])
        return MissingKey(
            f"`{dotted(self.path)}` is missing",
            where=self._where(self.path[:-1]),
            why="It has no default.",
            fix=f"Add `{name}: {_example(self.owner, name)}`.",
        )

    def _no_such_word(self) -> ShipwayError:
        written = self.found["input"]
        known = _words(self.owner, str(self.path[-1]))
        meant = nearest(written, known) if isinstance(written, str) else None
        return UnknownName(
            f"{dotted(self.path)}: {quoted(written)} is not known",
            where=self._where(self.path),
            why=f"Known here: {listed(known)}.",
            fix=f"Did you mean `{meant}`?" if meant else f"Write `{known[0]}`, or another of these.",
        )

    def _wrong_kind(self, kind: str) -> ShipwayError:
        wanted, why, fix = KINDS[kind]
        what = f"{dotted(self.path)}: {quoted(self.found['input'])} stands where {wanted} belongs"
        return WrongValue(what.removeprefix(": "), where=self._where(self.path), why=why, fix=fix)

    def _where(self, path: Keys) -> str:
        """The place of the path, or of the nearest thing above it that is written."""
        while path and path not in self.tree.values:
            path = path[:-1]
        is_key = self.found["type"] in ("extra_forbidden", "missing")
        places = self.tree.places if is_key else self.tree.values
        line, column = places.get(path, (1, 1))
        return f"{self.file}:{line}:{column}"


def dotted(path: Keys) -> str:
    """`canary.stages[2]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _fields(model: type[Section]) -> dict[str, Any]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _names(model: type[Section]) -> list[str]:
    return list(_fields(model))


def _model_at(model: type[Section], path: Keys) -> type[Section]:
    """The section that a path of pydantic's leads to."""
    for part in path:
        field = _fields(model).get(str(part))
        found = section_of(field.annotation) if field else None
        if found is None:
            break
        model = found
    return model


def section_of(annotation: Any) -> type[Section] | None:
    """The section in `Section` or `Section | None`."""
    parts = getattr(annotation, "__args__", (annotation,))
    return next((part for part in parts if isinstance(part, type) and issubclass(part, Section)), None)


def _words(model: type[Section], name: str) -> tuple[str, ...]:
    annotation = _fields(model)[name].annotation
    parts = annotation.__args__
    words: tuple[str, ...] = getattr(parts[0], "__args__", parts)
    return words


def _home(model: type[Section], name: str, path: Keys = ()) -> Keys | None:
    """The section that does have this key."""
    for key, field in _fields(model).items():
        section = section_of(field.annotation)
        if section is None:
            continue
        if name in _names(section):
            return (*path, key)
        if found := _home(section, name, (*path, key)):
            return found
    return None


def _example(model: type[Section], name: str) -> str:
    return str((_fields(model)[name].examples or ["…"])[0])
