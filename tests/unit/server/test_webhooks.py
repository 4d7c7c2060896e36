"""Webhooks: signed, tried again, given up."""

import asyncio
import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from shipway.adapters.flag_store.store import FlagStore
from shipway.adapters.flag_store.values import Author, Webhook
from shipway.flags.state import Change
from shipway.server.flags.webhooks import TRIES_MAX, Webhooks

PLENTY_SECONDS = 30.0
SECRET = "whsec_" + base64.urlsafe_b64encode(b"s" * 32).decode().rstrip("=")


@dataclass
class Receiver:
    url: str = ""
    refusals: int = 0
    wanted: int = 0
    enough: threading.Event = field(default_factory=threading.Event)
    got: list[tuple[Message, bytes]] = field(default_factory=list)


@contextmanager
def receiver(refusals: int, *, wanted: int) -> Iterator[Receiver]:
    made = Receiver(refusals=refusals, wanted=wanted)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.headers, body))
            self.send_response(500 if len(made.got) <= made.refusals else 204)
            self.end_headers()
            if len(made.got) == made.wanted:
                made.enough.set()

        def log_message(self, *words: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def _tell(folder: Path, until: "Receiver") -> None:
    with FlagStore(folder / "flags.db") as store:
        webhook = Webhook(id="w", environment="production", url=until.url, secret=SECRET, at=0.0, by="anna")
        await store.desk.add_webhook(webhook)
        loaded = await store.entries.load("production")
        assert loaded is not None
        webhooks = Webhooks(store.desk, first_wait_seconds=0.001)
        running = asyncio.create_task(webhooks.run())
        webhooks.tell(loaded, [Change(kind="features", name="a", body={"kill": True})], Author(by="anna", at=1.0))
        assert await asyncio.to_thread(until.enough.wait, PLENTY_SECONDS)
        await asyncio.sleep(0.1)
        running.cancel()


def test_a_receiver_that_fails_at_first_is_told_again_and_can_check_the_sender(tmp_path: Path) -> None:
    with receiver(refusals=2, wanted=3) as found:
        asyncio.run(_tell(tmp_path, found))
    assert len(found.got) == 3
    headers, body = found.got[-1]
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.new(b"s" * 32, text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert len({one["webhook-id"] for one, _ in found.got}) == 1


def test_a_receiver_that_never_answers_well_is_given_up(tmp_path: Path) -> None:
    with receiver(refusals=99, wanted=TRIES_MAX) as found:
        asyncio.run(_tell(tmp_path, found))
    assert len(found.got) == TRIES_MAX
