"""A gRPC application: `grpc_app.py --port 8001 --version 1.8.2`. SIGTERM ends it when its calls have."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from contract.grpc_backend import GrpcBackend

GRACE_SECONDS = 20.0


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--version")
    options = parser.parse_args()
    backend = await GrpcBackend(options.version).start(options.port)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await backend.stop(GRACE_SECONDS)


if __name__ == "__main__":
    asyncio.run(main())
