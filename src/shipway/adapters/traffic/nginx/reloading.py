"""Brings nginx to another configuration, and knows whether it took it up.

nginx has no way to be changed but to read its file anew. New workers then take all connections; the former ones
finish what they have. They also close connections without a request at that moment, and a request that is just on
its way there is lost. So they are told before to end each connection with its next answer, and a moment later
hardly a connection is left that a client still uses.
"""

import os
import signal
import socket
import subprocess
import time

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.nginx import processes, versions, waiting
from shipway.adapters.traffic.nginx.configuration import configuration
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.processes import Reload
from shipway.adapters.traffic.nginx.program import binary
from shipway.adapters.traffic.nginx.state import ports_of, states
from shipway.adapters.traffic.nginx.versions import Unreachable
from shipway.errors import PortError

LEAVE_SECONDS = 0.5
"""For clients to come back on a new connection. One that pauses for longer, and sends in the very moment in which
its unused connection is closed, has to send again, as with any server that closes unused connections."""
TAKEN_UP_SECONDS = 10.0
"""New workers are there in a tenth of a second; on a machine without a free core it takes longer."""
TEST_SECONDS = 20.0
LOOK_SECONDS = 0.01
LOG_LINES = 2


class Refused(PortError):
    """nginx said no."""


def bring_about(home: Home) -> bool:
    """Have nginx run what its services ask for, and wait until it does; false where it has to be started first.

    The caller has kept what is asked for. Raises `PortError`: it refuses, or does not take it up in time; when it
    refuses, it goes on with what it had, and finds that when it is started anew.
    """
    durable.directory(home.temporary)
    with durable.locked(home.lock):
        services = dict(states(home))
        version, text = configuration(home, services)
        former, ran = versions.written(home), _version(home)
        beside = {ran or "", former.version if former else ""}
        versions.keep(home, version, services, beside=frozenset(beside))
        if former is None or former.text != text:
            _require_sound(home, text)
            durable.replace(home.configuration, text.encode())
        elif ran == version and _is_alone(home):
            return True
        return ran is not None and _read_anew(home, version, ran=ran, former=former)


def _version(home: Home) -> str | None:
    try:
        return versions.running(home)
    except Unreachable:
        return None


def _is_alone(home: Home) -> bool:
    """Whether no worker of before the newest reload still takes connections."""
    noted = processes.noted(home)
    return noted is None or not noted.workers & processes.accepting(home)


def _require_sound(home: Home, text: str) -> None:
    """Raises `Refused` for what nginx cannot run."""
    durable.replace(home.candidate, text.encode())
    words = [str(binary()), "-t", "-q", "-c", str(home.candidate), "-p", str(home.directory)]
    said = subprocess.run(words, capture_output=True, text=True, timeout=TEST_SECONDS, check=False)
    if said.returncode:
        raise _refused(home, said.stderr.strip().replace("\n", " / "))
    home.candidate.unlink()


def _refused(home: Home, why: str) -> Refused:
    return Refused(
        "nginx refuses its new configuration",
        where=str(home.candidate),
        why=f"It goes on with the former one. {why}",
        fix="Please report this with the line above, unless it names something of this machine.",
    )


def _read_anew(home: Home, version: str, *, ran: str, former: versions.Written | None) -> bool:
    """Whether nginx is there to do it."""
    leaving, log_size = home.leaving(ran), _size(home)
    try:
        leaving.touch()
        _let_clients_go(ports_of(versions.made_of(home, ran) or {}))
        main = processes.main_process(home)
        if main is None:
            return False
        processes.note(home, Reload(former=ran, workers=processes.accepting(home)))
        os.kill(main, signal.SIGHUP)
        _await(home, version, log_size=log_size)
    except Refused:
        if former is not None:
            durable.replace(home.configuration, former.text.encode())
        raise
    finally:
        leaving.unlink(missing_ok=True)
    return True


def _let_clients_go(ports: frozenset[int]) -> None:
    """At once where nobody is there."""
    until = time.monotonic() + LEAVE_SECONDS
    while waiting.has_clients(ports) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)


def _await(home: Home, version: str, *, log_size: int) -> None:
    deadline = time.monotonic() + TAKEN_UP_SECONDS
    while _version(home) != version or not _is_alone(home):
        if said := _complaint(home, log_size):
            raise _refused(home, said)
        if time.monotonic() > deadline:
            raise PortError(
                "nginx has not taken up its new configuration",
                where=str(home.configuration),
                why=f"It was told to {TAKEN_UP_SECONDS:.0f} s ago, and some worker still runs another version.",
                fix=f"See {home.log}; the machine may be overloaded.",
            )
        time.sleep(LOOK_SECONDS)


def _size(home: Home) -> int:
    return home.log.stat().st_size if home.log.exists() else 0


def _complaint(home: Home, log_size: int) -> str:
    """Why the main process kept its configuration, if it has written that since."""
    lines = (durable.read(home.log) or b"")[log_size:].decode(errors="replace").splitlines()
    return " / ".join([line for line in lines if "[emerg]" in line][-LOG_LINES:])


def last_words(home: Home) -> str:
    """The end of nginx's log."""
    lines = (durable.read(home.log) or b"").decode(errors="replace").splitlines()
    return " / ".join(lines[-LOG_LINES:])


def wait_until_running(home: Home, *, seconds: float = TAKEN_UP_SECONDS) -> None:
    """Raises `PortError` when nginx, or what counts its requests, does not come up. Blocks."""
    deadline = time.monotonic() + seconds
    while _version(home) is None or not _is_counted(home):
        if time.monotonic() > deadline:
            raise PortError(
                "nginx does not come up",
                where=str(home.log),
                why=last_words(home) or "It has written nothing.",
                fix=f"Its log tells more, or {home.counts_log}; remove what it complains about, and repeat.",
            )
        time.sleep(LOOK_SECONDS)


def _is_counted(home: Home) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        return asking.connect_ex(str(home.counts)) == 0
