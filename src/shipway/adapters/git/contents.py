"""Texts of files, by the names of their blobs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from shipway.adapters.git.command import Running, asked

SIZE_MAX, SIZES_MAX = 4_000_000, 64_000_000
"""Of one file and of all together, in bytes; what is larger is not read."""


class Sizes:
    """Which of some files are there and may be read; git looks meanwhile."""

    def __init__(self, root: Path, names: Sequence[str]) -> None:
        self._names = names
        given = "".join(f"{name}\n" for name in names).encode()
        self._running = Running(root, ["cat-file", "--batch-check"], given=given)

    def fit(self) -> list[str]:
        """Their names, as many as fit."""
        lines = self._running.answer().decode(errors="replace").splitlines()
        kept, total = [], 0
        for name, line in zip(self._names, lines, strict=False):
            kind, _, size = line.partition(" ")[2].partition(" ")
            if kind == "blob" and int(size) <= SIZE_MAX and total + int(size) <= SIZES_MAX:
                kept.append(name)
                total += int(size)
        return kept

    def end(self) -> None:
        """Kill it, if it runs."""
        self._running.end()


def texts(root: Path, names: Sequence[str]) -> dict[str, str]:
    """By the name that was asked for; what is missing, too large, binary or no file is left out."""
    kept = Sizes(root, names).fit()
    if not kept:
        return {}
    said = asked(root, "cat-file", "--batch", given="".join(f"{name}\n" for name in kept).encode())
    found = zip(kept, _bodies(said), strict=True)
    return {name: body.decode("utf-8", "replace") for name, body in found if b"\0" not in body[:8000]}


def _bodies(said: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(said):
        end = said.index(b"\n", at)
        size = int(said[at:end].rsplit(b" ", 1)[1])
        yield said[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
