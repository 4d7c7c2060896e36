"""What a look at a folder gives, and what is concluded from it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A folder: its name, every path in it (relative, with /), and the content of small files."""

    name: str
    paths: frozenset[str]
    contents: Mapping[str, str]

    def text(self, path: str) -> str:
        """A file's content; empty where there is none."""
        return self.contents.get(path, "")

    def ending(self, *ends: str) -> Iterator[tuple[str, str]]:
        """Files with such an end, those nearest to the top first, with their content."""
        paths = (path for path in self.contents if path.endswith(ends))
        return ((path, self.contents[path]) for path in sorted(paths, key=lambda path: (path.count("/"), path)))


@dataclass(frozen=True, kw_only=True)
class Found:
    """Guesses; none means that nothing tells, and a person is asked."""

    stack: str | None = None
    kind: str | None = None
    """`worker` where it fetches jobs; otherwise it gets requests."""
    service: str | None = None
    prepare: str | None = None
    command: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    ready: str | None = None
    alive: str | None = None
    strategy: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    """By field: why it is believed, or why nothing was guessed. One sentence each."""


SHELL_SIGNS = frozenset("|&;<>()$`*?")


def needs_shell(command: str) -> bool:
    """Whether splitting it into words would not be enough to run it."""
    return bool(set(command) & SHELL_SIGNS) or "=" in command.split(" ", 1)[0]


PORT_IN_ENVIRONMENT = {"PORT": "{port}"}


def first(words: Iterable[str], known: Iterable[str]) -> str | None:
    """The first word that is known."""
    among = set(known)
    return next((word for word in words if word in among), None)
