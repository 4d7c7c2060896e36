"""Whether a proxy can listen where it is told to, asked before it is told; and where its own sockets lie."""

import errno
import os
import socket
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from shipway.adapters.traffic._options import split_address
from shipway.errors import PortError

SOCKET_PATH_MAX = 103
"""Bytes that every system takes for a socket's path."""
FIXES = {
    errno.EADDRINUSE: "Stop that program, or give another port in the release file.",
    errno.EACCES: "Give a port above 1023, or `sudo sysctl net.ipv4.ip_unprivileged_port_start=80`.",
    errno.EADDRNOTAVAIL: "Give an address of this machine in the release file; 0.0.0.0 is all of them.",
}


class AddressTaken(PortError):
    """The proxy cannot listen where the release file says."""

    code = "address-taken"
    needs_person = True


def require_free(address: str, *, what: str) -> None:
    """Raises `AddressTaken` if another process listens there. A proxy itself would share the port silently."""
    host, port = split_address(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen(1)
        except OSError as error:
            raise AddressTaken(
                f"port {port} cannot be used",
                where=f"{what}: {address}",
                why=f"{_holder(port) or 'The system said'}: {error.strerror}.",
                fix=FIXES.get(error.errno or 0, "Give another address in the release file."),
            ) from error


def _holder(port: int) -> str:
    """`python3 (process 4711) listens there`; empty where the system does not tell."""
    found = listener(port)
    return f"{found.name} (process {found.pid}) listens there" if found else ""


class Listener(Struct, frozen=True):
    """A program that listens on a port."""

    pid: int
    name: str
    words: tuple[str, ...]
    """As it was started."""


def listener(port: int) -> Listener | None:
    """Who listens there; none where nobody does, or the system does not tell."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if listens and connection.pid:
                process = psutil.Process(connection.pid)
                return Listener(process.pid, process.name(), tuple(process.cmdline()))
    except psutil.Error:
        return None
    return None


def socket_path(near: Path, *, name: str, bytes_max: int = SOCKET_PATH_MAX) -> Path:
    """A proxy's own socket, for this user alone: there, or in /tmp where that path is too long for a socket."""
    if len(os.fsencode(near)) <= bytes_max:
        return near
    home = near.parent.parent
    return Path(f"/tmp/shipway-{os.getuid()}-{sha256(os.fsencode(home)).hexdigest()[:16]}-{name}.sock")
