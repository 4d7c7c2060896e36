"""A stand behind an HAProxy that somebody else runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from acceptance.stand import Stand
from contract.existing_haproxy_stand import Owner
from shipway.adapters.traffic.haproxy.existing.places import Place
from tests.real.ports import HOST


@asynccontextmanager
async def behind_an_owned_haproxy(stand: Stand) -> AsyncIterator[Owner]:
    """It runs before the first deploy, and is nobody's of ours."""
    kept = Place(stand.home.path, stand.service).servers
    owner = Owner(stand.folder, address=f"{HOST}:{stand.port}", kept=kept, health="/health/ready")
    owner.write()
    await owner.start()
    stand.wish["traffic"] = {"haproxy": {"socket": str(owner.socket), "backend": "shop"}}
    canary = stand.wish["canary"]
    assert isinstance(canary, dict)
    canary.pop("sticky", None)
    try:
        yield owner
    finally:
        await owner.stop()
