"""Which kept revisions a service still stands on, and which may go."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from shipway.engine.state import ServiceState
from shipway.model.command import Command, Deploy, Rollback
from shipway.model.revision import RevisionId


def needed(state: ServiceState, waiting: Iterable[Command]) -> Mapping[RevisionId, str]:
    """Why each revision that is needed may not go; `waiting` are commands that nobody has read yet."""
    found: dict[RevisionId, str] = {}
    for revision, why in _needs(state, waiting):
        if revision is not None:
            found.setdefault(revision, why)
    return found


def _needs(state: ServiceState, waiting: Iterable[Command]) -> Iterator[tuple[RevisionId | None, str]]:
    if state.run:
        yield state.run.plan.candidate, "is being released"
        yield state.run.plan.base, "a take-back ends here"
    yield state.proven, "was live; the service is down" if state.is_down else "is live"
    yield state.former, "`shipway rollback` returns to it"
    for revision in state.rest.capacity:
        yield revision, "serves"
    yield state.agenda.revision, "its schedule is in force"
    for job in state.agenda.open:
        yield job.revision, "a job of it is open"
    for command in (*(queued for _, _, queued in state.queue), *waiting):
        if isinstance(command, Deploy | Rollback) and command.release is not None:
            yield command.release.revision, "waits to be released"


def standing(
    kept: Sequence[RevisionId], *, keep: int, needed: Mapping[RevisionId, str]
) -> Mapping[RevisionId, str]:
    """Why each revision stays; one that is not in it may go.

    `kept` is in the order in which they came: of 1 2 3 4 with 2 to keep and 1 needed, 2 goes.
    """
    newest = dict.fromkeys(kept[-keep:], f"one of the newest {keep}" if keep > 1 else "the newest")
    return {name: why for name in kept if (why := needed.get(name) or newest.get(name, ""))}
