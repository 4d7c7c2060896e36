"""Certificates with their keys in one file each, as HAProxy and nginx read them, renewed with the user's files."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic import _certificates as certificates
from shipway.adapters.traffic._certificates import Pair
from shipway.adapters.traffic._options import Tls
from shipway.errors import PortError
from shipway.model.certificate import Certificate

NAME_CHARACTERS = 16


class Watched:
    """What is known of a service's certificate. Files are read again only after they changed."""

    def __init__(self, path: Callable[[Tls], Path]) -> None:
        self._path = path
        self._stamp: object = None
        self._problem = ""

    def renew(self, tls: Tls | None, renew: Callable[[], None]) -> None:
        """Try to take up files that changed since the last look; what is wrong with them is kept, and told."""
        if tls is None or (stamp := (_stamp(tls.cert), _stamp(tls.key))) == self._stamp:
            return
        try:
            renew()
        except PortError as error:
            self._problem = f"{error.what} ({error.where.rpartition(': ')[2]}): {error.why}"
        else:
            self._problem, self._stamp = "", stamp

    def certificate(self, tls: Tls | None) -> Certificate | None:
        """What is served now, and why it is not what the files hold."""
        content = durable.read(self._path(tls)) if tls else None
        if content is None:
            return None
        names, ends_at = certificates.named(content.decode())
        return Certificate(names=names, ends_at=ends_at, problem=self._problem)


def pem(pair: Pair) -> bytes:
    """Without empty lines: one would end it on HAProxy's socket."""
    lines = [line for line in f"{pair.chain}\n{pair.key}".splitlines() if line.strip()]
    return ("\n".join(lines) + "\n").encode()


def pem_name(tls: Tls) -> str:
    """The same for the same two files."""
    digest = sha256(f"{tls.cert}\0{tls.key}".encode()).hexdigest()[:NAME_CHARACTERS]
    return f"{digest}.pem"


def _stamp(path: str) -> tuple[float, int, int]:
    try:
        status = Path(path).stat()
    except OSError:
        return (0.0, 0, 0)
    return (status.st_mtime, status.st_size, status.st_ino)
