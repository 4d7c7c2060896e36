"""Brings HAProxy to the state that was asked for: what it starts with, and what runs.

Files first. Whatever ends this process after that, HAProxy comes back with the newest intent; until it runs it,
`Seen` counts with both. Servers before maps: a map that names a revision finds its replicas there.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.haproxy import handover, maps, program, running, servers
from shipway.adapters.traffic.haproxy.certificate_files import Certificates
from shipway.adapters.traffic.haproxy.configuration import configuration, frame_of
from shipway.adapters.traffic.haproxy.maps import Map
from shipway.adapters.traffic.haproxy.master import Master, Unreachable, Worker
from shipway.adapters.traffic.haproxy.places import Home, Service
from shipway.adapters.traffic.haproxy.state import State, load, needed, save, states
from shipway.errors import PortError

CHECK_SECONDS = 20.0
RELOAD_SECONDS = 20.0
LOOK_SECONDS = 0.02


class Applying:
    """One service. The caller holds the service's lock, and has saved the state."""

    def __init__(self, home: Home, service: Service, *, master: Master) -> None:
        self.home, self.service, self.master = home, service, master
        self.certificates = Certificates(home, master)

    def bring(self, state: State) -> bool:
        """Whether HAProxy runs, and what was asked for with it."""
        self._write_maps(state)
        self.certificates.require(state.options)
        with durable.locked(self.home.lock):
            frame = self._write_configuration()
            try:
                self._reload(frame)
            except Unreachable:
                return False
            self.certificates.forget()
        self._bring_all(state)
        return True

    def _bring_all(self, state: State) -> None:
        """A former process may end at any moment; one that lives on otherwise is seen by who looks."""
        for worker in self.master.workers().listed:
            with nullcontext() if worker.is_current else suppress(PortError):
                self._bring(worker, state)
        self._note(state)

    def clear(self) -> None:
        """Take away replicas whose last request is over."""
        if state := load(self.service.state):
            self._bring_all(state)

    def withdrawal(self, *, is_last: bool) -> None:
        """Leave the service's addresses; HAProxy itself is about to end with the last service."""
        with durable.locked(self.home.lock):
            if not is_last:
                frame = self._write_configuration()
                with suppress(Unreachable):
                    self._reload(frame)
            self.certificates.forget()

    # Files

    def _write_maps(self, state: State) -> None:
        for path, content in (
            (self.service.shares, maps.shares(state)),
            (self.service.choices, maps.choices(state)),
        ):
            _write(path, maps.text(content))

    def _write_configuration(self) -> str:
        """The frame that was written."""
        pairs = [(service, state) for service, state in states(self.home) if state.is_listening]
        for other, state in pairs:
            if not other.shares.exists() or not other.choices.exists():
                _write(other.shares, maps.text(maps.shares(state)))
                _write(other.choices, maps.text(maps.choices(state)))
        frame = frame_of(self.home, pairs)
        before = durable.read(self.home.configuration) or b""
        content = configuration(self.home, pairs)
        if f"description {frame}\n".encode() not in before:
            self._check(content)
        _write(self.home.configuration, content)
        return frame

    def _check(self, content: bytes) -> None:
        """HAProxy itself reads a frame before anything starts with it. Raises `PortError`."""
        trial = self.home.configuration.with_suffix(".trial")
        durable.replace(trial, content)
        try:
            words = [program.binary(), "-c", "-f", trial.name]
            found = subprocess.run(
                words, cwd=self.home.directory, capture_output=True, timeout=CHECK_SECONDS, check=False
            )
        finally:
            trial.unlink(missing_ok=True)
        if found.returncode:
            said = [line for line in found.stderr.decode(errors="replace").splitlines() if "ALERT" in line]
            raise PortError(
                "HAProxy refuses the configuration that Shipway made",
                where=str(self.home.configuration),
                why=" ".join(said[:3])[:400] or f"It ended with {found.returncode}.",
                fix="What runs goes on. Undo what the release file says newly of `traffic`, and report this.",
            )

    # The running processes

    def _reload(self, frame: str) -> None:
        """Only for another frame: a new service, another address. Connections of the former process live on."""
        handover.forget(self.home)
        before = self.master.workers()
        if before.current is not None and running.frame(self.master, before.current) == frame:
            return
        if before.current is not None:
            handover.keep(self.home, states(self.home), running.health(self.master, before.current))
        try:
            self._reload_at_once(frame)
        finally:
            handover.forget(self.home)

    def _reload_at_once(self, frame: str) -> None:
        self.master.ask("reload")
        deadline = time.monotonic() + RELOAD_SECONDS
        while not self._runs(frame):
            if time.monotonic() > deadline:
                raise PortError(
                    "HAProxy does not take up its new configuration",
                    where=str(self.home.log),
                    why=program.last_words(self.home.log) or "It has written nothing.",
                    fix="What ran goes on. Remove what its log complains about, and repeat the command.",
                )
            time.sleep(LOOK_SECONDS)

    def _runs(self, frame: str) -> bool:
        try:
            current = self.master.workers().current
            return current is not None and running.frame(self.master, current) == frame
        except Unreachable:
            return False  # the master is just starting itself anew

    def _bring(self, worker: Worker, state: State) -> None:
        """One process. A former one takes no commands for its servers any more, and sends on what still comes; it
        may not know the service, and is left alone then."""
        seen = (
            running.shares(self.master, worker, self.service),
            running.choices(self.master, worker, self.service),
        )
        if seen[0] is None or seen[1] is None:
            if worker.is_current:
                raise _refused(self.service.shares_name, "It does not know the map.")
            return
        if not worker.is_current and running.knows(self.master, worker, self.service.onward):
            self._exchange(worker, (seen[1], maps.onward_choices(state), self.service.choices_name))
            self._exchange(worker, (seen[0], maps.onward_shares(state), self.service.shares_name))
            return
        listed = running.servers(self.master, worker, self.service)
        self.master.tell(worker, servers.commands(self.service, state, listed))
        self._exchange(worker, (seen[0], maps.shares(state), self.service.shares_name))
        self._exchange(worker, (seen[1], maps.choices(state), self.service.choices_name))

    def _exchange(self, worker: Worker, change: tuple[Map, Map, str]) -> None:
        """A map as a whole, at once: entries of a version that nobody sees, until it is the one."""
        seen, wanted, name = change
        if seen.entries == wanted.entries:
            return
        answer = self.master.ask_worker(worker, f"prepare map {name}")
        version = answer.rpartition(":")[2].strip()
        if not version.isdigit():
            raise _refused(name, answer)
        entries = (f"add map @{version} {name} {key} {value}" for key, value in wanted.entries.items())
        said = self.master.tell(worker, (*entries, f"commit map @{version} {name}")).strip()
        if said:
            raise _refused(name, said)

    def _note(self, state: State) -> None:
        """Remember what was brought about, and give slots back whose last replica is gone."""
        held = {slot for slot, revision in state.slots.items() if revision in needed(state)}
        busy = set(self._busy())
        slots = {slot: revision for slot, revision in state.slots.items() if slot in held | busy}
        before = {slot: counts for slot, counts in state.unanswered_before.items() if slot in slots}
        save(
            self.service.state,
            replace(state, applied=state.asked_for, slots=slots, unanswered_before=before),
        )

    def _busy(self) -> Iterator[str]:
        """Slots that some process which divides requests still has a replica in."""
        for worker in self.master.workers().listed:
            divided = running.shares(self.master, worker, self.service)
            if not worker.is_current and divided is not None and divided.is_onward:
                continue
            for server in running.servers(self.master, worker, self.service):
                yield self.service.slot_of(server.backend) or ""


def _write(path: Path, content: bytes) -> None:
    """Only where it differs."""
    if durable.read(path) != content:
        durable.replace(path, content)


def _refused(name: str, said: str) -> PortError:
    return PortError(
        "HAProxy does not take a map",
        where=name,
        why=said.strip()[:200] or "It said nothing.",
        fix="What ran goes on, and it is tried again; `haproxy -v` has to tell 2.6 or newer.",
    )
