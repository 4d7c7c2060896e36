"""Replicas that speak HTTP/2 are asked in it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from contract.grpc_backend import grpc_backends
from contract.traffic import until
from shipway.adapters.replicas.health import Probe
from shipway.adapters.replicas.place import here
from shipway.adapters.replicas.probing import Kind, Outcome, ask, sent
from tests.real.ports import free_port


def grpc(service: str = "") -> Probe:
    return Probe(path="/", protocol="grpc", service=service)


async def asked(address: str, probe: Probe) -> Outcome:
    return await ask(here(int(address.rpartition(":")[2])), probe)


def test_a_grpc_server_says_itself_whether_it_serves() -> None:
    async def story() -> None:
        async with grpc_backends("1.8.2") as [backend]:
            assert (await asked(backend.address, grpc())).kind is Kind.YES
            assert (await asked(backend.address, grpc("shop.Shop"))).kind is Kind.YES
            unknown = await asked(backend.address, grpc("shop.Cart"))
            assert unknown == Outcome(Kind.NO, "grpc.health.v1 knows no service 'shop.Cart' from grpc.health.v1")
            await backend.say(serving=False)
            assert await asked(backend.address, grpc()) == Outcome(Kind.NO, "NOT_SERVING from grpc.health.v1")
            h2c = await asked(backend.address, Probe(path="/up", protocol="h2c"))
            assert h2c.kind in (Kind.YES, Kind.NO)

    asyncio.run(story())


@pytest.mark.parametrize("protocol", ["grpc", "h2c"])
def test_what_speaks_no_http_2_is_a_no(protocol: str) -> None:
    async def story() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(24)
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            outcome = await ask(here(port), Probe(path="/up", protocol=protocol))
            assert outcome.kind is Kind.NO and outcome.detail.startswith("broken answer to ")
        assert (await ask(here(port), Probe(path="/up", protocol=protocol))).kind is Kind.REFUSED

    asyncio.run(story())


@pytest.mark.real
def test_what_warms_a_replica_up_is_sent_in_its_protocol_and_read_to_the_end() -> None:
    async def story(port: int) -> None:
        async def is_up() -> bool:
            return (await sent(here(port), "GET", "/health/ready", protocol="h2c"))[0] == 200

        await until(is_up)
        assert await sent(here(port), "GET", "/cart", protocol="h2c") == (200, "")
        status, problem = await sent(here(port), "GET", "/no/such/page", protocol="h2c")
        assert (status, problem.partition(" ")[0]) == (404, "404")
        assert (await sent(here(port), "GET", "/cart", protocol="http1"))[1] != ""

    port = free_port()
    application = Path(__file__).parents[3] / "acceptance" / "h2c_app.py"
    command = [sys.executable, str(application), "--port", str(port), "--version", "1.8.2"]
    process = subprocess.Popen(command, cwd=application.parent)
    try:
        asyncio.run(story(port))
    finally:
        process.terminate()
        process.wait(20.0)
