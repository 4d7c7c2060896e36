"""Users: keep-alive connections that send requests at a steady rate and count what becomes of each."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import NamedTuple

from shipway.demo.answer import Answer, read

PATHS = ("/", "/cart", "/checkout")
ORDER = b'{"items": [{"sku": "tea", "quantity": 2}]}'
ANSWER_SECONDS = 30.0
RECONNECT_SECONDS = 0.05
LOSSES_KEPT_MAX = 10_000


class Loss(NamedTuple):
    """A request without an answer of the shop; times are epoch seconds."""

    began_at: float
    ended_at: float
    what: str


@dataclass
class Counts:
    """What users saw. A request is lost when the shop's answer did not reach its user whole."""

    sent: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    """By version: answers below 500."""
    failed: dict[str, int] = field(default_factory=dict)
    """By version: answers of the shop itself with 500 and above."""
    lost: dict[str, int] = field(default_factory=dict)
    """By what happened: a reset, an answer of the proxy in the shop's place, silence."""
    losses: list[Loss] = field(default_factory=list)
    """The first of them, one by one."""
    first_failed_at: dict[str, float] = field(default_factory=dict)
    last_failed_at: dict[str, float] = field(default_factory=dict)

    @property
    def lost_total(self) -> int:
        """Requests that the application would have answered."""
        return sum(self.lost.values())

    def note(self, answer: Answer, *, began_at: float) -> None:
        """Count an answer."""
        version = answer.version
        if not version:
            self.miss(f"{answer.status} from the proxy", began_at=began_at)
        elif answer.status < 500:
            self.answered[version] = self.answered.get(version, 0) + 1
        else:
            now = time.time()
            self.failed[version] = self.failed.get(version, 0) + 1
            self.first_failed_at.setdefault(version, now)
            self.last_failed_at[version] = now

    def miss(self, what: str, *, began_at: float) -> None:
        """Count a request that got no answer of the shop."""
        self.lost[what] = self.lost.get(what, 0) + 1
        if len(self.losses) < LOSSES_KEPT_MAX:
            self.losses.append(Loss(began_at, time.time(), what))


class Load:
    """`rate` requests a second over `connections` connections, until stopped. Each keeps its own time."""

    def __init__(self, host: str, port: int, *, rate: float, connections: int = 8) -> None:
        self.host, self.port, self.rate, self.connections = host, port, rate, connections
        self.counts = Counts()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False

    def start(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._user(number)) for number in range(self.connections)]

    async def stop(self) -> Counts:
        """Let the requests under way end."""
        self._is_stopping = True
        await asyncio.gather(*self._tasks)
        return self.counts

    async def _user(self, number: int) -> None:
        pause = self.connections / self.rate
        turn = time.monotonic() + pause * number / self.connections
        while not self._is_stopping:
            try:
                turn = await self._session(number, turn, pause)
            except OSError as error:
                self.counts.miss(type(error).__name__, began_at=time.time())
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _session(self, number: int, turn: float, pause: float) -> float:
        """One connection, for as long as it holds; returns when the next request is due."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            count = number
            while not self._is_stopping:
                await asyncio.sleep(max(0.0, turn - time.monotonic()))
                turn = max(turn + pause, time.monotonic() - 1.0)
                count += 1
                if reader.at_eof():
                    break  # closed while it was idle: no request was on it
                if not await self._request(reader, writer, PATHS[count % len(PATHS)]):
                    break
        finally:
            writer.close()
        return turn

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bool:
        """Send and count one; false when the connection is of no more use."""
        self.counts.sent += 1
        began_at = time.time()
        try:
            writer.write(_request(path))
            answer = await asyncio.wait_for(read(reader), ANSWER_SECONDS)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            self.counts.miss(type(error).__name__, began_at=began_at)
            return False
        self.counts.note(answer, began_at=began_at)
        return answer.headers.get("connection") != "close"


def _request(path: str) -> bytes:
    body = ORDER if path == "/checkout" else b""
    method = "POST" if body else "GET"
    length = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nhost: shop\r\n{length}\r\n".encode() + body
