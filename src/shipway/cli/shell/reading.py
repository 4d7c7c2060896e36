"""Reads the store without waiting for anybody and without writing: no SQLAlchemy, no controller."""

from contextlib import ExitStack
from pathlib import Path

from shipway.adapters.stores.glance import Glance, glance
from shipway.engine.fold import fold
from shipway.engine.state import ServiceState
from shipway.home import Home
from shipway.model.event import Entry
from shipway.model.revision import Revision, RevisionId
from shipway.ports.revisions import Kept


def look(path: Path) -> Glance | None:
    """The store, brought up to date first where an older Shipway wrote it; none if there is none."""
    found = glance(path)
    if found is None and path.exists():
        from shipway.adapters.stores.sqlite import open_store

        open_store(path).close()
        found = glance(path)
    return found


def entries(home: Home, service: str, *, after: int = 0) -> tuple[Entry, ...]:
    """The service's journal."""
    with ExitStack() as stack:
        found = look(home.store)
        return stack.enter_context(found).entries(service, after=after) if found else ()


def revisions(home: Home, service: str) -> tuple[Kept, ...]:
    """Every kept revision, oldest first."""
    with ExitStack() as stack:
        found = look(home.store)
        return stack.enter_context(found).revisions(service) if found else ()


def state(home: Home, service: str) -> ServiceState:
    """The journal, folded."""
    return fold(ServiceState(service=service), entries(home, service))


def known(home: Home, service: str) -> dict[RevisionId, Revision]:
    """Every kept revision by id."""
    return {kept.revision.id: kept.revision for kept in revisions(home, service)}


def live(home: Home, service: str) -> Revision | None:
    """The revision that serves now."""
    found = state(home, service)
    return known(home, service).get(found.proven) if found.proven and not found.is_down else None
