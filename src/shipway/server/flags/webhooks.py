"""Tells addresses of changes: signed, tried again, bounded.

The form is that of Standard Webhooks (github.com/standard-webhooks/standard-webhooks): the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`, which is `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.
"""

import asyncio
import base64
import hashlib
import hmac
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import msgspec
import structlog

from shipway.adapters.flag_store.desk import SqlDesk
from shipway.adapters.flag_store.values import Author, Loaded, Webhook
from shipway.errors import PortError
from shipway.flags.state import Change

QUEUE_MAX = 1_000
TRIES_MAX = 6
FIRST_WAIT_SECONDS = 1.0
ANSWER_SECONDS = 10.0
SENDERS = 4

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Told:
    """One change on its way to those who want to know."""

    environment: str
    id: str
    content: bytes


class Webhooks:
    """A queue and a few senders. What does not fit, or is refused too often, is logged as lost."""

    def __init__(self, desk: SqlDesk, *, first_wait_seconds: float = FIRST_WAIT_SECONDS) -> None:
        self._desk = desk
        self._first_wait_seconds = first_wait_seconds
        self._queue: asyncio.Queue[tuple[Webhook, Told]] = asyncio.Queue(QUEUE_MAX)
        self._told: asyncio.Queue[Told] = asyncio.Queue(QUEUE_MAX)

    def tell(self, loaded: Loaded, changes: Sequence[Change], author: Author) -> None:
        """Put a change into the queue; nobody waits for it."""
        environment, revision = loaded.environment.name, loaded.environment.revision
        said = {
            "type": "flags.changed",
            "environment": environment,
            "revision": revision,
            "by": author.by,
            "at": author.at,
            "reason": author.why,
            "changes": [{"kind": one.kind, "name": one.name, "body": one.body} for one in changes],
        }
        told = Told(environment=environment, id=f"{environment}-{revision}", content=msgspec.json.encode(said))
        try:
            self._told.put_nowait(told)
        except asyncio.QueueFull:
            log.error("a change is told to no webhook: too many wait", id=told.id)

    async def run(self) -> None:
        """Send until cancelled."""
        async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client, asyncio.TaskGroup() as group:
            group.create_task(self._distribute())
            for _ in range(SENDERS):
                group.create_task(self._send_all(client))

    async def _distribute(self) -> None:
        while True:
            told = await self._told.get()
            try:
                for webhook in await self._desk.webhooks():
                    if webhook.environment == told.environment:
                        await self._queue.put((webhook, told))
            except PortError as error:
                log.error("a change is told to no webhook", id=told.id, error=error.what)

    async def _send_all(self, client: httpx2.AsyncClient) -> None:
        while True:
            webhook, told = await self._queue.get()
            await self._send(client, webhook, told)

    async def _send(self, client: httpx2.AsyncClient, webhook: Webhook, told: Told) -> None:
        why = ""
        for attempt in range(TRIES_MAX):
            if attempt:
                await asyncio.sleep(self._first_wait_seconds * 2 ** (attempt - 1) * random.uniform(0.8, 1.2))
            try:
                answer = await client.post(
                    webhook.url, content=told.content, headers=signed(webhook, told, time.time())
                )
            except httpx2.HTTPError as error:
                why = type(error).__name__
                continue
            if answer.is_success:
                return
            why = f"status {answer.status_code}"
        log.error("a webhook was not told", webhook=webhook.id, id=told.id, tries=TRIES_MAX, last=why)


def signed(webhook: Webhook, told: Told, now: float) -> dict[str, str]:
    """The headers that let a receiver check who sends this, and that it is not an old one again."""
    at = str(int(now))
    key = base64.urlsafe_b64decode(webhook.secret.removeprefix("whsec_") + "==")
    text = f"{told.id}.{at}.".encode() + told.content
    signature = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": told.id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{signature}",
    }
