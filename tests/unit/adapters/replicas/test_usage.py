"""What replicas use and say, from real processes and files."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shipway.adapters.replicas.health import HealthOptions
from shipway.adapters.replicas.records import Records, ReplicaRecord
from shipway.adapters.replicas.usage import LOOK_SECONDS, Usages
from shipway.adapters.supervisor import Process
from shipway.model.fleet import Usage
from shipway.model.metric import ERROR_PATTERN
from shipway.model.revision import RevisionId

V1 = RevisionId("1.0-aaaaaaaa")
BURN = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ntime.sleep(600)"


def record(name: str) -> ReplicaRecord:
    return ReplicaRecord(
        id=name,
        revision=V1,
        version="1.0",
        generation=1,
        port=20_000,
        command="./app",
        directory="/",
        environment={},
        stop_grace=1.0,
        health=HealthOptions(),
        created_at=0.0,
    )


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path, "checkout")


@pytest.fixture
def usages(records: Records) -> Usages:
    return Usages(records, ERROR_PATTERN)


def started(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True)


@pytest.fixture
def burning() -> Iterator[subprocess.Popen[bytes]]:
    process = started(BURN)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


def running(name: str, pid: int | None = None, restarts: int = 0) -> dict[str, Process]:
    return {name: Process(name=name, state="RUNNING", pid=pid, restarts=restarts)}


def look(usages: Usages, processes: dict[str, Process], number: int) -> Usage:
    """The look after `number` others."""
    found = usages.look([record(name) for name in processes], processes, now=1000.0 + LOOK_SECONDS * number)
    return found[V1]


def write(records: Records, text: str, name: str = "a") -> None:
    path = records.log_of(record(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(text)


def test_error_lines_count_from_the_first_look_on(records: Records, usages: Usages) -> None:
    write(records, "ERROR of the past\n")
    assert look(usages, running("a"), 0).error_lines == 0
    write(records, 'ERROR one\nfine\n{"level": "error"}\nterrors are none\nERROR not fin')
    assert look(usages, running("a"), 1).error_lines == 2
    write(records, "ished\n")
    assert look(usages, running("a"), 2).error_lines == 3


def test_a_replica_that_comes_later_counts_from_its_beginning(records: Records, usages: Usages) -> None:
    look(usages, running("a"), 0)
    write(records, "CRITICAL at the start\n", "b")
    assert look(usages, running("a") | running("b", restarts=2), 1).error_lines == 1
    assert look(usages, running("a") | running("b", restarts=3), 2).restarts == 3


def test_a_log_that_was_cut_is_read_from_its_start(records: Records, usages: Usages) -> None:
    write(records, "fine\n" * 100)
    look(usages, running("a"), 0)
    records.log_of(record("a")).write_text("ERROR after the cut\n")
    assert look(usages, running("a"), 1).error_lines == 1


def test_restarts_before_the_first_look_are_the_past(usages: Usages) -> None:
    assert look(usages, running("a", restarts=7), 0).restarts == 0
    assert look(usages, running("a", restarts=8), 1).restarts == 1


def test_what_a_gone_replica_had_stays_in_the_sums(records: Records, usages: Usages) -> None:
    look(usages, running("a") | running("b"), 0)
    write(records, "ERROR\n")
    look(usages, running("a", restarts=1) | running("b"), 1)
    found = look(usages, running("b"), 2)
    assert (found.error_lines, found.restarts) == (1, 1)


def test_looks_that_follow_closely_are_one(records: Records, usages: Usages) -> None:
    look(usages, running("a"), 0)
    write(records, "ERROR\n")
    again = usages.look([record("a")], running("a"), now=1000.0 + LOOK_SECONDS / 2)
    assert again[V1].error_lines == 0


def test_a_clock_that_went_back_stops_no_looks(usages: Usages) -> None:
    look(usages, running("a"), 10)
    assert look(usages, running("a", restarts=1), 0).restarts == 1


def test_processor_time_is_what_was_spent_since_the_first_look(
    usages: Usages, burning: subprocess.Popen[bytes]
) -> None:
    usages.look([], {}, now=1000.0)
    found = look(usages, running("a", burning.pid), 1)
    assert 0.25 < found.cpu_seconds < 5.0
    assert found.cpu_cores == pytest.approx(found.cpu_seconds / LOOK_SECONDS)
    assert look(usages, running("a", burning.pid), 2).cpu_seconds < found.cpu_seconds + 0.2


def test_memory_is_that_of_a_replica_with_its_workers_in_the_mean(
    usages: Usages, burning: subprocess.Popen[bytes]
) -> None:
    found = look(usages, running("a", burning.pid), 0)
    assert found.memory_bytes is not None
    both = look(usages, running("a", burning.pid) | running("b", burning.pid), 1)
    assert both.memory_bytes == pytest.approx(found.memory_bytes, rel=0.05)


def test_replicas_without_a_process_have_no_memory(usages: Usages) -> None:
    assert look(usages, running("a"), 0).memory_bytes is None
    assert look(usages, running("a"), 1).replica_hours == 0.0
