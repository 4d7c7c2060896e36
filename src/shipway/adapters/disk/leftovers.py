"""Files of one service that nothing needs any more. Finding them changes nothing."""

import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from shipway.adapters.replicas.records import Records, plain
from shipway.home import Home
from shipway.model.revision import RevisionId

GONE_LOGS_BYTES_MAX = 100_000_000
"""Of one service: logs of replicas that are gone, the newest of them."""
TEMPORARY = re.compile(r"^\..+\.\d+\.\d+$")
"""What `durable.replace` writes before it renames; one that is left belongs to a process that died there."""
TEMPORARY_SECONDS = 3_600.0
CHECKLIST_SECONDS = 30 * 86_400.0

PROXIES = ("envoy", "haproxy", "nginx")
"""Whose folders below the home have one for each service."""


class Leftover(Struct, frozen=True, kw_only=True):
    """A file or folder that may go."""

    path: str
    what: str
    """`logs`, `files`, `counts`, `preparation`, `checklist` or `temporary`."""
    bytes: int
    revision: str = ""
    """Whose it is, as part of a path."""


def leftovers(home: Home, service: str, kept: Collection[RevisionId]) -> tuple[Leftover, ...]:
    """All of them; `kept` are the revisions that stay. Those that still have replicas are left alone too."""
    records = Records(home.path, service)
    running = records.replicas()
    stay = {*kept, *(record.revision for record in running)}
    names = {*stay, *map(plain, stay)}
    return (
        *_folders(home, records, service, names),
        *_preparations(records, names),
        *_checklists(home, service, names),
        *_logs(records, names, {record.id for record in running}),
        *_temporary((home.service(service), *(home.path / proxy / "services" / service for proxy in PROXIES))),
    )


def _folders(home: Home, records: Records, service: str, names: Collection[str]) -> Iterator[Leftover]:
    places = {"files": home.files(service), "counts": records.jobs_directory, "logs": records.logs_directory}
    for what, place in places.items():
        for folder in sorted(place.glob("*")):
            if folder.name not in names:
                yield Leftover(path=str(folder), what=what, bytes=size_of(folder), revision=folder.name)


def _preparations(records: Records, names: Collection[str]) -> Iterator[Leftover]:
    for record in records.preparations():
        name = plain(record.revision)
        if name not in names:
            for path in (records.preparations_directory / f"{name}.json", records.result_path(record)):
                yield Leftover(path=str(path), what="preparation", bytes=size_of(path), revision=name)


def _checklists(home: Home, service: str, names: Collection[str]) -> Iterator[Leftover]:
    """Of revisions that are not kept; one that is to be deployed soon is not kept yet."""
    before = time.time() - CHECKLIST_SECONDS
    for path in sorted(home.checklist(service, "*").parent.glob("*.json")):
        if path.stem not in names and -_age(path) < before:
            yield Leftover(path=str(path), what="checklist", bytes=size_of(path), revision=path.stem)


def _logs(records: Records, names: Collection[str], running: Collection[str]) -> Iterator[Leftover]:
    """The oldest of replicas that are gone, where a revision that stays was started again and again."""
    left = GONE_LOGS_BYTES_MAX
    found = [path for name in names for path in (records.logs_directory / name).glob("*.log*")]
    for path in sorted(set(found), key=_age):
        if path.name.partition(".log")[0] in running:
            continue
        left -= (size := size_of(path))
        if left < 0:
            yield Leftover(path=str(path), what="logs", bytes=size, revision=path.parent.name)


def _age(path: Path) -> float:
    """The newest first; one that went meanwhile last."""
    try:
        return -path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _temporary(places: Iterable[Path]) -> Iterator[Leftover]:
    before = time.time() - TEMPORARY_SECONDS
    for path in (path for place in places for path in place.rglob(".*")):
        if TEMPORARY.match(path.name) and -_age(path) < before:
            yield Leftover(path=str(path), what="temporary", bytes=size_of(path))


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    try:
        if path.is_dir():
            return sum(size_of(one) for one in path.iterdir())
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def remove(found: Iterable[Leftover], *, said: Callable[[str], None]) -> int:
    """Returns how many bytes went. What cannot be removed is said, and tried again the next time."""
    freed = 0
    for leftover in found:
        path = Path(leftover.path)
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            said(f"{path} cannot be removed: {error.strerror or error}")
            continue
        freed += leftover.bytes
    return freed
