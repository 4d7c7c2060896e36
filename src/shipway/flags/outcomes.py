"""Counts how requests end for users who are shown a ramped flag, and for those who are not.

    outcomes = Outcomes()
    app = outcomes.wsgi(app)            # or outcomes.asgi(app)

or, in any other program, around each request:

    with outcomes.request() as request:
        ...
        request.fail()                  # where it ended badly without an exception

Each process replaces a small file twice a second, in Prometheus' text format, in the folder that SHIPWAY_EXPOSURES
names; without it nothing is counted. A program in another language may write the same lines to a file of its own:

    shipway_flag_requests_total{flag="new-checkout",shown="true",result="ok"} 120
    shipway_flag_requests_total{flag="new-checkout",shown="true",result="failed"} 3
    shipway_flag_request_seconds_bucket{flag="new-checkout",shown="true",le="0.5"} 80     # optional, with _sum

Standard library only.
"""

import atexit
import bisect
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shipway.flags.asked import ASKED, ramped_flags

FOLDER = "SHIPWAY_EXPOSURES"
REPLICA = "SHIPWAY_REPLICA"
BOUNDS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
WRITE_SECONDS = 0.5
log = logging.getLogger("shipway.flags")
HUNG_SECONDS = 30.0
"""A request that takes longer is counted as failed without waiting for its end: it may never come."""
SERVER_ERROR = 500
Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


@dataclass(eq=False)
class Request:
    """One request under way."""

    began: float
    asked: dict[str, bool] = field(default_factory=dict)
    has_failed: bool = False
    is_counted: bool = False

    def fail(self) -> None:
        """It ends badly."""
        self.has_failed = True


@dataclass
class Side:
    """Requests that were shown a flag, or were not."""

    ok: int = 0
    failed: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_SECONDS) + 1))

    def add(self, *, is_ok: bool, seconds: float) -> None:
        """One more."""
        self.ok, self.failed = self.ok + is_ok, self.failed + (not is_ok)
        self.seconds += seconds
        self.buckets[bisect.bisect_left(BOUNDS_SECONDS, seconds)] += 1


class Outcomes:
    """Fork-safe: a child counts in a file of its own, from nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        folder = environment.get(FOLDER)
        self._flags = ramped_flags(environment) if folder else frozenset()
        self._folder, self._replica = Path(folder or "."), environment.get(REPLICA, "replica")
        self._forget()
        if self._flags:
            os.register_at_fork(after_in_child=self._forget)
            atexit.register(self.write)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._sides = {(flag, shown): Side() for flag in sorted(self._flags) for shown in (True, False)}
        self._open: set[Request] = set()
        self._has_news = self._has_told = False
        self._writer: threading.Thread | None = None

    @contextmanager
    def request(self) -> Iterator[Request]:
        """One request; an exception that leaves the block is a failure."""
        request = Request(time.monotonic())
        if not self._flags:
            yield request
            return
        self._begin(request)
        token = ASKED.set(request.asked)
        try:
            yield request
        except Exception:
            request.fail()
            raise
        finally:
            ASKED.reset(token)
            self._end(request)

    def wsgi(self, app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        """The application, with its requests counted; an answer from 500 on is a failure."""

        def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            with self.request() as request:

                def started(status: str, *rest: Any, **more: Any) -> Any:
                    if int(status.split(" ", 1)[0]) >= SERVER_ERROR:
                        request.fail()
                    return start_response(status, *rest, **more)

                body = app(environ, started)
                try:
                    yield from body
                finally:
                    close = getattr(body, "close", None)
                    if close is not None:
                        close()

        return counted

    def asgi(self, app: Application) -> Application:
        """The application, with its requests counted; an answer from 500 on is a failure."""

        async def counted(scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            with self.request() as request:

                async def sent(message: Message) -> None:
                    if message["type"] == "http.response.start" and message["status"] >= SERVER_ERROR:
                        request.fail()
                    await send(message)

                await app(scope, receive, sent)

        return counted

    def _begin(self, request: Request) -> None:
        with self._lock:
            self._open.add(request)
            self._has_news = True
            if self._writer is None:
                self._writer = threading.Thread(target=self._keep_writing, name="shipway-exposures", daemon=True)
                self._writer.start()

    def _end(self, request: Request) -> None:
        with self._lock:
            self._open.discard(request)
            self._count(request)

    def _count(self, request: Request) -> None:
        if request.is_counted:
            return
        request.is_counted = self._has_news = True
        seconds = time.monotonic() - request.began
        for flag, shown in request.asked.items():
            self._sides[flag, shown].add(is_ok=not request.has_failed, seconds=seconds)

    def _keep_writing(self) -> None:
        """Until nothing is new and nothing under way; the next request begins it again."""
        while True:
            time.sleep(WRITE_SECONDS)
            self.write()
            with self._lock:
                if not (self._has_news or self._open):
                    self._writer = None
                    return

    def write(self) -> None:
        """Replace this process's file now. A disk that is full costs counts, never a request, and is told once."""
        if not self._flags:
            return
        text = self._text()
        path = self._folder / f"{self._replica}-{os.getpid()}.prom"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{path.name}.new")
            new.write_text(text)
            new.replace(path)
        except OSError as error:
            with self._lock:
                is_news, self._has_told = not self._has_told, True
            if is_news:
                log.warning("requests cannot be counted by their flags: %s", error)

    def _text(self) -> str:
        late = time.monotonic() - HUNG_SECONDS
        with self._lock:
            self._has_news = False
            for request in [one for one in self._open if one.began < late and not one.is_counted]:
                request.fail()
                self._count(request)
            return "".join(f"{line}\n" for key, side in self._sides.items() for line in _lines(key, side))


def _lines(key: tuple[str, bool], side: Side) -> Iterator[str]:
    labels = f'flag="{key[0]}",shown="{"true" if key[1] else "false"}"'
    yield f'shipway_flag_requests_total{{{labels},result="ok"}} {side.ok}'
    yield f'shipway_flag_requests_total{{{labels},result="failed"}} {side.failed}'
    total = 0
    for bound, count in zip((*map(str, BOUNDS_SECONDS), "+Inf"), side.buckets, strict=True):
        total += count
        yield f'shipway_flag_request_seconds_bucket{{{labels},le="{bound}"}} {total}'
    yield f"shipway_flag_request_seconds_sum{{{labels}}} {side.seconds:.6f}"
