"""What a fleet looks like: records, processes and readiness put together. Pure."""

from collections.abc import Mapping, Sequence

from shipway.adapters.replicas.readiness import Readiness
from shipway.adapters.replicas.records import Ending, Mark, ReplicaRecord
from shipway.adapters.supervisor import Process
from shipway.model.fleet import Replica

NEWS_SECONDS = 600.0
"""For so long a replica that was started again says so, also while it is ready."""
START_SECONDS = 90.0
"""A start that follows our ending within this time is its consequence; a grace period lies between the two."""


def replica(
    record: ReplicaRecord,
    process: Process | None,
    readiness: Readiness | None,
    *,
    before: str = "",
    refusal: str = "",
) -> Replica:
    """One replica as it is now. `before` is how it ended the last time, if that is news; `refusal` why it was not
    made."""
    is_alive = process is not None and process.is_running
    is_stopping = record.stopping_since is not None
    is_well = is_alive and not is_stopping and not (process and process.unwell)
    since = readiness.since if readiness and is_well else None
    return Replica(
        id=record.id,
        revision=record.revision,
        address=record.address,
        alive=is_alive,
        ready=since is not None,
        ready_since=since,
        sick_since=readiness.lost_at if readiness and is_alive and not is_stopping else None,
        started_at=(process.started_at if process else 0.0) or record.created_at,
        restarts=process.restarts if process else 0,
        draining_since=record.draining_since,
        stale=process is not None and process.orphan,
        generation=record.generation,
        cold=readiness.cold if readiness and is_alive and not is_stopping else "",
        detail=before if since is not None else _why_not_ready(record, process, readiness, before or refusal),
    )


def before(process: Process | None, ending: Ending | None, *, now: float) -> str:
    """How it ended the last time, and how often it was started again; nothing where that is no news."""
    if process is None or not process.restarts or now - process.started_at > NEWS_SECONDS:
        return ""
    is_ours = ending is not None and 0 <= process.started_at - ending.at < START_SECONDS
    why = ending.why if ending and is_ours else _ended(process.exit_code)
    times = "once" if process.restarts == 1 else f"{process.restarts} times"
    return f"{why} before (restarted {times})" if why else f"restarted {times}"


def _why_not_ready(
    record: ReplicaRecord, process: Process | None, readiness: Readiness | None, before: str
) -> str:
    if record.stopping_since is not None:
        return "stopping"
    if process is None:
        return f"{record.keeper} does not run it" + (f": {before}" if before else "")
    if not process.is_running:
        return process.detail or process.state.lower()
    reason = process.unwell or (readiness.detail if readiness else "starting")
    return f"{reason}; {before}" if before else reason


def _ended(code: int | None) -> str:
    if code is None:
        return ""
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
        return f"{record.id} was removed from {record.keeper} by other hands."
    if process.changed:
        return f"{record.id} was changed in {record.keeper} by other hands: {process.changed}."
    if process.state in ("STOPPED", "STOPPING"):
        return f"{record.id} was stopped in {record.keeper} by other hands."
    return ""
