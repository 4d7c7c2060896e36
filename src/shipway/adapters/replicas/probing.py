"""Asks one HTTP question, without keeping the connection."""

import asyncio
import contextlib
import json
from enum import Enum

from msgspec import Struct

from shipway.adapters.replicas.health import Probe
from shipway.adapters.replicas.place import Place

BODY_MAX_BYTES = 4096
ANSWER_BYTES_MAX = 65_536
WHOLE_BYTES_MAX = 64 * 2**20
BODY_SECONDS = 0.5
DETAIL_MAX = 120


class Kind(Enum):
    """How a question ended."""

    YES = "yes"
    NO = "no"
    REFUSED = "refused"


class Outcome(Struct, frozen=True):
    """One answer, or why there is none."""

    kind: Kind
    detail: str = ""
    is_answer: bool = True
    """Whether something spoke as it was asked, whatever it said."""


async def ask(place: Place, probe: Probe) -> Outcome:
    """Never raises for what the other side does."""
    try:
        async with asyncio.timeout(probe.timeout):
            if probe.protocol == "grpc":
                return await _grpc(place, probe)
            status, body = await (_ask_h2 if probe.protocol == "h2c" else _ask)(place, "GET", probe.path)
    except ConnectionRefusedError:
        return Outcome(Kind.REFUSED, f"refused connection on {place}", is_answer=False)
    except TimeoutError:
        return Outcome(Kind.NO, f"no answer to {_asked(probe)} within {probe.timeout:g} s", is_answer=False)
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        said = f"broken answer to {_asked(probe)}: {error or type(error).__name__}"
        return Outcome(Kind.NO, said[:DETAIL_MAX], is_answer=False)
    if 200 <= status < 400:
        return Outcome(Kind.YES)
    return Outcome(Kind.NO, f"{status}{_failing(body)} from {probe.path}"[:DETAIL_MAX])


async def sent(place: Place, method: str, path: str, *, protocol: str) -> tuple[int, str]:
    """Wait for a whole answer: its status, and what is wrong with it or why there is none. The caller limits the
    time."""
    asked = f"{method} {path}"
    try:
        if protocol == "h2c":
            status, body = await _ask_h2(place, method, path, bytes_max=WHOLE_BYTES_MAX)
        else:
            status, body = await _ask(place, method, path, is_whole=True)
    except ConnectionRefusedError:
        return 0, f"refused connection on {place}"
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        return 0, f"broken answer to {asked}: {error or type(error).__name__}"[:DETAIL_MAX]
    return status, "" if 200 <= status < 400 else f"{status}{_failing(body)} from {asked}"[:DETAIL_MAX]


def _asked(probe: Probe) -> str:
    return "grpc.health.v1" if probe.protocol == "grpc" else probe.path


async def _grpc(place: Place, probe: Probe) -> Outcome:
    from shipway.adapters.replicas.grpc_health import problem

    wrong = await problem(place, probe.service)
    return Outcome(Kind.NO, f"{wrong} from grpc.health.v1"[:DETAIL_MAX]) if wrong else Outcome(Kind.YES)


async def _ask_h2(place: Place, method: str, path: str, *, bytes_max: int = ANSWER_BYTES_MAX) -> tuple[int, bytes]:
    from shipway.adapters.replicas.http2 import request

    headers = [(":method", method), (":scheme", "http"), (":path", path), ("user-agent", "shipway-probe")]
    reply = await request(place, headers, bytes_max=bytes_max)
    return int(reply.headers[":status"]), reply.body


async def _ask(place: Place, method: str, path: str, *, is_whole: bool = False) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(*place)
    try:
        request = f"{method} {path} HTTP/1.1\r\nHost: {place}\r\nUser-Agent: shipway-probe\r\n"
        length = "Content-Length: 0\r\n" if method == "POST" else ""
        writer.write(f"{request}Accept: */*\r\n{length}Connection: close\r\n\r\n".encode())
        status = int((await reader.readuntil(b"\r\n")).split(None, 2)[1])
        if status >= 400:
            return status, await _body(reader)
        return status, await _rest(reader) if is_whole else b""
    except (IndexError, asyncio.LimitOverrunError) as error:
        raise ValueError("not HTTP") from error
    finally:
        writer.close()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Nothing of it is kept."""
    received = 0
    while received < WHOLE_BYTES_MAX and (chunk := await reader.read(BODY_MAX_BYTES)):
        received += len(chunk)
    return b""


async def _body(reader: asyncio.StreamReader) -> bytes:
    """What comes soon: it only makes the reason plainer."""
    received = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            while len(received) < BODY_MAX_BYTES and (chunk := await reader.read(BODY_MAX_BYTES)):
                received += chunk
    return received.partition(b"\r\n\r\n")[2]


def _failing(body: bytes) -> str:
    """The names that `shipway.health` gives: ` failing: db, cache`."""
    try:
        names = json.loads(body[body.find(b"{") : body.rfind(b"}") + 1])["failing"]
    except (ValueError, KeyError, TypeError):
        return ""
    words = ", ".join(str(name) for name in names) if isinstance(names, list | dict) else str(names)
    return f" failing: {words}" if words else ""
