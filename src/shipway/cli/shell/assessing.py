"""Reads a change, with what is known of it here, and judges it.

Git works while what judges is loaded: nothing of that is imported up here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.git import reading as git
from shipway.adapters.git import revisions
from shipway.adapters.git.revisions import Range
from shipway.errors import ShipwayError

if TYPE_CHECKING:
    from shipway.assessment.assess import Assessment
    from shipway.assessment.change import Change
    from shipway.home import Home

REPORTS = ("coverage.xml", "cobertura.xml", "lcov.info", "coverage/lcov.info", "coverage/cobertura-coverage.xml")
REPORT_BYTES_MAX = 100_000_000
RELEASES = 10


class Asked(Struct, frozen=True, kw_only=True):
    """What is assessed, and by what."""

    range: str | None = None
    repository: Path = Path()
    rules: Path | None = None
    coverage: Path | None = None
    service: str | None = None


class Assessed(Struct, frozen=True, kw_only=True):
    """What came out, of which change."""

    range: Range
    change: "Change"
    assessment: "Assessment"


def assessed(home: "Home", asked: Asked) -> Assessed:
    """Raises `ShipwayError`."""
    past = _past(home, asked.service)
    found = revisions.ranged(asked.repository, asked.range, live=past.live)
    report, covered = _covered(asked.coverage, found)
    reading = git.Reading(found, with_lines=bool(covered))
    try:
        from shipway.assessment.assess import assess
        from shipway.cli.shell import assessing_rules

        rules = assessing_rules.rules_of(asked.rules, found.root)
        change = reading.change(assessing_rules.wanted(rules), covered=covered, report=report)
    finally:
        reading.end()
    if past.taken_back:
        change = replace(change, taken_back=_taken_back(found.root, past), releases=past.releases)
    return Assessed(range=found, change=change, assessment=assess(change, rules))


# What Shipway knows of earlier releases


class Past(Struct, frozen=True, kw_only=True):
    """Of the service, by its journal."""

    live: str | None = None
    releases: int = 0
    taken_back: Mapping[str, str | None] = {}
    """Versions that were taken back, with what they replaced."""


def _past(home: "Home", service: str | None) -> Past:
    from shipway.cli.shell.services import FILE, chosen, of_file

    name = chosen(home, service) if service else of_file(Path(FILE))
    if name is None or not home.store.exists():
        return Past()
    from shipway.cli.shell import reading

    state, known = reading.state(home, name), reading.known(home, name)
    past = [one for one in state.past if one.candidate in known][-RELEASES:]
    back = {
        known[one.candidate].version: known[one.base].version if one.base in known else None
        for one in past
        if one.outcome == "rolled-back"
    }
    live = known[state.proven].version if state.proven in known and not state.is_down else None
    return Past(live=live, releases=len(past), taken_back=back)


def _taken_back(root: Path, past: Past) -> dict[str, tuple[str, ...]]:
    """What each of them had changed, where the tags of both versions are there."""
    found = {}
    for version, before in past.taken_back.items():
        tags = [revisions.tag_of(root, one) for one in (before, version) if one]
        both = [tag[1] for tag in tags if tag]
        found[version] = git.paths_between(root, both[0], both[1]) if len(both) == 2 else ()
    return found


# Coverage


class NotAReport(ShipwayError):
    """A file is no report of coverage."""

    code = "coverage-report"


def _covered(path: Path | None, found: Range) -> tuple[str, Mapping[str, Mapping[int, bool]] | None]:
    """The report that is named, or one of the usual names that is not older than the newest commit."""
    chosen = path or next((found.root / name for name in REPORTS if _is_fresh(found, found.root / name)), None)
    if chosen is None:
        return "", None
    from shipway.assessment.coverage import of_checkout, read

    try:
        if chosen.stat().st_size > REPORT_BYTES_MAX:
            raise ValueError("it is larger than 100 MB")
        said = read(chosen.read_text(encoding="utf-8", errors="replace"))
        kept = of_checkout(said, str(found.root), lambda name: Path(name).is_file())
        if said and not kept:
            raise ValueError("it is about files of another checkout")
        return chosen.name, kept
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise NotAReport(
            f"{chosen.name} is no report of coverage",
            where=str(chosen),
            why=f"It could not be read as Cobertura's XML or lcov's lines: {why}.",
            fix="Write one: `coverage xml`, `jest --coverage`, `gocover-cobertura`; or name it with --coverage.",
        ) from error


def _is_fresh(found: Range, path: Path) -> bool:
    from shipway.adapters.git.command import asked

    if not path.is_file():
        return False
    return path.stat().st_mtime >= int(asked(found.root, "log", "-1", "--format=%ct", found.head))
