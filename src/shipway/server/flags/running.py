"""The server as a process."""

import asyncio
import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
import uvicorn

from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import Retention, Token
from shipway.home import Home
from shipway.server.flags.access import new_token
from shipway.server.flags.app import application, serving

GOODBYE_SECONDS = 2
"""How long open streams may keep a server that shall stop."""
BACKLOG = 2048
ADMIN = "admin"

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Where the server listens, and whose web pages may ask."""

    host: str
    port: int
    origins: Sequence[str]
    database: str | None
    """Where flags are kept, instead of in the home."""
    keeps: Retention


async def run(home: Home, listening: Listening, taken: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, over a socket that is bound already."""
    with FlagStore(listening.database or home.flags) as store:
        await _first_token(store, home)
        async with serving(store, listening.keeps) as environments:
            settings = uvicorn.Config(
                application(environments, origins=listening.origins),
                lifespan="off",
                http="httptools",
                log_level="warning",
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GOODBYE_SECONDS,
            )
            log.info("serving flags", address=f"http://{listening.host}:{taken.getsockname()[1]}")
            await uvicorn.Server(settings).serve(sockets=[taken])


async def _first_token(store: FlagStore, home: Home) -> None:
    """Somebody has to be the first: a store without an administrator gets one, whose token lies beside it."""
    known = await store.desk.tokens()
    if any(one.kind == "admin" and one.environment is None and one.revoked_at is None for one in known.values()):
        return
    text, digest = new_token("admin")
    home.flags_token.unlink(missing_ok=True)
    home.flags_token.touch(mode=0o600, exist_ok=False)
    home.flags_token.write_text(f"{text}\n")
    name = ADMIN if ADMIN not in {one.name for one in known.values()} else f"{ADMIN}-{secrets.token_hex(2)}"
    token = Token(
        id=secrets.token_hex(8), name=name, kind="admin", environment=None, at=time.time(), by="the first start"
    )
    await store.desk.add_token(token, digest)
    log.info("made the first token", path=str(home.flags_token))


def serve(home: Home, listening: Listening, taken: socket.socket) -> None:
    """As `run`, with the quicker event loop where there is one."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(home, listening, taken))
