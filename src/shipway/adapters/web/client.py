"""One service over HTTP."""

import asyncio
import email.utils
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from shipway.adapters.web.credentials import Credentials
from shipway.errors import PortError
from shipway.ports.clock import Clock

if TYPE_CHECKING:
    from httpx2 import AsyncClient, Response

ANSWER_BYTES_MAX = 16 * 1024 * 1024
SHOWN_MAX = 160
WAIT_SECONDS_MAX = 600.0
"""No service is obeyed that wants to be left alone for longer."""
WAIT_SECONDS = 5.0
"""After a refusal that does not say how long."""

Read = TypeVar("Read")


class SourceSilent(PortError):
    """A source of metrics does not answer, or refuses to."""

    code = "metric-source"


class Answer(Struct, frozen=True):
    """What came back, whatever its status."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Client:
    """Asks once per call. Nothing is repeated, as the next look asks again; a wait that is asked for is kept."""

    def __init__(
        self, url: str, credentials: Credentials, *, name: str, clock: Clock, timeout_seconds: float
    ) -> None:
        self.url, self.name = url.rstrip("/"), name
        self._credentials, self._clock, self._timeout_seconds = credentials, clock, timeout_seconds
        self._client: AsyncClient | None = None
        self._silent_until = 0.0

    async def get(self, path: str, parameters: Mapping[str, str]) -> Answer:
        """Parameters in the address. Raises `SourceSilent` where there is no answer of its own."""
        return await self._ask("GET", path, **({"params": dict(parameters)} if parameters else {}))

    async def post_form(self, path: str, form: Mapping[str, str]) -> Answer:
        """Parameters in the body, as a form: they may be long."""
        return await self._ask("POST", path, data=dict(form))

    async def post_json(self, path: str, body: object) -> Answer:
        """JSON in the body."""
        return await self._ask("POST", path, json=body)

    def read(self, answer: Answer, kind: type[Read]) -> Read:
        """The body as a value. Raises `SourceSilent` for anything else than JSON of this form."""
        return self.decoded(answer.body, kind, status=answer.status)

    def decoded(self, body: bytes | msgspec.Raw, kind: type[Read], *, status: int = 200) -> Read:
        """A part of a body that was left as it was."""
        try:
            return msgspec.json.decode(body, type=kind, strict=False)
        except msgspec.DecodeError as error:
            raise self.silent(
                f"{self.name} answered {status} with something that is not its API's JSON",
                why=f"{error}; it begins: {self.shown(bytes(body))}",
                fix="Check the address: a login page or a proxy may stand in between.",
            ) from error

    def silent(self, what: str, *, why: str = "", fix: str = "") -> SourceSilent:
        """An error of this service; secrets are taken out."""
        hidden = self._credentials.hidden
        return SourceSilent(hidden(what), where=self.url, why=hidden(why), fix=hidden(fix))

    def shown(self, body: bytes) -> str:
        """The beginning of a body on one line."""
        text = " ".join(body[: 4 * SHOWN_MAX].decode("utf-8", "replace").split())
        return self._credentials.hidden(text[:SHOWN_MAX]) or "(nothing)"

    async def close(self) -> None:
        """Let go of connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _ask(self, method: str, path: str, **named: object) -> Answer:
        left = self._silent_until - self._clock.now()
        if 0.0 < left <= WAIT_SECONDS_MAX:
            raise self.silent(
                f"{self.name} asked to be left alone, for {left:.0f} s more", fix="Raise guard.interval."
            )
        headers = await asyncio.to_thread(self._credentials.read)
        answer = await self._answer(method, path, headers=headers, **named)
        self._refuse(answer)
        return answer

    async def _answer(self, method: str, path: str, **named: object) -> Answer:
        import httpx2

        try:
            async with asyncio.timeout(self._timeout_seconds):
                client = self._opened()
                async with client.stream(method, self.url + path, **named) as response:  # type: ignore[arg-type]
                    body = self._credentials.hidden_in(await self._body(response))
                    return Answer(response.status_code, body, response.headers)
        except TimeoutError as error:
            raise self._late() from error
        except httpx2.TimeoutException as error:
            raise self._late() from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise self.silent(
                f"{self.name} cannot be reached",
                why=f"{error or type(error).__name__}",
                fix="Check its address, and that it runs; the release holds until it answers.",
            ) from error

    def _opened(self) -> "AsyncClient":
        import httpx2

        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self._timeout_seconds, follow_redirects=False)
        return self._client

    async def _body(self, response: "Response") -> bytes:
        received = bytearray()
        async for chunk in response.aiter_bytes():
            received += chunk
            if len(received) > ANSWER_BYTES_MAX:
                raise self.silent(
                    f"{self.name} answered with more than {ANSWER_BYTES_MAX // 2**20} MiB",
                    fix="Ask for fewer series: sum by the label that tells instances apart.",
                )
        return bytes(received)

    def _late(self) -> SourceSilent:
        return self.silent(
            f"{self.name} did not answer within {self._timeout_seconds:g} s",
            fix="Make the queries cheaper, or raise `timeout`; the release holds until it answers.",
        )

    def _refuse(self, answer: Answer) -> None:
        """Raises for what stands before any API: redirects, missing rights, too many questions, and outages."""
        match answer.status:
            case 301 | 302 | 303 | 307 | 308:
                raise self.silent(
                    f"{self.name} is somewhere else: it answered {answer.status}",
                    why=f"It leads to {answer.headers.get('location', 'nowhere')}; credentials do not follow.",
                    fix="Write the address that answers by itself.",
                )
            case 401 | 403:
                raise self.silent(
                    f"{self.name} refused the credentials: {answer.status}",
                    why=self.shown(answer.body),
                    fix="Check the token and what it may read; its file is read anew for each question.",
                )
            case 429 | 503 if answer.status == 429 or "retry-after" in answer.headers:
                raise self._busy(answer)
            case 500 | 502 | 503 | 504 if not answer.body.lstrip().startswith(b"{"):
                raise self.silent(f"{self.name} failed with {answer.status}", why=self.shown(answer.body))

    def _busy(self, answer: Answer) -> SourceSilent:
        """Nothing more is asked before the time that it named."""
        wait = min(wait_seconds(answer.headers, now=self._clock.now()), WAIT_SECONDS_MAX)
        self._silent_until = self._clock.now() + wait
        return self.silent(
            f"{self.name} has too many questions: {answer.status}, to be asked again in {wait:.0f} s",
            why=self.shown(answer.body),
            fix="Raise guard.interval.",
        )


def wait_seconds(headers: Mapping[str, str], *, now: float) -> float:
    """What `Retry-After` asks for, in seconds or as a date (RFC 9110, 10.2.3), or `X-RateLimit-Reset`."""
    written = headers.get("retry-after") or headers.get("x-ratelimit-reset") or ""
    if written.strip().isdigit():
        return float(written)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(written).timestamp() - now)
    except (ValueError, TypeError):
        return WAIT_SECONDS
