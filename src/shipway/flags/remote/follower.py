"""Follows a flag server in the background: connects, applies what comes, begins again where it stopped."""

import contextlib
import http.client
import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable

from shipway.errors import ShipwayError
from shipway.flags.remote.api import Address
from shipway.flags.remote.cache import Cache
from shipway.flags.remote.events import Known, after, events

CONNECT_SECONDS = 5.0
SILENT_SECONDS = 40.0
"""The server gives a sign of life every 15 s."""
FIRST_WAIT_SECONDS = 0.1
WAIT_SECONDS_MAX = 10.0
REFUSED_WAIT_SECONDS = 30.0
WRITTEN_LOOK_SECONDS = 0.005
log = logging.getLogger("shipway.flags")

Tell = Callable[[], None]


class Refused(Exception):
    """The server knows the token not, or has nothing for it."""


class Follower:
    """What is known of a server, and the thread that keeps it so. Nothing that it does is raised to anyone."""

    def __init__(self, address: Address, cache: Cache | None, tell: Tell) -> None:
        self.known: Known | None = None
        self.count = 0
        """Grows with each change of what is known."""
        self.is_connected = False
        self._address, self._cache, self._tell = address, cache, tell
        self._is_closed = False
        self._socket: socket.socket | None = None
        self._last_complaint = ""
        self._renew()

    def _renew(self) -> None:
        self.has_tried = threading.Event()
        """Set once the first attempt has ended, well or badly."""
        self.is_known = threading.Event()
        self._ended = threading.Event()

    def start(self) -> None:
        """In this process."""
        self._thread = threading.Thread(
            target=self._follow, args=(self._ended,), name="shipway-flags-stream", daemon=True
        )
        self._thread.start()

    def begin_with(self, known: Known) -> None:
        """Until the server says something newer."""
        if self.known is None:
            self._take(known, keeps=False)

    def wait_for(self, revision: int, seconds: float) -> None:
        """Until the server's revision is known here, at most so long."""
        deadline = time.monotonic() + seconds
        while _revision(self.known) < revision and time.monotonic() < deadline and self.is_connected:
            self._ended.wait(WRITTEN_LOOK_SECONDS)

    def close(self) -> None:
        """Follow no longer; what is known stays."""
        self._is_closed = True
        self._ended.set()
        found = self._socket
        if found is not None:
            with contextlib.suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    def after_fork(self) -> None:
        """In a forked child: the parent's connection is the parent's, and its thread is not here."""
        inherited, self._socket = self._socket, None
        if inherited is not None:
            with contextlib.suppress(OSError):
                os.close(inherited.detach())
        self.is_connected = False
        if not self._is_closed:
            self._renew()
            self.start()

    def _follow(self, ended: threading.Event) -> None:
        wait = FIRST_WAIT_SECONDS
        while not ended.is_set():
            before = self.count
            pause = wait
            try:
                self._session(ended)
            except Refused as error:
                pause = REFUSED_WAIT_SECONDS
                self._complain(f"the flag server refuses: {error}")
            except (OSError, http.client.HTTPException, ShipwayError, RecursionError) as error:
                self._complain(f"the flag server is away: {error!r}")
            except Exception:
                log.exception("a mistake while following the flag server; it is followed again")
            finally:
                self.is_connected = False
                self._socket = None
                self.has_tried.set()
            wait = FIRST_WAIT_SECONDS if self.count > before else min(2 * wait, WAIT_SECONDS_MAX)
            ended.wait(pause * random.uniform(0.5, 1.0))

    def _session(self, ended: threading.Event) -> None:
        """One connection, until it breaks."""
        connection = self._address.connect(CONNECT_SECONDS)
        try:
            connection.connect()
            self._socket = connection.sock
            answer = self._ask(connection)
            self._socket.settimeout(SILENT_SECONDS)
            for event in events(answer):
                if ended.is_set():
                    return
                self._hear()
                if event is not None:
                    known = after(self.known, event)
                    if known is not None and known is not self.known:
                        self._take(known, keeps=True)
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        headers = {"authorization": f"Bearer {self._address.token}", "accept": "text/event-stream"}
        if self.known is not None and self.known.id:
            headers["last-event-id"] = self.known.id
        connection.request("GET", self._address.path("/stream"), headers=headers)
        answer = connection.getresponse()
        if answer.status in (400, 401, 403, 404):
            raise Refused(f"status {answer.status} at {self._address.url}")
        if answer.status != 200:
            raise http.client.HTTPException(f"status {answer.status}")
        return answer

    def _hear(self) -> None:
        if not self.is_connected:
            self.is_connected = True
            if self._last_complaint:
                log.warning("the flag server is back")
            self._last_complaint = ""
            if self.known is not None:
                self.is_known.set()
                self.has_tried.set()

    def _take(self, known: Known, *, keeps: bool) -> None:
        """Who waits for the first flags goes on when they are kept too, so that the next start has them."""
        self.known = known
        self.count += 1
        self._tell()
        if keeps and self._cache is not None:
            self._cache.write(known)
        self.is_known.set()
        self.has_tried.set()

    def _complain(self, said: str) -> None:
        """Once for each cause, so that a log does not fill while a server is away."""
        if said != self._last_complaint and not self._is_closed:
            self._last_complaint = said
            log.warning("%s; flags stay as they are", said)


def _revision(known: Known | None) -> int:
    number = known.id.rpartition("-")[2] if known is not None else ""
    return int(number) if number.isdigit() else -1
