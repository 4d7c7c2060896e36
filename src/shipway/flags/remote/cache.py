"""The flags that a server said last, on disk: what a program begins with while its server is away."""

import contextlib
import hashlib
import json
import logging
import os
import threading
import time
from pathlib import Path

from shipway.errors import ShipwayError
from shipway.flags.remote.api import Address
from shipway.flags.remote.events import Known
from shipway.flags.state import state_of

FOLDER = "shipway/flags"
BYTES_MAX = 64_000_000
log = logging.getLogger("shipway.flags")


def usual_folder() -> Path:
    """XDG_CACHE_HOME, or `.cache` of this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / FOLDER


class Cache:
    """One file for each server, token and environment. Where it cannot be written, the log says so once."""

    def __init__(self, folder: Path, address: Address) -> None:
        name = "\n".join((address.url, address.environment or "", address.token))
        self.path = folder / f"{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
        self._has_failed = False

    def read(self) -> Known | None:
        """What was kept; none where there is nothing that can be used."""
        try:
            if self.path.stat().st_size > BYTES_MAX:
                return None
            said = json.loads(self.path.read_bytes())
            return Known(state=state_of(said["document"]), id=str(said["id"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ShipwayError) as error:
            log.warning("flags that were kept in %s cannot be used: %r", self.path, error)
            return None

    def write(self, known: Known) -> None:
        """Keep it, whole or not at all."""
        temporary = self.path.with_name(
            f".{self.path.name}.{os.getpid()}.{threading.get_ident()}.{time.monotonic_ns()}"
        )
        try:
            content = json.dumps({"id": known.id, "document": known.state.document})
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(content)
            temporary.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            if not self._has_failed:
                self._has_failed = True
                log.warning("flags cannot be kept for the next start: %s", error)
