"""A Docker Engine whose disk is so small that it can be filled."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platforms.docker.docker_stand import APP_IMAGE
from platforms.docker.engine import Engine, running
from platforms.docker.network import own_network

DISK_BYTES = 300 * 2**20


@contextmanager
def on_a_small_disk(engine: Engine) -> Iterator[tuple[Engine, Path]]:
    """Another engine, with the image of the first one, and its disk. Needs root."""
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
        # A Swarm's networks stay mounted when its engine ends.
        mounted = [data, *(folder / "exec" / "netns").glob("*")]
        subprocess.run(["umount", "--lazy", *map(str, mounted)], check=False)
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
