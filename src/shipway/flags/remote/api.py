"""One request to a flag server, with the standard library alone."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from shipway.errors import Exit, PortError, ShipwayError
from shipway.flags.model import Json

ANSWER_SECONDS = 10.0
ANSWER_BYTES_MAX = 64_000_000


class ServerRefused(ShipwayError):
    """The server has understood, and does not do it."""

    code = "flag-server-refused"
    exit_code = Exit.REFUSED


class ServerAway(PortError):
    """The server does not answer, or not as a flag server does."""

    code = "flag-server-away"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a server is, who asks, and about which environment."""

    url: str
    token: str = field(default="", repr=False)
    environment: str | None = None
    """None: the token's."""

    @property
    def parts(self) -> SplitResult:
        """Raises `ServerRefused` where this is no address."""
        try:
            parts = urlsplit(self.url)
            is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            is_good = False
        if not is_good:
            raise ServerRefused(
                "this is not the address of a flag server",
                where=self.url,
                why="It begins with http:// or https:// and names a host.",
                fix="Write an address such as https://flags.example.com.",
            )
        return parts

    def path(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """A path below the address, with the environment in its query."""
        asked = dict(query or {})
        if self.environment is not None:
            asked["environment"] = self.environment
        tail = f"?{urlencode(asked)}" if asked else ""
        return f"{self.parts.path.rstrip('/')}{path}{tail}"

    def connect(self, seconds: float) -> http.client.HTTPConnection:
        """A connection that is not open yet; each wait on it ends after so many seconds."""
        host, port = self.parts.hostname or "", self.parts.port
        if self.parts.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, port, timeout=seconds)


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What the server said."""

    status: int
    content: Json
    """JSON as data, anything else as text."""
    etag: str | None


def named(path: str, name: str) -> str:
    """A path with a name that may hold anything."""
    return f"{path}/{quote(name, safe='')}"


@dataclass(frozen=True)
class Api:
    """The management interface. Raises `ServerRefused` and `ServerAway`."""

    address: Address
    seconds: float = ANSWER_SECONDS

    def ask(
        self, method: str, path: str, *, body: Json = None, query: Mapping[str, str] | None = None, match: str = ""
    ) -> Answered:
        """Send a request and read its answer. A body is sent as JSON, or as it is where it is bytes."""
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.address.token}", "accept": "*/*"}
        if content is not None:
            headers["content-type"] = "application/yaml" if isinstance(body, bytes) else "application/json"
        if match:
            headers["if-match"] = match
        connection = self.address.connect(self.seconds)
        try:
            connection.request(method, self.address.path(path, query), content, headers)
            answer = connection.getresponse()
            raw = answer.read(ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            raise away(self.address, error) from error
        finally:
            connection.close()
        said = _content(answer, raw)
        if answer.status >= 300:
            raise _refused(self.address, answer.status, said)
        return Answered(status=answer.status, content=said, etag=answer.getheader("etag"))


def _content(answer: http.client.HTTPResponse, raw: bytes) -> Json:
    text = raw.decode("utf-8", "replace")
    if (answer.getheader("content-type") or "").startswith("application/json"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def away(address: Address, error: Exception) -> ServerAway:
    """Nothing, or nonsense, came back."""
    return ServerAway(
        "the flag server does not answer",
        where=address.url,
        why=f"{type(error).__name__}: {error}".rstrip(": ") + ".",
        fix="Look whether `shipway flags serve` runs there, and whether this machine may reach it.",
    )


def _refused(address: Address, status: int, said: Json) -> ShipwayError:
    if isinstance(said, dict) and isinstance(said.get("what"), str):
        parts = {key: str(said.get(key, "")) for key in ("where", "why", "fix")}
        error = ServerRefused(said["what"], **parts)
        error.code = str(said.get("code", error.code))
        error.exit_code = Exit.INPUT if status in (400, 404) else Exit.REFUSED
        return error
    return ServerAway(
        "this does not answer as a flag server does",
        where=address.url,
        why=f"It answered with status {status}.",
        fix="Check the address.",
    )
