"""OFREP 0.3 (github.com/open-feature/protocol): evaluations, and a stream that says when to ask again."""

import base64
import hashlib
import hmac
import time
from urllib.parse import parse_qs, quote, unquote

import msgspec
from xxhash import xxh3_128_hexdigest

from shipway.adapters.flag_store.values import Token
from shipway.errors import ShipwayError
from shipway.server.flags import answers
from shipway.server.flags.environments import Environments
from shipway.server.flags.problems import TooLarge, no_token, status_of
from shipway.server.flags.stream import stream
from shipway.server.flags.wire import JSON, Receive, Scope, Send, answer, bearer, body, header

FLAGS = "/ofrep/v1/evaluate/flags"
EVENTS = "/ofrep/v1/events"
BODY_BYTES_MAX = 1_000_000
TICKET_SECONDS = 86_400
INACTIVITY_SECONDS = 120
NO_BODY = (401, 403)


class Evaluate(msgspec.Struct):
    """The body of an evaluation."""

    context: dict[str, object] = msgspec.field(default_factory=dict)


DECODER = msgspec.json.Decoder(Evaluate)


class Ofrep:
    """The protocol's paths. Everything else is not for it."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    def is_mine(self, scope: Scope) -> bool:
        """Whether a request is one of the protocol."""
        path: str = scope["path"]
        return path.startswith(FLAGS) if scope["method"] == "POST" else path == EVENTS and scope["method"] == "GET"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope["path"]
        name = unquote_once(scope)
        try:
            if path == EVENTS:
                await self._events(scope, receive, send)
            elif name:
                await self._single(scope, receive, send, name)
            else:
                await self._bulk(scope, receive, send)
        except ShipwayError as error:
            status = status_of(error)
            code = "INVALID_CONTEXT" if isinstance(error, TooLarge) else "GENERAL"
            said = {"key": name} if name else {}
            said |= {"errorCode": code, "errorDetails": error.what}
            await answer(send, status, b"" if status in NO_BODY else msgspec.json.encode(said))

    async def _single(self, scope: Scope, receive: Receive, send: Send, name: str) -> None:
        live = self._environments.of(self._token(scope), scope, "evaluate")
        raw = await body(receive, BODY_BYTES_MAX)
        try:
            context = DECODER.decode(raw).context
        except (msgspec.DecodeError, RecursionError) as error:
            await answer(send, 400, answers.failure(name, "PARSE_ERROR", str(error)))
            return
        status, content = answers.single(live, name, answers.user_of(context))
        await answer(send, status, content)

    async def _bulk(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = self._token(scope)
        live = self._environments.of(token, scope, "evaluate")
        raw = await body(receive, BODY_BYTES_MAX)
        tag = f'"{live.tag}-{xxh3_128_hexdigest(raw)}-{token.id}"'
        if header(scope, b"if-none-match") == tag:
            await answer(send, 304, headers=((b"etag", tag.encode()),))
            return
        try:
            context = DECODER.decode(raw).context
        except (msgspec.DecodeError, RecursionError) as error:
            said = {"errorCode": "PARSE_ERROR", "errorDetails": str(error)}
            await answer(send, 400, msgspec.json.encode(said))
            return
        flags = answers.all_of(live, answers.user_of(context))
        content = b'{"flags":[%s],"eventStreams":%s}' % (flags, self._streams(live.environment.name))
        await answer(send, 200, content, (JSON, (b"etag", tag.encode())))

    async def _events(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A browser's EventSource sends no headers, so that the address has a ticket instead of a token."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        ticket = query.get("ticket", [""])[0]
        environment = opened(ticket, self._environments.key, time.time())
        live = self._environments.by_name.get(environment or "")
        if live is None:
            raise no_token()
        first = live.greeting(header(scope, b"last-event-id"), time.time())
        await stream(live.refetches, live.refetches.number, first, receive, send)

    def _streams(self, environment: str) -> bytes:
        """Where changes are told; the same address for an hour, because a client compares addresses."""
        until = (int(time.time()) // 3600 + 1) * 3600 + TICKET_SECONDS
        made = ticket(environment, self._environments.key, until)
        endpoint = {"requestUri": f"{EVENTS}?ticket={quote(made)}"}
        one = {"type": "sse", "endpoint": endpoint, "inactivityDelaySec": INACTIVITY_SECONDS}
        return msgspec.json.encode([one])

    def _token(self, scope: Scope) -> Token:
        return self._environments.access.bearer(bearer(scope))


def unquote_once(scope: Scope) -> str:
    """The flag's name in a path; nothing where all flags are asked."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return unquote(raw.split(b"?")[0].decode("latin-1")[len(FLAGS) :].strip("/"), errors="replace")


def ticket(environment: str, key: bytes, until: int) -> str:
    """A signed permission to listen to an environment until a time."""
    said = f"{until}.{environment}"
    return f"{said}.{_signature(said, key)}"


def opened(ticket: str, key: bytes, now: float) -> str | None:
    """The environment of a ticket that is signed by us and not over."""
    said, _, signature = ticket.rpartition(".")
    until, _, environment = said.partition(".")
    if not hmac.compare_digest(_signature(said, key).encode(), signature.encode()):
        return None
    return environment if int(until) > now else None


def _signature(said: str, key: bytes) -> str:
    made = hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")
