"""A small gRPC server with grpc.health.v1, and a client: bytes in, bytes out, so that nothing is generated.

`unary` answers with the revision. The request says what to do: `fail N` ends with that status, `slow S` takes
that long.
`stream` sends a message each tenth of a second, for as many seconds as the request says.
"""

import asyncio
from contextlib import asynccontextmanager

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from contract.shop_calls import STREAM, TICK_SECONDS, UNARY


class Shop(grpc.GenericRpcHandler):
    """Both methods."""

    def __init__(self, revision: str) -> None:
        self.revision = revision.encode()

    def service(self, details):
        if details.method == UNARY:
            return grpc.unary_unary_rpc_method_handler(self._unary)
        return grpc.unary_stream_rpc_method_handler(self._stream) if details.method == STREAM else None

    async def _unary(self, asked: bytes, context) -> bytes:
        word, _, value = asked.decode().partition(" ")
        if word == "fail":
            code = next(code for code in grpc.StatusCode if code.value[0] == int(value))
            await context.abort(code, "as asked")
        if word == "slow":
            await asyncio.sleep(float(value))
        return self.revision

    async def _stream(self, asked: bytes, context):
        for _ in range(round(float(asked) / TICK_SECONDS)):
            yield self.revision
            await asyncio.sleep(TICK_SECONDS)


class GrpcBackend:
    """One replica."""

    def __init__(self, revision: str) -> None:
        self.revision, self.address = revision, ""
        self.health = health.aio.HealthServicer()

    async def start(self, port: int = 0) -> "GrpcBackend":
        self.server = grpc.aio.server()
        self.server.add_generic_rpc_handlers((Shop(self.revision),))
        health_pb2_grpc.add_HealthServicer_to_server(self.health, self.server)
        self.address = f"127.0.0.1:{self.server.add_insecure_port(f'127.0.0.1:{port}')}"
        await self.server.start()
        await self.say(serving=True)
        return self

    async def say(self, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        for name in ("", "shop.Shop"):
            await self.health.set(name, status.SERVING if serving else status.NOT_SERVING)

    async def stop(self, grace: float = 0.0) -> None:
        await self.server.stop(grace)


@asynccontextmanager
async def grpc_backends(*revisions: str):
    started = [await GrpcBackend(revision).start() for revision in revisions]
    try:
        yield started
    finally:
        for one in started:
            await one.stop()


async def call(channel: grpc.aio.Channel, asked: str = "") -> str:
    """The revision that answered. Raises `grpc.aio.AioRpcError`."""
    answer = await channel.unary_unary(UNARY)(asked.encode(), timeout=20)
    return answer.decode()
