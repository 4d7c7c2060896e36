"""Brings an image here: `python -m shipway.adapters.platforms.docker.pulling --engine URL IMAGE`."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from shipway.adapters.platforms.docker.engine import engine, telling
from shipway.adapters.platforms.docker.images import is_here
from shipway.errors import PortError

PULL_SECONDS_MAX = 3600.0
NOISE = ("Downloading", "Extracting", "Waiting", "Pulling fs layer", "Verifying Checksum")


def pull(address: str, image: str) -> None:
    """Done at once where it is here. Prints what happens, without progress bars. Raises `PortError`."""
    if is_here(address, image):
        print(f"{image} is here", flush=True)
        return
    client = engine(address)
    with telling(address, f"to pull {image}"):
        _told(client.pull(image, stream=True, decode=True), address, image)


def _told(answers: Iterable[Mapping[str, Any]], address: str, image: str) -> None:
    for answer in answers:
        if "error" in answer:
            raise PortError(
                f"{image} cannot be pulled",
                where=address,
                why=f"{answer['error']}.",
                fix="Push it, or log in with `docker login`.",
            )
        if answer.get("status") not in NOISE:
            print(" ".join(str(answer[key]) for key in ("id", "status") if key in answer), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("image")
    arguments = parser.parse_args()
    try:
        pull(arguments.engine, arguments.image)
    except PortError as error:
        # The last line is the one that a failed preparation shows.
        print(f"{error.what}: {error.why}", file=sys.stderr)
        sys.exit(1)
