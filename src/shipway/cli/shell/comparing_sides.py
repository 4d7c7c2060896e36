"""Finds the recording of a release, with what people call its versions and metrics."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from shipway.cli.render.side_by_side import Report
from shipway.cli.render.words import version_of
from shipway.cli.shell import reading
from shipway.cli.shell.analyzing import save
from shipway.cli.shell.replaying import chosen
from shipway.engine.analyze import analyze
from shipway.engine.side_by_side import side_by_side
from shipway.engine.state import ServiceState
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model.metric import Metric
from shipway.model.policy import Guard
from shipway.model.recording import Recording
from shipway.model.release import Release
from shipway.model.revision import RevisionId
from shipway.spec.recordings import recordings


def compared(home: Home, service: str, name: str | None, *, now: float) -> Report:
    """Of the newest recording, or of the one of that name. Raises `ShipwayError` where there is none."""
    recording = _recording(home, service, name)
    state = reading.state(home, service)
    candidate, _, run = recording.name.rpartition("-")
    base = _base(state, int(run)) if run.isdecimal() else None
    return Report(
        service=service,
        recording=recording,
        stable=version_of(base) if base else "former",
        candidate=version_of(RevisionId(candidate)),
        is_open=state.run is not None and str(state.run.id) == run and state.run.back is None,
        found=side_by_side(recording, _metrics(home, service, RevisionId(candidate))),
    )


def drawn(report: Report, path: Path) -> None:
    """The picture of `shipway analyze`: the error ratio and the latencies over time. Raises `ShipwayError`."""
    save(asyncio.run(analyze(report.recording, Guard())), path)


def _recording(home: Home, service: str, name: str | None) -> Recording:
    files = sorted(home.recordings(service).glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
    if not files:
        raise ShipwayError(
            f"No release of {service} was recorded yet.",
            where=str(home.recordings(service)),
            why="A release is recorded while two versions have users.",
            fix="`shipway deploy VERSION --strategy experiment` begins one.",
        )
    if name is None:
        return recordings(files[-1])[-1]
    return chosen([one for file in files for one in recordings(file)], name)[-1]


def _base(state: ServiceState, run: int) -> RevisionId | None:
    if state.run is not None and state.run.id == run:
        return state.run.plan.base
    return next((past.base for past in state.past if past.id == run), None)


def _metrics(home: Home, service: str, candidate: RevisionId) -> Sequence[Metric]:
    """As the release defined them; nothing where its revision is not kept any more."""
    kept = next((one for one in reading.revisions(home, service) if one.revision.id == candidate), None)
    return msgspec.json.decode(kept.release, type=Release).guard.metrics if kept and kept.release else ()
