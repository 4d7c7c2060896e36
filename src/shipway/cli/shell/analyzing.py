"""Reads both sides of a comparison, and writes its picture."""

from pathlib import Path

from shipway.cli.render import analysis as render
from shipway.cli.render.picture import chart
from shipway.engine.analyze import Analysis
from shipway.errors import Exit, ShipwayError
from shipway.model.recording import Recording
from shipway.model.verdict import Kind, Severity
from shipway.spec.sides import of_one, of_two

PICTURES = (".html", ".svg", ".png")


def read(stable: Path, candidate: Path | None) -> Recording:
    """Two versions' files, or a recording of both. Raises `WrongRecording`."""
    return of_one(stable) if candidate is None else of_two(stable, candidate)


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
