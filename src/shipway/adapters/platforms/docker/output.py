"""Writes what containers say into files, as programs write theirs: `python -m … --home H`, run by the supervisor.

A thread for each container. What was written last is known by its time, so another copy of this program goes on
where the former one ended.
"""

import argparse
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from shipway.adapters.platforms.docker.containers import engines
from shipway.adapters.platforms.docker.engine import engine, telling, unless_gone
from shipway.adapters.platforms.docker.seeing import seconds
from shipway.adapters.replicas.records import Records, ReplicaRecord, all_replicas
from shipway.adapters.supervisor import durable
from shipway.adapters.supervisor.log_keeper import Log, append, last_point, rotate
from shipway.errors import PortError

LOOK_SECONDS = 0.5


class Output:
    """One container's, in one file."""

    def __init__(self, path: Path) -> None:
        durable.directory(path.parent)
        self._path = path
        self.written_at = last_point(str(path))[0]
        """When the newest line was said."""

    def take(self, frames: Iterable[bytes]) -> None:
        """Write what is newer. Each frame begins with the time at which Docker got it."""
        for frame in frames:
            told, _, text = frame.partition(b" ")
            at = seconds(told.decode(errors="replace"))
            if at > self.written_at:
                self._write(text, at)

    def _write(self, text: bytes, at: float) -> None:
        with self._path.open("ab") as file:
            file.write(text)
            append(str(self._path), [(at, file.tell())])
        self.written_at = at
        rotate(Log(str(self._path)))


class Outputs:
    """All containers of one home."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._threads: dict[str, threading.Thread] = {}

    def look(self) -> None:
        """Follow those that nobody follows."""
        for record in all_replicas(self._home):
            if record.container is not None and not self._is_followed(record.id):
                self._follow(record, Records(self._home, record.service))
        self._threads = {name: thread for name, thread in self._threads.items() if thread.is_alive()}

    def _is_followed(self, name: str) -> bool:
        return name in self._threads and self._threads[name].is_alive()

    def _follow(self, record: ReplicaRecord, records: Records) -> None:
        records.name_logs(record.revision)
        output = Output(records.log_of(record))
        self._threads[record.id] = threading.Thread(target=_follow, args=(record, output), daemon=True)
        self._threads[record.id].start()


def _follow(record: ReplicaRecord, output: Output) -> None:
    """Until the container ends or is gone; the next look begins anew."""
    (address,) = engines([record])
    since = max(1, int(output.written_at))
    try:
        with telling(address):
            output.take(unless_gone(lambda: _said(address, record, since=since)) or ())
    except (PortError, OSError) as error:
        print(f"{record.id}: {error}", flush=True)


def _said(address: str, record: ReplicaRecord, *, since: int) -> Iterable[bytes]:
    client = engine(address)
    told = {"stdout": True, "stderr": True, "follow": True, "timestamps": True, "since": since}
    swarm = record.container.swarm if record.container else None
    found: Iterable[bytes]
    if swarm is None:
        found = client.logs(record.id, stream=True, **told)
    elif swarm.task:
        # The SDK has no method for the logs of one task, which have the form of a service's.
        answer = client._get(client._url("/tasks/{0}/logs", swarm.task), params=told, stream=True)
        found = client._get_result_tty(True, answer, False)
    else:
        found = client.service_logs(record.id, is_tty=False, **told)
    return found


def run(home: Path) -> None:
    """Until it is ended from outside."""
    outputs = Outputs(home)
    while True:
        outputs.look()
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    run(parser.parse_args().home)
