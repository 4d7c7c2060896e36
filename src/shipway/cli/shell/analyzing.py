"""Reads both sides of a comparison, and writes its picture."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from shipway.cli.render import analysis as render
from shipway.cli.render.picture import chart
from shipway.cli.shell.past import recorded
from shipway.cli.shell.replaying import chosen
from shipway.engine.analyze import Analysis
from shipway.errors import Exit, ShipwayError
from shipway.model.past_release import PastRelease
from shipway.model.recording import Recording
from shipway.model.verdict import Kind, Severity
from shipway.spec import units
from shipway.spec.nearest import listed
from shipway.spec.problems import Wrong
from shipway.spec.recordings import SUFFIXES
from shipway.spec.sides import of_one, of_two

PICTURES = (".html", ".svg", ".png")


def read(sides: Sequence[str]) -> Recording:
    """Two versions' files, or a recording of both, with a release's name if it has many. Raises `ShipwayError`."""
    paths = [Path(side).expanduser() for side in sides]
    if len(paths) > 2:
        raise ShipwayError(
            f"{len(paths)} files are too many",
            where=" ".join(sides),
            why="Two versions are compared: one file for each, or one recording of both.",
            fix="Name the stable version's file first, then the candidate's.",
        )
    if len(paths) == 2 and (paths[1].exists() or paths[1].suffix in SUFFIXES):
        return of_two(paths[0], paths[1])
    release = sides[1] if len(sides) == 2 else None
    return _only(chosen(of_one(paths[0]), release, where=" ".join(sides)), paths[0])


def _only(found: Sequence[Recording], path: Path) -> Recording:
    if len(found) == 1:
        return found[0]
    raise ShipwayError(
        f"{path.name} holds {len(found)} releases",
        where=str(path),
        why=f"One is compared with what it replaced. Recorded are {listed([one.name for one in found])}.",
        fix=f"Add which: `shipway analyze {path.name} {found[-1].name}`. `shipway replay` judges all of them.",
    )


def read_prometheus(source: tuple[str, str], policy: Path | None, versions: Sequence[str]) -> Recording:
    """The last while of two versions. Raises `ShipwayError`."""
    url, during = source
    if policy is None or len(versions) != 2:
        raise ShipwayError(
            "Two versions and a release file are needed",
            where=f"--from {url}",
            why="Prometheus is asked for each version by the queries of that file.",
            fix="Write `shipway analyze 1.8.2 1.9.0 --from URL 30m --policy shipway.yaml`.",
        )
    try:
        seconds = units.seconds_positive(during)
    except Wrong as error:
        raise ShipwayError(error.what, where="--from", why=error.why, fix=error.fix) from error
    now, (stable, candidate) = time.time(), versions
    name = f"{candidate} against {stable}"
    past = PastRelease(name=name, stable=stable, candidate=candidate, start=now - seconds, end=now)
    return asyncio.run(recorded(url, policy, [past]))[0]


def exit_code(found: Analysis) -> Exit:
    """As if it had been a release: proven harm that goes back is 4."""
    goes_back = found.verdict.severity in (Severity.CRITICAL, Severity.HIGH)
    return Exit.ROLLED_BACK if found.verdict.kind == Kind.HARMFUL and goes_back else Exit.DONE


def save(found: Analysis, path: Path) -> None:
    """Write the picture in the form that its name asks for. Raises `ShipwayError`."""
    if path.suffix not in PICTURES:
        raise ShipwayError(
            f"`{path.name}` is no picture's name",
            where="--picture",
            why="What is written follows from how the name ends: .html, .svg or .png.",
            fix=f"Write --picture {path.with_suffix('.html')}.",
        )
    try:
        _write(found, path)
    except OSError as error:
        raise ShipwayError(
            f"{path} cannot be written", where="--picture", why=f"{error.strerror}.", fix="Name another place."
        ) from error


def _write(found: Analysis, path: Path) -> None:
    picture = chart(found)
    if path.suffix == ".png":
        from shipway.reports.png import save as save_png

        save_png(picture, path)
    elif path.suffix == ".svg":
        from shipway.reports.svg import drawn

        path.write_text(drawn(picture), encoding="utf-8")
    else:
        from shipway.reports.page import page

        verdict, healthy = render.sentence(found), found.verdict.kind == Kind.HEALTHY
        path.write_text(
            page(picture, verdict=verdict, is_healthy=healthy, rows=render.rows(found)), encoding="utf-8"
        )
