"""Gathers evidence: the journal, kept releases, recordings, and pipelines around a folder."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from shipway.adapters.pipelines.found import pipelines
from shipway.cli.render.words import version_of
from shipway.cli.shell import reading
from shipway.cli.shell.services import FILE, all_services, chosen, of_file
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model.release import Release
from shipway.ports.revisions import Kept
from shipway.reports.maturity import Maturity, judged
from shipway.reports.maturity_evidence import Facts, Pipeline, evidence


def matured(home: Home, service: str, *, folder: Path) -> Maturity:
    """Of a service, with the pipelines of the repository in `folder`. Raises `ShipwayError`."""
    kept = reading.revisions(home, service)
    recordings = sorted(home.recordings(service).glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    facts = Facts(
        past=reading.state(home, service).past,
        releases={one.revision.id: release for one in kept if (release := _release(one))},
        paths={one.revision.id: _paths(one) for one in kept},
        recorded=[version_of(path.stem.rpartition("-")[0]) for path in recordings],
        pipelines=[
            Pipeline(where=one.where, command=one.command, is_automatic=one.is_automatic)
            for one in pipelines(folder)
        ],
    )
    return judged(service, evidence(facts))


def subject(home: Home, named: str | None, *, folder: Path) -> str:
    """Whose deployments are judged: a repository that never shipped anything here has its pipelines to show.

    Raises `ShipwayError` for a name that nothing was deployed under.
    """
    here = of_file(folder / FILE) if named is None else None
    if here is not None:
        return here
    if named is None and not all_services(home):
        return folder.resolve().name
    return chosen(home, named, folder=folder)


def written(path: Path, text: str, *, option: str) -> None:
    """Raises `ShipwayError` where the file cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ShipwayError(
            f"{path} cannot be written", where=option, why=f"{error.strerror}.", fix="Name another place."
        ) from error


def _release(kept: Kept) -> Release | None:
    """How it was shipped; none where another version of Shipway wrote it."""
    try:
        return msgspec.json.decode(kept.release, type=Release) if kept.release else None
    except msgspec.DecodeError:
        return None


def _paths(kept: Kept) -> tuple[str, str]:
    """Of readiness and liveness, where it was asked by HTTP."""
    return _path(kept.revision.health, "ready"), _path(kept.revision.health, "alive")


def _path(health: Mapping[str, object], name: str) -> str:
    probe = health.get(name)
    return str(probe.get("path") or "") if isinstance(probe, Mapping) else ""
