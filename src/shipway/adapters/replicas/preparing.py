"""What runs once for each revision. The supervisor runs it, so it outlives the controller; its exit code goes
into a file, so it runs once whoever asks, and its output into a log."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from shipway.adapters.replicas.keeper import Task
from shipway.adapters.replicas.records import PreparationRecord, Records, plain
from shipway.adapters.supervisor import Process, Program, durable
from shipway.model.fleet import Preparation
from shipway.model.revision import Revision, RevisionId

SCRIPT = '[ -e "$2" ] && exit; sh -c "$1"; code=$?; echo $code > "$2.new" && mv "$2.new" "$2"; exit $code'
"""Started again after the machine was, it does not repeat what was done."""
STOP_SECONDS = 10.0
TAIL_BYTES = 4096
ENDED = ("EXITED", "STOPPED", "FATAL", "BACKOFF")


def begin(revision: Revision, task: Task | None, records: Records, *, generation: int) -> PreparationRecord | None:
    """Note a preparation that is to be started; none where it runs, is done, or failed with this generation.

    Only while the records are locked.
    """
    known = {record.revision: record for record in records.preparations()}.get(revision.id)
    if known is not None and not (_has_failed(known, records) and generation > known.generation):
        return None
    program = f"{plain(revision.service)}-{plain(revision.id)}-prepare-g{generation}"
    record = PreparationRecord(revision=revision.id, generation=generation, program=program if task else "")
    records.result_path(record).unlink(missing_ok=True)
    records.keep_preparation(record)
    records.name_logs(revision.id)
    return record if record.program else None


def is_done(revision: RevisionId, records: Records) -> bool:
    """Whether what is to be done before its first replica was done."""
    known = {record.revision: record for record in records.preparations()}.get(revision)
    return known is not None and _result(known, records) == 0


def _has_failed(record: PreparationRecord, records: Records) -> bool:
    return bool(record.program) and _result(record, records) not in (None, 0)


def program_of(revision: Revision, task: Task, record: PreparationRecord, records: Records) -> Program:
    """The preparation as the supervisor runs it."""
    words = ["/bin/sh", "-c", SCRIPT, "sh", task.script, str(records.result_path(record))]
    return Program(
        name=record.program,
        command=shlex.join(words),
        directory=task.directory,
        environment={
            **task.environment,
            "SHIPWAY_SERVICE": revision.service,
            "SHIPWAY_REVISION": revision.id,
            "SHIPWAY_VERSION": revision.version,
        },
        log=str(log_of(record, records)),
        stop_seconds=STOP_SECONDS,
        once=True,
        secrets=task.secrets,
        bounds=task.bounds,
    )


def log_of(record: PreparationRecord, records: Records) -> Path:
    """All that it printed."""
    return records.logs_directory / plain(record.revision) / f"{record.program}.log"


def state_of(
    record: PreparationRecord, processes: Mapping[str, Process], records: Records
) -> tuple[Preparation, str]:
    """How far it is, and why it failed."""
    if not record.program:
        return Preparation.DONE, ""
    result = _result(record, records)
    if result is not None:
        return (Preparation.DONE, "") if result == 0 else (Preparation.FAILED, _reason(result, record, records))
    process = processes.get(record.program)
    if process is None:
        return Preparation.PENDING, ""
    if process.state in ENDED:
        return (
            Preparation.FAILED,
            f"prepare: {process.detail or 'it ended'}; its output is in {log_of(record, records)}",
        )
    return Preparation.RUNNING, ""


def _result(record: PreparationRecord, records: Records) -> int | None:
    found = durable.read(records.result_path(record))
    return int(found) if found and found.strip().isdigit() else None


def _reason(result: int, record: PreparationRecord, records: Records) -> str:
    log = log_of(record, records)
    lines = (durable.read(log) or b"")[-TAIL_BYTES:].decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")
    return f"prepare ended with exit code {result}: {last}; its output is in {log}"
