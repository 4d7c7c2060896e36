"""Where the commands of flags read and change them: a file, or a server."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from shipway.cli.shell.flag_server import address_of
from shipway.errors import UnknownName
from shipway.flags.documents import document_of, text_of
from shipway.flags.model import Json
from shipway.flags.remote.api import Api, named
from shipway.flags.state import Document, State, state_of
from shipway.home import Home
from shipway.spec.nearest import listed, nearest

if TYPE_CHECKING:
    from shipway.flags.database import DatabaseSource

TRAIL = 5
Keys = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a change."""

    flag: str
    waits: str | None = None
    """The proposal that waits for a second person."""
    version: int | None = None


class Desk(Protocol):
    """Flags that a person looks at and changes."""

    @property
    def place(self) -> str:
        """What people call it."""

    def document(self) -> Document:
        """All entries. Raises `ShipwayError`."""

    def set(self, flag: str, values: Mapping[Keys, Json], reason: str, *, makes: bool) -> Result:
        """Write values below a flag's keys; `makes` it where it is not there. Raises `ShipwayError`."""

    def trail(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """Its last changes, where they are known."""

    def exposures(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """Who got which answer in the last week, where that is counted."""


@dataclass(frozen=True)
class FileDesk:
    """A file of flags."""

    path: Path

    @property
    def place(self) -> str:
        """The file's name."""
        return str(self.path)

    def document(self) -> Document:
        """What the file says."""
        from shipway.flags.load import read

        return document_of(read(self.path), file=str(self.path))

    def set(self, flag: str, values: Mapping[Keys, Json], reason: str, *, makes: bool) -> Result:
        """Change the characters of these values, and no others."""
        if not makes:
            entry(self.document(), flag)
        from shipway.flags.load import parse_flags, read
        from shipway.flags.source import FileSource, changed

        changes = {
            ("features", flag, *keys): json.dumps(value, ensure_ascii=False) for keys, value in values.items()
        }
        parse_flags(changed(read(self.path), changes), file=self.place)
        FileSource(self.path).write(changes)
        return Result(flag=flag)

    def trail(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """A file's changes are where it is kept."""
        return ()

    def exposures(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """Nobody is told of what is answered from a file."""
        return ()


@dataclass(frozen=True)
class ServerDesk:
    """A flag server."""

    api: Api

    @property
    def place(self) -> str:
        """Its address."""
        return self.api.address.url

    def document(self) -> Document:
        """What the server says now."""
        return document_of(str(self.api.ask("GET", "/export").content), file=self.place)

    def set(self, flag: str, values: Mapping[Keys, Json], reason: str, *, makes: bool) -> Result:
        """One request, so that nothing stands between a kill and its effect."""
        body: dict[str, Json] = {}
        for keys, value in values.items():
            here = body
            for key in keys[:-1]:
                here = here.setdefault(key, {})
            here[keys[-1]] = value
        query = {"reason": reason} if reason else {}
        is_new = makes and all(one["name"] != flag for one in self.api.ask("GET", "/flags").content)
        said = self.api.ask("PUT" if is_new else "PATCH", named("/flags", flag), body=body, query=query)
        waits = said.content["id"] if said.status == 202 else None
        return Result(flag=flag, waits=waits, version=said.content.get("version"))

    def trail(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """From the audit trail."""
        found = self.api.ask("GET", "/audit", query={"name": flag, "limit": str(TRAIL)}).content
        return [one for one in found if one["kind"] == "features"]

    def exposures(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """What programs have told the server."""
        return [one for one in self.api.ask("GET", "/exposures").content if one["flag"] == flag]


@dataclass(frozen=True)
class DatabaseDesk:
    """A flag server's database, without the server: to look at."""

    url: str
    environment: str | None

    @property
    def place(self) -> str:
        """Its address."""
        from shipway.flags.database import shown

        return shown(self.url)

    def document(self) -> Document:
        """What it says now."""
        return self._source().state().document

    def set(self, flag: str, values: Mapping[Keys, Json], reason: str, *, makes: bool) -> Result:
        """Always raises: who changes what goes through the server."""
        self._source().write({("features", flag, *keys): json.dumps(value) for keys, value in values.items()})

    def trail(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """The server tells it."""
        return ()

    def exposures(self, flag: str) -> Sequence[Mapping[str, Json]]:
        """The server tells them."""
        return ()

    def _source(self) -> "DatabaseSource":
        from shipway.flags.database import DatabaseSource

        return DatabaseSource(self.url, self.environment)


def desk(server: str | None, file: Path | None, environment: str | None, home: Home) -> Desk:
    """The file or the server that is meant; a file that is named comes before a server that is not."""
    address = None if file is not None else address_of(server, environment, home)
    if address is not None:
        return ServerDesk(Api(address))
    from shipway.flags.client import is_database
    from shipway.flags.load import named as named_here

    found = file or named_here(Path.cwd())
    return DatabaseDesk(str(found), environment) if is_database(str(found)) else FileDesk(Path(found))


def entry(document: Document, flag: str) -> Json:
    """What is said of a flag. Raises `UnknownName`."""
    features = document["features"]
    if flag in features:
        return features[flag]
    meant = nearest(flag, list(features))
    raise UnknownName(
        f"there is no flag `{flag}`",
        where="features",
        why=f"Known are {listed(sorted(features))}."
        if 0 < len(features) <= 8
        else "`shipway flags list` has all.",
        fix=f"Did you mean `{meant}`?" if meant else "Take one of those.",
    )


def state(found: Desk) -> State:
    """The flags, ready to be asked."""
    return state_of(found.document())


def text(found: Desk) -> str:
    """A file's text."""
    return text_of(found.document())
