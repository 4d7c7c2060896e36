"""A database's own programs, such as those that dump and load: they end with the block that runs them."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from shipway.errors import ShipwayError

END_SECONDS = 10.0


@contextmanager
def running(
    words: Sequence[str], secret: Mapping[str, str], failed: type[ShipwayError], *, is_fed: bool = False
) -> "Iterator[subprocess.Popen[bytes]]":
    """Its output is a pipe, and its input too where it `is_fed`. Raises `failed` when it fails.

    It ends with the block, whatever ends that.
    """
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE if is_fed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C", **secret},
    )
    try:
        with suppress(BrokenPipeError):  # it says on its own why it reads no more
            yield process
        with suppress(BrokenPipeError):
            if process.stdin is not None:
                process.stdin.close()
        _ended(words[0], process, failed)
    finally:
        _end(process)


def _ended(path: str, process: "subprocess.Popen[bytes]", failed: type[ShipwayError]) -> None:
    assert process.stderr is not None
    said = process.stderr.read().decode(errors="replace")
    if not process.wait():
        return
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["It said nothing."]
    # `mariadb` prints the statement first, in which rows may be.
    said_why = next((line for line in lines if line.startswith("ERROR ")), lines[0])
    why = said_why.removeprefix(f"{Path(path).name}: ").removeprefix("error: ")
    raise failed(
        f"{Path(path).name} failed",
        where=path,
        why=f"{why[0].upper()}{why[1:].rstrip('.')}.",
        fix="Do away with what it names, then do the same again: nothing is left half done.",
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
