"""Which service a command is about, and what was seen of it. Nothing here is slow to load."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from shipway.errors import ShipwayError, UnknownName
from shipway.home import Home

if TYPE_CHECKING:
    from shipway.model.view import View

FILE = "shipway.yaml"
SERVICE = re.compile(r"^service:\s*[\"']?([a-z][a-z0-9-]*)[\"']?\s*(?:#.*)?$", re.MULTILINE)
BYTES_MAX = 100_000


class NoService(ShipwayError):
    """Nothing says which service is meant."""

    code = "no-service"


class Unreadable(ShipwayError):
    """What the controller left is not what this Shipway writes."""

    code = "status-unreadable"


def all_services(home: Home) -> list[str]:
    """Every service that was ever deployed here."""
    from shipway.adapters.stores.glance import glance

    with_store = glance(home.store)
    if with_store is None:
        return seen_services(home)
    with with_store as look:
        return list(look.services())


def seen_services(home: Home) -> list[str]:
    """Services that a controller has looked at, without asking the store."""
    return sorted(path.parent.name for path in (home.path / "services").glob("*/status.json"))


def chosen(home: Home, named: str | None, *, folder: Path | None = None) -> str:
    """The service that is named, or that of the release file here, or the only one. Raises `ShipwayError`."""
    known = all_services(home)
    if named is None:
        named = of_file((folder or Path()) / FILE) or (known[0] if len(known) == 1 else None)
    if named in known:
        return named
    raise unknown(home, named, known) if named else _none(known)


def of_file(path: Path) -> str | None:
    """The name that a release file gives its service, without judging the file."""
    try:
        with path.open("rb") as file:
            found = SERVICE.search(file.read(BYTES_MAX).decode("utf-8", errors="replace"))
    except OSError:
        return None
    return found[1] if found else None


def unknown(home: Home, named: str, known: list[str]) -> ShipwayError:
    """Nothing was ever deployed under this name."""
    from shipway.spec.nearest import nearest

    meant = nearest(named, known)
    return UnknownName(
        f"There is no service `{named}` here",
        where=f"SHIPWAY_HOME: {home.path}",
        why=f"Deployed here: {', '.join(known)}." if known else "Nothing was ever deployed here.",
        fix=f"Did you mean `{meant}`?" if meant else "`shipway deploy VERSION` ships a first version.",
    )


def _none(known: list[str]) -> NoService:
    return NoService(
        "Which service?",
        where=f"{FILE} is not in this folder, and no --service was given",
        why=f"Deployed here: {', '.join(known)}." if known else "Nothing was ever deployed here.",
        fix="Add `--service NAME`, or go to the folder of the release file.",
    )


def seen(home: Home, service: str) -> "View | None":
    """What the controller saw last; none before its first look. Raises `Unreadable`."""
    import msgspec

    from shipway.model.view import View

    path = home.status(service)
    try:
        return msgspec.json.decode(path.read_bytes(), type=View)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Unreadable(
            f"What is known of {service} cannot be read",
            where=str(path),
            why=f"{error.strerror}.",
            fix="Make it readable for you, or set SHIPWAY_HOME to a directory of yours.",
        ) from error
    except msgspec.DecodeError as error:
        raise Unreadable(
            f"What is known of {service} cannot be read",
            where=str(path),
            why=f"Another version of Shipway wrote it: {error}.",
            fix="`shipway serve` of this version writes it anew; what runs is not touched by this.",
        ) from error
