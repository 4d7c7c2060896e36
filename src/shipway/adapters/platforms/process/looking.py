"""What a fleet looks like: records, processes and readiness put together. Pure."""

from collections.abc import Mapping, Sequence

from shipway.adapters.platforms.process.readiness import Readiness
from shipway.adapters.platforms.process.records import Mark, ReplicaRecord
from shipway.adapters.supervisor import Process
from shipway.model.fleet import Replica


def replica(record: ReplicaRecord, process: Process | None, readiness: Readiness | None) -> Replica:
    """One replica as it is now."""
    is_alive = process is not None and process.is_running
    is_stopping = record.stopping_since is not None
    since = readiness.since if readiness and is_alive and not is_stopping else None
    return Replica(
        id=record.id,
        revision=record.revision,
        address=record.address,
        alive=is_alive,
        ready=since is not None,
        ready_since=since,
        started_at=(process.started_at if process else 0.0) or record.created_at,
        restarts=process.restarts if process else 0,
        draining_since=record.draining_since,
        stale=process is not None and process.orphan,
        generation=record.generation,
        cold=readiness.cold if readiness and is_alive and not is_stopping else "",
        detail="" if since is not None else _why_not_ready(record, process, readiness),
    )


def _why_not_ready(record: ReplicaRecord, process: Process | None, readiness: Readiness | None) -> str:
    if record.stopping_since is not None:
        return "stopping"
    if process is None:
        return "its supervisor does not run it"
    if not process.is_running:
        return process.detail or process.state.lower()
    reason = readiness.detail if readiness else "starting"
    if process.restarts and process.exit_code is not None:
        times = "once" if process.restarts == 1 else f"{process.restarts} times"
        return f"{reason}; {_ended(process.exit_code)} before (restarted {times})"
    return reason


def _ended(code: int) -> str:
    return f"exited with {code}" if code >= 0 else f"killed by signal {-code}"


def drift(
    records: Sequence[ReplicaRecord], processes: Mapping[str, Process], marks: Mapping[str, Mark]
) -> tuple[str, ...]:
    """What other hands changed, in a sentence each."""
    sentences = (_drift(record, processes.get(record.id), marks) for record in records)
    return tuple(sentence for sentence in sentences if sentence)


def _drift(record: ReplicaRecord, process: Process | None, marks: Mapping[str, Mark]) -> str:
    """A replica that was never handed over completely is our own unfinished work."""
    is_handed_over = marks.get(f"capacity:{record.revision}", Mark()).applied >= record.generation
    if record.stopping_since is not None or not is_handed_over:
        return ""
    if process is None:
        return f"{record.id} was removed from the supervisor by other hands."
    if process.state in ("STOPPED", "STOPPING"):
        return f"{record.id} was stopped in the supervisor by other hands."
    return ""
