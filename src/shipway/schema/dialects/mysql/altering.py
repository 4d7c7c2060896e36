"""ALTER TABLE, CREATE INDEX and DROP INDEX as the parts that they have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from shipway.schema.dialects.mysql.words import Said, Word

HOW = ("ALGORITHM", "LOCK")
NAMED_PARTS = (
    "INDEX",
    "KEY",
    "CONSTRAINT",
    "UNIQUE",
    "PRIMARY",
    "FOREIGN",
    "CHECK",
    "FULLTEXT",
    "SPATIAL",
    "PARTITION",
)


@dataclass(frozen=True)
class Part:
    """One change of a table: `ADD COLUMN …`."""

    words: tuple[Word, ...]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Its words as keywords; a quoted one is empty."""
        return tuple(word.key for word in self.words)

    def begins(self, *keys: str) -> bool:
        """Whether it starts so."""
        return self.keys[: len(keys)] == keys

    def has(self, *keys: str) -> bool:
        """Whether these follow each other in it."""
        if len(keys) == 1:
            return keys[0] in self.keys
        return any(self.keys[at : at + len(keys)] == keys for at in range(len(self.keys)))

    @property
    def is_column(self) -> bool:
        """Whether it adds, changes or drops a column, and not an index or a constraint."""
        return len(self.words) > 1 and self._after_column[0].key not in (*NAMED_PARTS, "SYSTEM", "PERIOD")

    @property
    def column(self) -> str:
        """The column that it names first."""
        return self._after_column[0].text

    @property
    def _after_column(self) -> tuple[Word, ...]:
        skipped, words = ("COLUMN", "IF", "NOT", "EXISTS"), self.words[1:]
        while len(words) > 1 and words[0].key in skipped:
            words = words[1:]
        return words


@dataclass(frozen=True)
class Altered:
    """What one statement does to one table."""

    table: str
    """Without its database."""
    target: str
    """As it is written."""
    parts: tuple[Part, ...]
    algorithm: str = ""
    lock: str = ""


def altered(one: Said) -> Altered | None:
    """None where the statement is none of these."""
    keys = [word.key for word in one.words]
    if keys[:1] == ["ALTER"] and "TABLE" in keys[1:4]:
        return _altered(one, keys.index("TABLE") + 1)
    if keys[:1] in (["CREATE"], ["DROP"]) and "INDEX" in keys[1:5] and "ON" in keys:
        return _index(one, keys)
    return None


def _altered(one: Said, at: int) -> Altered | None:
    while at < len(one.words) and one.words[at].key in ("IF", "EXISTS"):
        at += 1
    table, target, at = _name(one, at)
    while at < len(one.words) and (one.words[at].key in ("WAIT", "NOWAIT") or one.words[at].text.isdigit()):
        at += 1
    pieces = [*_divided(one.words[at:])]
    plain = tuple(Part(piece) for piece in pieces if piece and piece[0].key not in HOW)
    said = {piece[0].key: piece[-1].key for piece in pieces if piece and piece[0].key in HOW}
    return Altered(table, target, plain, said.get("ALGORITHM", ""), said.get("LOCK", ""))


def _index(one: Said, keys: list[str]) -> Altered:
    """The same as a part: `ADD UNIQUE INDEX i (a)`."""
    at = keys.index("ON", 2)
    table, target, rest = _name(one, at + 1)
    words = [word for word in one.words[1:at] if word.key not in ("OR", "REPLACE", "OFFLINE", "ONLINE")]
    head = Word("ADD" if keys[0] == "CREATE" else "DROP", one.words[0].start, one.words[0].end)
    how = {}
    for place, word in enumerate(one.words[rest:], start=rest):
        if word.key in HOW and place + 1 < len(one.words):
            how[word.key] = one.words[place + (2 if one.words[place + 1].text == "=" else 1)].key
    body = tuple(word for word in one.words[rest:])
    return Altered(table, target, (Part((head, *words, *body)),), how.get("ALGORITHM", ""), how.get("LOCK", ""))


def _name(one: Said, at: int) -> tuple[str, str, int]:
    """A table's name, how it is written, and where the words go on."""
    first = last = one.words[min(at, len(one.words) - 1)]
    at += 1
    while at + 1 < len(one.words) and one.words[at].text == ".":
        last = one.words[at + 1]
        at += 2
    return last.text, one.between(first, last), at


def _divided(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """By commas that stand in no brackets."""
    depth, piece = 0, list[Word]()
    for word in words:
        depth += (word.text == "(") - (word.text == ")") if not word.is_text else 0
        if word.text == "," and depth == 0 and not word.is_text:
            yield tuple(piece)
            piece = []
        else:
            piece.append(word)
    yield tuple(piece)
