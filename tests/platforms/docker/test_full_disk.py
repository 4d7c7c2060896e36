"""Docker's own disk is full: the release goes back, users notice nothing, and the next one goes well."""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand
from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine, running
from platforms.docker.network import own_network
from platforms.docker.shop import PATIENT, shop
from shipway.model.event import DriftSeen

pytestmark = pytest.mark.real
DISK_BYTES = 300 * 2**20


@contextmanager
def small(engine: Engine) -> Iterator[tuple[Engine, Path]]:
    """Another engine, with the image of the first one, on a disk of its own."""
    folder = Path(tempfile.mkdtemp(prefix="swf-"))
    data = folder / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(data)], check=True)
    try:
        with own_network(), running(folder) as other:
            engine.ask("save", "--output", str(folder / "image.tar"), APP_IMAGE)
            other.ask("load", "--input", str(folder / "image.tar"))
            (folder / "image.tar").unlink()
            yield other, data
    finally:
        subprocess.run(["umount", "--lazy", str(data)], check=False)
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def fill(disk: Path) -> Path:
    """Take all room that is left."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


def test_a_full_disk_of_docker_takes_the_release_back(engine: Engine, tmp_path: Path) -> None:
    async def story(stand: Stand, disk: Path) -> None:
        await stand.ship_first("1.8.2")
        load = stand.users()
        filler = await asyncio.to_thread(fill, disk)
        stand.change(deadline="20s")
        past = await stand.deploy("1.9.0")
        assert past.outcome == "rolled-back"
        assert "no space left on device" in past.reason, past
        assert not await stand.events(DriftSeen)
        filler.unlink()
        await stand.eventually(stand.is_at_rest, "only the former version is left")
        stand.change(**PATIENT)
        await stand.ship("2.0.0")
        await nothing_was_lost(load)

    async def played(other: Engine, disk: Path) -> None:
        async with shop(other, tmp_path, **PATIENT) as stand:
            await story(stand, disk)

    with small(engine) as (other, disk):
        asyncio.run(played(other, disk))


assert os.geteuid() == 0, "disks are mounted"
