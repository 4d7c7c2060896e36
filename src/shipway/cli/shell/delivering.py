"""Gathers what the journal, git and the recordings know of a period."""

import time
from collections.abc import Sequence
from pathlib import Path

from shipway.adapters.commits import Commits
from shipway.cli.render.words import version_of
from shipway.cli.shell import reading
from shipway.cli.shell.commands import WrongWords
from shipway.engine.past_of import past_of
from shipway.engine.state import PAST_MAX, ServiceState
from shipway.errors import ShipwayError
from shipway.home import Home
from shipway.model.event import RunEnded
from shipway.model.past import Past
from shipway.model.recording import Total
from shipway.reports.delivery import Delivery, Known, delivery
from shipway.spec import units
from shipway.spec.problems import Wrong
from shipway.spec.recordings import recordings

USUAL = "90d"


def delivered(home: Home, service: str, since: str, *, folder: Path) -> Delivery:
    """Of the time until now; commits are those of the repository around `folder`. Raises `ShipwayError`."""
    now = time.time()
    state = reading.state(home, service)
    past = _runs(state, now)
    period = (now - _seconds(since), now)
    wanted = [run for run in past if run.started_at >= period[0]]
    known = Known(commits=_commits(wanted, folder), counts=_counts(home, service, wanted))
    return delivery(service, past, known, period=period, is_full=len(state.past) == PAST_MAX)


def drawn(found: Delivery, path: Path) -> None:
    """Write the picture. Raises `ShipwayError`."""
    from shipway.reports.delivery_picture import drawn as picture

    if path.suffix != ".svg":
        raise ShipwayError(
            f"`{path.name}` is no name of a picture of a period",
            where="--picture",
            why="The figures of a period are drawn as SVG.",
            fix=f"Write --picture {path.with_suffix('.svg')}.",
        )
    try:
        path.write_text(picture(found), encoding="utf-8")
    except OSError as error:
        raise ShipwayError(
            f"{path} cannot be written", where="--picture", why=f"{error.strerror}.", fix="Name another place."
        ) from error


def _runs(state: ServiceState, now: float) -> Sequence[Past]:
    """All that ended, and the one under way as far as it has come."""
    under_way = [past_of(state.run, RunEnded(outcome="releasing"), at=now)] if state.run else []
    return [*state.past, *under_way]


def _seconds(since: str) -> float:
    try:
        return units.seconds_positive(since)
    except Wrong as error:
        raise WrongWords(
            f"`--since {since}` is no time to look back", where="--since", why=error.why, fix="Write --since 30d."
        ) from error


def _commits(runs: Sequence[Past], folder: Path) -> dict[int, tuple[float, ...]]:
    git = Commits(folder)
    return {
        run.id: git.times(version_of(run.base) if run.base else None, version_of(run.candidate)) for run in runs
    }


def _counts(home: Home, service: str, runs: Sequence[Past]) -> dict[int, Total]:
    """What each candidate that was taken back was sent, where that was recorded."""
    found = {}
    for run in runs:
        path = home.recordings(service) / f"{run.candidate}-{run.id}.jsonl"
        if run.turned_at is not None and path.exists():
            looks = recordings(path)[-1].looks
            found.update({run.id: looks[-1].candidate} if looks else {})
    return found
