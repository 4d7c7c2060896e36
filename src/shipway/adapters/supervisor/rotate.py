"""Keeps logs from filling the disk: `python -I -S rotate.py <home>/supervisor`, run by supervisord.

A log that grew too large is copied and cut. Its program goes on writing at the end of the same file, so no
program needs to know; a line that it writes between the copy and the cut may be lost.
"""

# ruff: noqa: PTH105, PTH110, PTH116, PTH208
# pathlib would double what this small program weighs.
import json
import os
import sys
import time

LOG_MAX_BYTES = 10_000_000
BACKUPS = 3
LOOK_SECONDS = 2.0
CHUNK_BYTES = 1_048_576


def logs(directory: str) -> set[str]:
    """The logs of all programs, and what supervisord got to hear from their starts."""
    found = {f"{directory}/launch.log"}
    for name in os.listdir(f"{directory}/programs"):
        try:
            with open(f"{directory}/programs/{name}", encoding="utf-8") as file:
                found.add(json.load(file)["log"])
        except (FileNotFoundError, ValueError, KeyError):
            # Being removed or replaced just now.
            continue
    return found


def rotate(path: str, *, size_max: int = LOG_MAX_BYTES) -> bool:
    """Copy and cut a log that is too large; returns whether it was."""
    try:
        if os.stat(path).st_size <= size_max:
            return False
    except FileNotFoundError:
        return False
    for number in range(BACKUPS, 1, -1):
        if os.path.exists(f"{path}.{number - 1}"):
            os.replace(f"{path}.{number - 1}", f"{path}.{number}")
    _copy_and_cut(path, f"{path}.1")
    return True


def _copy_and_cut(path: str, backup: str) -> None:
    with open(path, "r+b") as source, open(os.open(backup, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as target:
        while chunk := source.read(CHUNK_BYTES):
            target.write(chunk)
        source.truncate(0)


def main(directory: str) -> None:
    """Look until the supervisord that started us is gone; the next one starts another."""
    parent = os.getppid()
    while os.getppid() == parent and _is_supervisord(parent):
        for path in logs(directory):
            try:
                rotate(path)
            except OSError as error:
                print(f"{path} cannot be rotated: {error}", flush=True)
        time.sleep(LOOK_SECONDS)


def _is_supervisord(pid: int) -> bool:
    """It may have been gone before we asked who our parent is. This file runs alone: `launch.py` says it too."""
    if sys.platform != "linux":
        return True
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"supervisord" in file.read()
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1])
