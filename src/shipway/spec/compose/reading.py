"""A service of a Compose file, with what it refers to. Everything that is wrong with it is said at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shipway.errors import ShipwayError, UnknownName
from shipway.spec.compose.interpolation import interpolated
from shipway.spec.compose.keeping import kept, left, refused
from shipway.spec.compose.project import Project, name_of
from shipway.spec.compose.service import Service
from shipway.spec.compose.variables import variables_of
from shipway.spec.fields import Section
from shipway.spec.nearest import listed, nearest
from shipway.spec.problems import FileMissing, InputErrors, NotYaml, Wrong
from shipway.spec.tree import Data, Keys, Place, Tree, parse

Part = TypeVar("Part", bound=Section)
SHARED = ("networks", "volumes", "secrets", "configs")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which service, and how it is read."""

    path: Path
    service: str
    environ: Mapping[str, str]
    """Of the shell; what `${NAME}` stands for."""
    variables: Mapping[str, str]
    """Of the release file; they win."""
    without: Sequence[str] = ()
    """Keys of the service that may go."""
    has_image: bool = False
    """The release file names another."""


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A service that is valid in itself, and where each part of it is written."""

    path: Path
    name: str
    service: Service
    project: Project
    left: tuple[str, ...]
    """Keys that others read, each with who."""
    is_named: bool
    """Whether something says what the project is called, and its folder's name is not a guess."""
    places: Mapping[Keys, Place]

    @property
    def folder(self) -> Path:
        """Which relative paths in the file are relative to."""
        return self.path.absolute().parent

    def where(self, *keys: str | int) -> str:
        """`compose.yaml:12:3` for a part of the service, or the nearest one above it."""
        return _where(self.path, self.places, ("services", self.name, *keys))

    def error(self, wrong: Wrong) -> ShipwayError:
        """What is wrong, at its place in the file."""
        return _error(wrong, self.path, self.places, ("services", self.name, *wrong.at))


def read(asked: Asked) -> Composed:
    """Raises `InputErrors` with all that is wrong."""
    try:
        tree = parse(_text(asked.path), file=str(asked.path))
        data = tree.data if isinstance(tree.data, dict) else {}
        service = _service(asked, tree, data)
    except ShipwayError as error:
        raise InputErrors([error], file=str(asked.path)) from error
    filling = _Filling(asked, tree, variables_of(asked.path.absolute().parent, asked.environ, asked.variables))
    found = filling.composed(data, service)
    if filling.errors or found is None:
        raise InputErrors(filling.errors, file=str(asked.path))
    return found


def _service(asked: Asked, tree: Tree, data: dict[str, Data]) -> dict[str, Data]:
    services = data.get("services")
    known = [name for name, one in services.items() if isinstance(one, dict)] if isinstance(services, dict) else []
    if isinstance(services, dict) and asked.service in known:
        found = services[asked.service]
        assert isinstance(found, dict)
        return found
    meant = nearest(asked.service, known)
    raise UnknownName(
        f"There is no service `{asked.service}` in {asked.path.name}",
        where=_where(asked.path, tree.places, ("services",)),
        why=f"Known here: {listed(known)}." if known else "It has no services.",
        fix=f"Did you mean `{meant}`?" if meant else "Write `service:` with one of these.",
    )


class _Filling:
    """Notes what is wrong, and goes on."""

    def __init__(self, asked: Asked, tree: Tree, variables: Mapping[str, str]) -> None:
        self.asked, self.tree, self.variables = asked, tree, variables
        self.errors: list[ShipwayError] = list(tree.errors)

    def composed(self, data: dict[str, Data], written: dict[str, Data]) -> Composed | None:
        path, without = ("services", self.asked.service), self.asked.without
        for wrong in refused(written, without, has_image=self.asked.has_image):
            self._note(wrong, (*path, *wrong.at))
        service = self._section(Service, self._filled(kept(written, without), path), path)
        project = self._section(Project, self._project(data), ())
        if service is None or project is None:
            return None
        variables = {key: self.variables.get(key) if text is None else text for key, text in _environment(service)}
        return Composed(
            path=self.asked.path,
            name=self.asked.service,
            service=service.model_copy(
                update={"environment": {k: v for k, v in variables.items() if v is not None}}
            ),
            project=project,
            left=left(written),
            is_named=bool(data.get("name") or self.variables.get("COMPOSE_PROJECT_NAME")),
            places=self.tree.places,
        )

    def _project(self, data: dict[str, Data]) -> dict[str, object]:
        shared = {key: self._filled(data[key], (key,)) for key in SHARED if data.get(key)}
        name = self._filled(data.get("name"), ("name",)) or self.variables.get("COMPOSE_PROJECT_NAME")
        named = {key: _named(part) for key, part in shared.items()}
        return {**named, "name": name or name_of(self.asked.path.parent)}

    def _filled(self, part: object, path: Keys) -> object:
        match part:
            case str():
                return self._text(part, path)
            case dict():
                return {key: self._filled(value, (*path, key)) for key, value in part.items()}
            case list():
                return [self._filled(value, (*path, index)) for index, value in enumerate(part)]
            case _:
                return part

    def _text(self, text: str, path: Keys) -> str:
        if "$" not in text:
            return text
        try:
            return interpolated(text, self.variables)
        except Wrong as wrong:
            self._note(wrong, path)
            return text

    def _section(self, model: type[Part], data: object, path: Keys) -> Part | None:
        from pydantic import ValidationError

        from shipway.spec.complaints import explain

        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.errors += explain(error, _below(self.tree, path), model=model, file=str(self.asked.path))
            return None

    def _note(self, wrong: Wrong, path: Keys) -> None:
        self.errors.append(_error(wrong, self.asked.path, self.tree.places, path))


def _environment(service: Service) -> list[tuple[str, str | None]]:
    return list(service.environment.items())


def _named(part: object) -> object:
    """A name with nothing after it is one with defaults; keys of nobody's are left out."""
    if not isinstance(part, dict):
        return part
    return {
        name: {key: value for key, value in (one or {}).items() if not key.startswith("x-")}
        for name, one in part.items()
        if one is None or isinstance(one, dict)
    }


def _below(tree: Tree, path: Keys) -> Tree:
    depth = len(path)
    places = {keys[depth:]: place for keys, place in tree.places.items() if keys[:depth] == path}
    values = {keys[depth:]: place for keys, place in tree.values.items() if keys[:depth] == path}
    return Tree(None, places, values)


def _error(wrong: Wrong, path: Path, places: Mapping[Keys, Place], keys: Keys) -> ShipwayError:
    from shipway.spec.complaints import dotted

    what = f"{dotted(keys[2:] if keys[0] == 'services' else keys)}: {wrong.what}"
    return wrong.error(what, where=_where(path, places, keys), why=wrong.why, fix=wrong.fix)


def _where(path: Path, places: Mapping[Keys, Place], keys: Keys) -> str:
    while keys and keys not in places:
        keys = keys[:-1]
    line, column = places.get(keys, (1, 1))
    return f"{path}:{line}:{column}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotYaml("The file is not UTF-8 text", where=f"{path}:1:1", fix="Save it as UTF-8.") from error
    except OSError as error:
        raise FileMissing(
            f"{path} cannot be read",
            where=str(path.absolute()),
            why=f"{error.strerror}.",
            fix="Correct the path; it is relative to the release file's folder.",
        ) from error
