"""Stands between the server's lifespan messages and the application's."""

import logging
from collections.abc import Awaitable, Callable

from shipway.health.asgi_types import App, Message, Receive, Scope, Send

logger = logging.getLogger("shipway.health")


class Lifespan:
    """Says when the application has started, and closes before the server hears that it has ended.

    An application without a lifespan gets one: many raise or return on a scope that they do not know.
    """

    def __init__(self, app: App, on_started: Callable[[], None], on_ended: Callable[[], Awaitable[None]]) -> None:
        self._app = app
        self._on_started = on_started
        self._on_ended = on_ended
        self._has_received = self._is_answered = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3, for the scope `lifespan`."""

        async def inward() -> Message:
            self._has_received = True
            return await receive()

        async def outward(message: Message) -> None:
            self._is_answered = True
            await self._forward(message, send)

        try:
            await self._app(scope, inward, outward)
        except Exception as error:
            if self._is_answered:
                raise
            logger.info("the application has no lifespan of its own (%r)", error)
        if not self._is_answered:
            await self._stand_in(receive, send)

    async def _forward(self, message: Message, send: Send) -> None:
        match message["type"]:
            case "lifespan.startup.complete":
                self._on_started()
            case "lifespan.shutdown.complete" | "lifespan.shutdown.failed":
                await self._on_ended()
        await send(message)

    async def _stand_in(self, receive: Receive, send: Send) -> None:
        if not self._has_received:
            await receive()
        await self._forward({"type": "lifespan.startup.complete"}, send)
        await receive()
        await self._forward({"type": "lifespan.shutdown.complete"}, send)
