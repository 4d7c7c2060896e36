"""A repository of many commits, written by `git fast-import`."""

from collections.abc import Iterator
from pathlib import Path

from unit.adapters.git.repository import Repository

FILES, LINES = 2_000, 100
ALIKE = b"".join(b"def function_%d(): return %d\n" % (line, line) for line in range(LINES * 9 // 10))
BEGIN = 1_500_000_000


def large(path: Path, *, commits: int, changed: int) -> Repository:
    """`commits` of one file each, and a last one that changes `changed` files."""
    repository = Repository(path)
    repository.git("fast-import", "--quiet", given=b"".join(_stream(commits, changed)))
    repository.git("reset", "-q", "--hard", "main")
    return repository


def _stream(commits: int, changed: int) -> Iterator[bytes]:
    yield from _commit(1, dict.fromkeys(range(FILES), 0))
    for number in range(2, commits):
        yield from _commit(number, {number * 7919 % FILES: number})
    yield from _commit(commits, dict.fromkeys(range(changed), commits))


def _commit(number: int, files: dict[int, int]) -> Iterator[bytes]:
    message = f"commit {number}\n".encode()
    yield b"commit refs/heads/main\n"
    yield f"committer Ana <ana@example.org> {BEGIN + 600 * number} +0000\n".encode()
    yield b"data %d\n%s" % (len(message), message)
    for file, salt in files.items():
        content = _content(file, salt)
        yield f"M 100644 inline src/part{file % 40}/module{file}.py\n".encode()
        yield b"data %d\n%s\n" % (len(content), content)


def _content(file: int, salt: int) -> bytes:
    """A tenth of its lines depend on the salt."""
    salted = (f"value_{line} = {file * line + salt}" for line in range(LINES // 10))
    return ALIKE + "\n".join(salted).encode()
