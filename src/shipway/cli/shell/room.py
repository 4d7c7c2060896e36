"""Whether the disk has room for a release."""

from shipway.adapters.disk.room import free_bytes
from shipway.adapters.supervisor.log_keeper import BACKUPS, LOG_MAX_BYTES
from shipway.cli.render.findings import Finding
from shipway.cli.render.words import plural, size
from shipway.errors import Exit, ShipwayError
from shipway.home import Home
from shipway.model.plan import Plan

RELEASE_BYTES = 32_000_000
"""Without so much no release begins: journal, configuration of Envoy and supervisor, a few lines of each log."""
LOGS_BYTES = LOG_MAX_BYTES * (BACKUPS + 1)
"""What the log of one replica may take, with its backups."""
FIX = "Make room, let `shipway prune` show what may go, or set SHIPWAY_HOME to another disk."


class NoRoom(ShipwayError):
    """Too little is free on the disk of SHIPWAY_HOME for a release to be written down."""

    code = "no-room"
    exit_code = Exit.REFUSED


def peak(plan: Plan) -> int:
    """The most replicas that run at once."""
    return max(sum(stage.capacity.values()) for stage in plan.stages)


def require_room(home: Home) -> None:
    """Raises `NoRoom` where a release could not be written down to its end."""
    free = free_bytes(home.path)
    if free < RELEASE_BYTES:
        raise NoRoom(
            f"Only {size(free)} are free, and a release needs {size(RELEASE_BYTES)}",
            where=str(home.path),
            why="Every step is written down before it is taken; on a full disk the release would stop halfway.",
            fix=FIX,
        )


def room(home: Home, replicas: int) -> Finding:
    """Whether logs have room as far as they may grow."""
    try:
        require_room(home)
    except NoRoom as error:
        return Finding.of("disk", error)
    free, most = free_bytes(home.path), RELEASE_BYTES + replicas * LOGS_BYTES
    if free >= most:
        return Finding(name="disk", is_fine=True, said=f"{size(free)} free for {home.path}")
    return Finding(
        name="disk",
        is_fine=False,
        said=f"{size(free)} are free, and logs of {plural(replicas, 'replica')} may grow to {size(most)}",
        where=str(home.path),
        why="A log has up to four parts of 10 MB; once the disk is full, no release goes on.",
        fix=FIX,
    )
