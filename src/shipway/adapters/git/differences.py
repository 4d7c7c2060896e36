"""What `git diff --raw --numstat -z` says: first each file's blobs, then each file's lines, in the same order."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from shipway.assessment.change import File

SUBMODULE = "160000"
NOTHING = set("0")


class Found(Struct, frozen=True, kw_only=True):
    """One file, and the names of its contents; empty where there is none."""

    file: File
    before: str
    after: str


def found_in(said: bytes) -> tuple[Found, ...]:
    """Every file that differs."""
    words = iter(said.split(b"\0"))
    found: list[Found] = []
    rest = b""
    for word in words:
        if not word.startswith(b":"):
            rest = word
            break
        found.append(_raw(word.decode("ascii"), words))
    return tuple(_counted(one, counts) for one, counts in zip(found, _numbers(rest, words), strict=True))


def name_of(raw: bytes) -> str:
    """A path as text; bytes that are not UTF-8 are escaped, control characters as well."""
    text = raw.decode("utf-8", "backslashreplace")
    return (
        text if text.isprintable() else "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    )


def _raw(word: str, words: Iterator[bytes]) -> Found:
    mode_before, mode_after, before, after, status = word[1:].split(" ")
    first = name_of(next(words))
    is_moved = status[0] in "RC"
    path = name_of(next(words)) if is_moved else first
    file = File(
        path=path,
        status=status[0],
        former=first if is_moved else "",
        is_submodule=SUBMODULE in (mode_before, mode_after),
    )
    return Found(file=file, before=_blob(before), after=_blob(after))


def _blob(name: str) -> str:
    return "" if set(name) == NOTHING else name


def _numbers(word: bytes, words: Iterator[bytes]) -> Iterator[tuple[int | None, int | None]]:
    """Added and removed lines; a renamed file's two names follow in words of their own."""
    while word:
        added, removed, path = word.split(b"\t", 2)
        if not path:
            next(words), next(words)
        yield (None, None) if added == b"-" else (int(added), int(removed))
        word = next(words, b"")


def _counted(one: Found, counts: tuple[int | None, int | None]) -> Found:
    return replace(one, file=replace(one.file, added=counts[0], removed=counts[1]))
