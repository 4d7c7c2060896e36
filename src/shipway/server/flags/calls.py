"""One call of the management interface: who asks for what, and the answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from shipway.adapters.flag_store.values import Author, Token
from shipway.errors import ShipwayError
from shipway.server.flags.environments import Environments
from shipway.server.flags.live import Live

T = TypeVar("T")
REASON_MAX = 1_000


class WrongBody(ShipwayError):
    """A body that is not what the operation takes."""

    code = "flag-request"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request whose sender may do what is asked."""

    environments: Environments
    token: Token
    live: Live
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def author(self) -> Author:
        """Who changes something, and why: the query's `reason`."""
        return Author(by=self.token.name, at=self.at, why=self.query.get("reason", "")[:REASON_MAX])

    def read(self, kind: type[T]) -> T:
        """The body. Raises `WrongBody`."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
            raise wrong_body(str(error)) from error

    def number(self, name: str, default: int) -> int:
        """A number of the query. Raises `WrongBody`."""
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            raise wrong_body(f"{name} is not a number", where=f"the query's {name}")
        return int(text)


def wrong_body(why: str, *, where: str = "the body") -> WrongBody:
    """What is said of a request that cannot be read."""
    return WrongBody(
        "the request is not what this operation takes",
        where=where,
        why=why,
        fix="/openapi.json says what each operation takes.",
    )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered: a value of JSON, or a text."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


Handler = Callable[[Call], Awaitable[Answer]]
