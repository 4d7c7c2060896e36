"""Who may do what: tokens by their hash."""

import hashlib
import secrets
from collections.abc import Mapping

from shipway.adapters.flag_store.values import Kind, Token
from shipway.server.flags.problems import no_token, not_allowed

PREFIX = "shipway"
RANDOM_BYTES = 32
MAY: Mapping[str, tuple[Kind, ...]] = {
    "evaluate": ("client", "server", "admin"),
    "follow": ("server", "admin"),
    "manage": ("admin",),
}
"""A client token stands in browsers for all to read: it asks for answers and sees no rule."""


def new_token(kind: Kind) -> tuple[str, str]:
    """A token and its hash. It is random and long, so that one round of SHA-256 keeps it."""
    token = f"{PREFIX}_{kind}_{secrets.token_urlsafe(RANDOM_BYTES)}"
    return token, digest(token)


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Access:
    """The tokens of a store. Raises `NotAllowed`."""

    def __init__(self, tokens: Mapping[str, Token]) -> None:
        self.by_hash = dict(tokens)

    def bearer(self, sent: str | None) -> Token:
        """Whose token it is."""
        token = self.by_hash.get(digest(sent)) if sent else None
        if token is None or token.revoked_at is not None:
            raise no_token()
        return token

    def check(self, token: Token, action: str, environment: str | None) -> None:
        """Whether its bearer may; `environment` is none for what belongs to all."""
        is_there = token.environment is None or token.environment == environment
        if token.kind not in MAY[action] or not is_there:
            raise not_allowed(token.kind, " or ".join(MAY[action]), token.environment)
