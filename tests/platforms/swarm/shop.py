"""The example shop in a Swarm, on a stand with Envoy and a controller."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from acceptance.stand import Stand
from platforms.docker import shop as contained
from platforms.docker.engine import Engine
from platforms.swarm.swarm_stand import NETWORK, forget


def platform(engine: Engine, **options: object) -> dict[str, object]:
    """`platform:` for a shop whose code is that of this checkout."""
    found = contained.platform(engine, networks=[NETWORK], **options)
    return {"swarm": found["docker"]}


@asynccontextmanager
async def shop(engine: Engine, folder: Path, *, controlled: bool = True, **wish: object) -> AsyncIterator[Stand]:
    """A stand of its own; what it leaves in the Swarm is taken away."""
    options = dict(wish.pop("swarm", {}))  # type: ignore[call-overload]
    stand = Stand(folder, {"service": f"shop-{uuid.uuid4().hex[:6]}", **wish})
    stand.wish["platform"] = platform(engine, **options)
    if controlled:
        stand.control()
    try:
        yield stand
    except BaseException:
        print(await stand.tale())
        raise
    finally:
        await stand.close()
        forget(engine, f"shipway.home={stand.home.path}")


def told(
    engine: Engine,
    folder: Path,
    story: Callable[[Stand], Awaitable[None]],
    *,
    controlled: bool = True,
    **wish: object,
) -> None:
    """Play a story on a stand."""

    async def played() -> None:
        async with shop(engine, folder, controlled=controlled, **wish) as stand:
            await story(stand)

    asyncio.run(played())
