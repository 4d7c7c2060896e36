"""All environments of a server, and who may enter which."""

import asyncio
import time
from urllib.parse import parse_qs

import structlog

from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import Environment, Retention, Token
from shipway.errors import PortError, ShipwayError
from shipway.server.flags.access import Access
from shipway.server.flags.live import Live, Told
from shipway.server.flags.problems import missing
from shipway.server.flags.wire import Scope

ALIVE_SECONDS = 15.0
"""How often streams give a sign of life."""
ROOM_SECONDS = 3600.0
"""How often it is let go what is over."""
LOOK_SECONDS = 0.5
"""How often another process's changes, and scheduled ones, are looked for."""

log = structlog.get_logger()


class NoEnvironment(ShipwayError):
    """A token of all environments, and none was named."""

    code = "flag-environment"


class Environments:
    """What is in memory of a store."""

    def __init__(self, store: FlagStore, keeps: Retention | None = None) -> None:
        self.store, self.keeps = store, keeps or Retention()
        self.by_name: dict[str, Live] = {}
        self.told: list[Told] = []
        self.access = Access({})
        self.key = b""

    async def open(self) -> None:
        """Read everything. Raises `PortError`."""
        self._secrets = await self.store.desk.secrets()
        self.key = bytes.fromhex(self._secrets["key"])
        await self.look()

    async def look(self) -> None:
        """Read what has changed since."""
        self.access = Access(await self.store.desk.tokens())
        for environment in await self.store.entries.environments():
            if environment.name not in self.by_name:
                await self._begin(environment.name)
            else:
                await self.by_name[environment.name].refresh(environment)

    async def follow(self) -> None:
        """Look until cancelled. A store that is away is told of, and looked for again."""
        alive_at = 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except PortError as error:
                log.warning("the store of flags cannot be read; what was read before holds", error=error.what)
            if time.monotonic() - alive_at > ALIVE_SECONDS:
                alive_at = time.monotonic()
                self.wake()

    async def make_room(self) -> None:
        """Let go what is older than the store keeps it, now and every hour, until cancelled."""
        while True:
            try:
                gone = await self.let_go(time.time())
            except PortError as error:
                log.warning("what is over in the store of flags stays for another hour", error=error.what)
            else:
                if gone:
                    log.info("let go what the store of flags keeps no longer", rows=gone)
            await asyncio.sleep(ROOM_SECONDS)

    async def let_go(self, now: float) -> int:
        """How many lines of the audit trail, counts, closed proposals and revoked tokens were over."""
        gone = await self.store.room.closed(self.keeps, now)
        for environment in tuple(self.by_name):
            gone += await self.store.room.make(environment, self.keeps, now)
        return gone

    def wake(self) -> None:
        """Let all streams give a sign of life."""
        for live in self.by_name.values():
            live.changes.wake()
            live.refetches.wake()

    async def add(self, environment: Environment) -> None:
        """Make an environment, or change its rule."""
        await self.store.entries.add(environment)
        await self.look()

    def named(self, name: str) -> Live:
        """Raises `NoSuchEntry`."""
        live = self.by_name.get(name)
        if live is None:
            raise missing("environment", name)
        return live

    def of(self, token: Token, scope: Scope, action: str) -> Live:
        """The environment that a request means: its token's, or the one in the query, or the only one.

        Raises `NotAllowed`, `NoSuchEntry` and `NoEnvironment`.
        """
        name = token.environment
        asked = scope["query_string"]
        if b"environment=" in asked:
            name = parse_qs(asked.decode("latin-1")).get("environment", [name or ""])[0]
        if name is None and len(self.by_name) == 1:
            name = next(iter(self.by_name))
        if name is None:
            raise _which(tuple(self.by_name))
        self.access.check(token, action, name)
        return self.named(name)

    async def _begin(self, name: str) -> None:
        loaded = await self.store.entries.load(name)
        if loaded is not None:
            live = Live(loaded, self.store.entries, store=self._secrets["id"])
            live.told = self.told
            self.by_name[name] = live


def _which(names: tuple[str, ...]) -> NoEnvironment:
    return NoEnvironment(
        "it is not said which environment is meant",
        where="the query",
        why=f"The token is for all of them: {', '.join(names)}.",
        fix="Add ?environment=NAME, or take a token of one environment.",
    )
