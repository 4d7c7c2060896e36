"""Lines of replicas' output."""

import re
import time
from collections.abc import Mapping, Sequence

from shipway.cli.render import as_json
from shipway.cli.render.paint import Paint, pad
from shipway.cli.render.words import version_of
from shipway.model.log import LogLine
from shipway.model.revision import RevisionId

REPLICA = re.compile(r"(prepare-)?g\d+(-\d+)?$")
"""The end of a replica's name, which tells it from others of its version."""


class Rendered:
    """Keeps columns as wide as they once were, and the colour of each version."""

    def __init__(self, names: Mapping[RevisionId, str], paint: Paint, *, now: float) -> None:
        self._names, self._paint = names, paint
        self._today = time.localtime(now)[:3]
        self._seen: dict[RevisionId, int] = {}
        self._columns = [0, 0]

    def lines(self, batch: Sequence[LogLine]) -> list[str]:
        """`14:03:22.125 1.10.0 g3-1 text`."""
        return [f"{self._head(line)} {line.text}" for line in batch]

    def _head(self, line: LogLine) -> str:
        number = self._seen.setdefault(line.revision, len(self._seen))
        words = (self._names.get(line.revision) or version_of(line.revision), short(line.replica))
        self._columns = [max(width, len(word)) for width, word in zip(self._columns, words, strict=True)]
        who = " ".join(pad(word, width) for word, width in zip(words, self._columns, strict=True))
        return f"{self._paint.faint(self._clock(line.at))} {self._paint.apart(number, who)}"

    def _clock(self, at: float) -> str:
        here = time.localtime(at)
        day = "" if here[:3] == self._today else time.strftime("%Y-%m-%d ", here)
        return f"{day}{time.strftime('%H:%M:%S', here)}.{int(at % 1 * 1000):03d}"


def short(replica: str) -> str:
    """`g3-1` of `checkout-1.10.0-7f3a91c2-g3-1`."""
    found = REPLICA.search(replica)
    return found[0] if found else replica


def json_lines(batch: Sequence[LogLine]) -> list[str]:
    """An object a line, times in UTC."""
    return [
        as_json.line(
            {
                "at": line.at,
                "version": version_of(line.revision),
                "revision": line.revision,
                "replica": line.replica,
                "line": line.text,
            }
        )
        for line in batch
    ]
