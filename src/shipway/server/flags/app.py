"""The server as one ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware

from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import Retention
from shipway.server.flags.environments import Environments
from shipway.server.flags.management import Following, routes
from shipway.server.flags.ofrep import Ofrep
from shipway.server.flags.webhooks import Webhooks
from shipway.server.flags.wire import App, Receive, Scope, Send

STREAM = "/stream"
EXPOSED = ("etag", "retry-after")
CORS_SECONDS = 3600


@asynccontextmanager
async def serving(store: FlagStore, keeps: Retention | None = None) -> AsyncIterator[Environments]:
    """The environments of a store, followed while the block runs."""
    environments, webhooks = Environments(store, keeps), Webhooks(store.desk)
    environments.told.append(webhooks.tell)
    await environments.open()
    work = (environments.follow(), environments.make_room(), webhooks.run())
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield environments
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


def application(environments: Environments, *, origins: Sequence[str] = ()) -> App:
    """All paths. Web pages of `origins` may ask; `*` lets all of them."""
    ofrep, following = Ofrep(environments), Following(environments)
    management = Starlette(routes=routes(environments))

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await management(scope, receive, send)
        elif ofrep.is_mine(scope):
            await ofrep(scope, receive, send)
        elif scope["path"] == STREAM and scope["method"] == "GET":
            await following(scope, receive, send)
        else:
            await management(scope, receive, send)

    if not origins:
        return choose
    return CORSMiddleware(
        choose,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("authorization", "x-api-key", "content-type", "if-none-match", "last-event-id"),
        expose_headers=EXPOSED,
        max_age=CORS_SECONDS,
    )
