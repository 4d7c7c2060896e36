"""What completes a word, asked at each press of Tab. A store that cannot be read completes nothing."""

from typing import TYPE_CHECKING

from shipway.errors import ShipwayError
from shipway.home import find

if TYPE_CHECKING:
    from cyclopts.completion import CompletionContext


def services(context: "CompletionContext") -> list[str]:
    """Every service that was ever deployed."""
    from shipway.cli.shell.services import all_services

    try:
        return all_services(find())
    except ShipwayError:
        return []


def versions(context: "CompletionContext") -> list[tuple[str, str]]:
    """Versions that were shipped before, the newest first."""
    return [(kept.revision.version, f"revision {kept.number}") for kept in _revisions(context)]


def numbers(context: "CompletionContext") -> list[tuple[str, str]]:
    """Kept revisions by number."""
    return [(str(kept.number), kept.revision.version) for kept in _revisions(context)]


def stages(context: "CompletionContext") -> list[tuple[str, str]]:
    """The rows of the plan under way, up to the current one."""
    from shipway.cli.shell.services import seen

    try:
        view = seen(find(), _service(context))
    except ShipwayError:
        return []
    rows = view.run.plan.stages[: view.run.row + 1] if view and view.run else ()
    return [(str(number), stage.name) for number, stage in enumerate(rows)]


def _service(context: "CompletionContext") -> str:
    """Raises `ShipwayError` where nothing says which one is meant."""
    from shipway.cli.shell.services import chosen

    given = context.get("--service")
    return chosen(find(), str(given.value) if given is not None and given.value else None)


def _revisions(context: "CompletionContext"):  # type: ignore[no-untyped-def]
    from shipway.cli.shell.reading import revisions

    try:
        return tuple(reversed(revisions(find(), _service(context))))
    except ShipwayError:
        return ()
