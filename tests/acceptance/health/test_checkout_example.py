"""The example application, as a command."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from acceptance.health.running import DEADLINE_SECONDS, HOST, eventually
from tests.real.ports import free_port

pytestmark = pytest.mark.real
EXAMPLE = Path(__file__).parents[3] / "examples" / "checkout" / "checkout.py"
REQUESTS = 40


class Shop:
    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process, self.port = process, port

    def ask(self, path: str, method: str = "GET", body: str = "") -> tuple[HTTPResponse, str]:
        connection = HTTPConnection(HOST, self.port, timeout=DEADLINE_SECONDS)
        connection.request(method, path, body)
        response = connection.getresponse()
        return response, response.read().decode()

    def is_listening(self) -> bool:
        assert self.process.poll() is None
        try:
            return self.ask("/health/alive")[0].status == 200
        except (OSError, HTTPException):
            return False

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_SECONDS)


@contextmanager
def shop(version: str, **environment: str) -> Iterator[Shop]:
    port = free_port()
    command = [sys.executable, str(EXAMPLE), "--port", str(port), "--version", version]
    with subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True) as process:
        made = Shop(process, port)
        try:
            eventually(made.is_listening, "the shop listens")
            yield made
        finally:
            process.kill()


def statuses(running: Shop) -> set[int]:
    return {running.ask("/")[0].status for _ in range(REQUESTS)}


def test_a_good_version_sells_and_names_itself() -> None:
    order = {"items": [{"sku": "tea", "quantity": 2}, {"sku": "mug"}]}
    with shop("1.8.2") as running:
        page, html = running.ask("/")
        assert (page.status, page.getheader("x-version")) == (200, "1.8.2")
        assert "Checkout 1.8.2" in html
        response, receipt = running.ask("/checkout", "POST", json.dumps(order))
        assert (response.status, json.loads(receipt)["total_cents"]) == (201, 2100)
        assert running.ask("/cart")[0].status == 200
        assert running.ask("/stream?seconds=0.5")[1].endswith("data: end\n\n")
        assert running.ask("/slow?seconds=0")[0].status == 200
        assert running.ask("/health/ready")[0].getheader("x-version") == "1.8.2"
        assert statuses(running) == {200}
        assert running.end() == 0


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"items": [{"sku": "gold"}]}', '{"items": [{"sku": "tea", "quantity": 0}]}']
)
def test_a_bad_order_is_refused(body: str, good_shop: Shop) -> None:
    response, text = good_shop.ask("/checkout", "POST", body)
    assert response.status == 400
    assert json.loads(text)["error"]


@pytest.fixture(scope="module")
def good_shop() -> Iterator[Shop]:
    with shop("1.9.0") as running:
        yield running


def test_a_websocket_echoes(good_shop: Shop) -> None:
    with connect(f"ws://{HOST}:{good_shop.port}/live", open_timeout=DEADLINE_SECONDS, proxy=None) as socket:
        socket.send("hello")
        assert socket.recv(DEADLINE_SECONDS) == "hello"


@pytest.mark.parametrize(("share", "expected"), [("100%", {500}), ("0", {200}), ("0.5", {200, 500})])
def test_the_bad_version_fails_as_much_as_wanted(share: str, expected: set[int]) -> None:
    with shop("1.10.0", CHECKOUT_FAIL_SHARE=share) as running:
        assert statuses(running) == expected
        assert running.ask("/health/ready")[0].status == 200


@pytest.mark.parametrize(
    ("environment", "failing"),
    [({"CHECKOUT_NEVER_READY": "1"}, ["stock"]), ({"CHECKOUT_START_SECONDS": "300"}, ["start"])],
)
def test_a_shop_that_is_not_ready_says_why(environment: Any, failing: list[str]) -> None:
    with shop("1.9.0", **environment) as running:
        response, body = running.ask("/health/ready")
        assert (response.status, json.loads(body)["failing"]) == (503, failing)


def test_a_slow_start_ends() -> None:
    with shop("1.9.0", CHECKOUT_START_SECONDS="0.5") as running:
        eventually(lambda: running.ask("/health/ready")[0].status == 200, "the shop is ready")


def test_a_crash_ends_with_1() -> None:
    command = [sys.executable, str(EXAMPLE), "--port", str(free_port())]
    environment = os.environ | {"CHECKOUT_CRASH": "1"}
    ended = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=DEADLINE_SECONDS)
    assert ended.returncode == 1


def test_requests_are_logged_as_json_when_wanted() -> None:
    with shop("1.8.2", CHECKOUT_LOG_REQUESTS="1") as running:
        running.ask("/cart?x=1")
        assert running.end() == 0
        assert running.process.stdout is not None
        lines = [json.loads(line) for line in running.process.stdout if line.startswith("{")]
    cart = [line for line in lines if line["path"] == "/cart"]
    assert [(line["method"], line["status"], line["version"]) for line in cart] == [("GET", 200, "1.8.2")]
