"""Commands and addresses that are asked: they agree, refuse, hang, and are ended."""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shipway.adapters.gates.command import CommandGate
from shipway.adapters.gates.http import HttpGate
from shipway.ports.gate import Answer, Gate

FACTS = {"service": "checkout", "run": "7", "stage": "canary 5%", "key": "checkout/7/1/0", "share": "5"}
pytestmark = pytest.mark.real


async def answer(gate: Gate, target: str, *, timeout: float = 60.0) -> Answer:
    for _ in range(2000):
        found = await gate.ask(target, FACTS, timeout=timeout)
        if found.passed is not None:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it never answered")


def test_a_command_gets_the_facts_and_agrees_by_ending_with_0(tmp_path: Path) -> None:
    line = 'echo "$SHIPWAY_STAGE $SHIPWAY_SHARE {service} $SHIPWAY_KEY"'
    found = asyncio.run(answer(CommandGate(tmp_path), line))
    assert found == Answer(passed=True, detail="canary 5% 5 checkout checkout/7/1/0")


def test_a_command_that_fails_says_what_it_printed_last(tmp_path: Path) -> None:
    found = asyncio.run(answer(CommandGate(tmp_path), "echo one; echo two >&2; exit 3"))
    assert found == Answer(passed=False, detail="echo one; echo two >&2; exit 3 ended with 3: two")


def test_of_a_command_that_prints_without_end_only_the_end_is_kept(tmp_path: Path) -> None:
    megabytes = 64
    line = f"head -c {megabytes}M /dev/zero; echo; echo last"
    tracemalloc.start()
    try:
        found = asyncio.run(answer(CommandGate(tmp_path), line))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == Answer(passed=True, detail="last")
    assert most < megabytes * 2**20 / 8


def test_a_command_whose_folder_is_gone_is_a_no_and_runs_nowhere_else(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    found = asyncio.run(answer(CommandGate(tmp_path / "gone"), f"touch {ran}"))
    assert found == Answer(passed=False, detail=f"touch {ran} was not run: its folder {tmp_path / 'gone'} is gone")
    assert not ran.exists()


def test_a_command_that_hangs_is_a_no(tmp_path: Path) -> None:
    found = asyncio.run(answer(CommandGate(tmp_path), "sleep 100", timeout=0.3))
    assert found.passed is False and "no answer" in found.detail


def test_a_command_that_is_not_waited_for_any_more_ends_with_its_children(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = CommandGate(tmp_path)
        line = "echo begun >> beats; sleep 0.2; while :; do echo beat >> beats; sleep 0.05; done"
        while not (tmp_path / "beats").exists():
            assert (await gate.ask(line, FACTS, timeout=60.0)).passed is None
            await asyncio.sleep(0.02)
        await gate.end(line, FACTS)
        before = (tmp_path / "beats").read_text()
        await asyncio.sleep(0.4)
        assert (tmp_path / "beats").read_text() == before

    asyncio.run(scenario())


@asynccontextmanager
async def answering(reply: Callable[[bytes], Awaitable[bytes]]) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if b"content-length" in line
        )
        body = await reader.readexactly(length)
        writer.write(await reply(head + body))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


@pytest.mark.parametrize(
    ("status", "passed"), [(b"200 OK", True), (b"202 A", True), (b"302 F", False), (b"500 E", False)]
)
def test_an_address_gets_the_facts_and_agrees_with_a_2xx(status: bytes, passed: bool) -> None:
    asked: list[bytes] = []

    async def reply(request: bytes) -> bytes:
        asked.append(request)
        return b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\nLocation: /\r\n\r\nsaid this"

    async def scenario() -> Answer:
        async with answering(reply) as url:
            return await answer(HttpGate(), url)

    found = asyncio.run(scenario())
    assert found.passed is passed and "said this" in found.detail
    [request] = asked
    assert json.loads(request.partition(b"\r\n\r\n")[2]) == FACTS
    assert b"idempotency-key: checkout/7/1/0" in request.lower()


def test_an_address_that_hangs_or_is_not_there_is_a_no() -> None:
    async def reply(_: bytes) -> bytes:
        await asyncio.sleep(5)
        return b""

    async def scenario() -> None:
        async with answering(reply) as url:
            assert "no answer" in (await answer(HttpGate(), url, timeout=0.3)).detail
        assert "cannot be reached" in (await answer(HttpGate(), "http://127.0.0.1:9/hook")).detail

    asyncio.run(scenario())
