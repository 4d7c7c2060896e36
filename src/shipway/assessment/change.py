"""What is known of a change: data that somebody read from a repository and reports."""

from collections.abc import Mapping

from msgspec import Struct


class File(Struct, frozen=True, kw_only=True):
    """One file that differs. Names that are not UTF-8 have their bytes escaped, as `caf\\xe9.py`."""

    path: str
    status: str = "M"
    """Git's letter: A added, D deleted, M modified, R renamed, C copied, T another type."""
    added: int | None = 0
    removed: int | None = 0
    """Lines; none where it is binary."""
    former: str = ""
    """Its name before, where it was renamed or copied."""
    is_submodule: bool = False
    before: str | None = None
    after: str | None = None
    """Its text, where it was asked for and is small enough to be read; none otherwise."""

    @property
    def lines(self) -> int:
        """Added and removed."""
        return (self.added or 0) + (self.removed or 0)

    @property
    def is_binary(self) -> bool:
        """Whether nobody can count its lines."""
        return self.added is None


class Commit(Struct, frozen=True, kw_only=True):
    """One commit: of the change, or of the past."""

    id: str
    subject: str = ""
    reverts: str = ""
    """The commit that its message says it takes back."""
    paths: tuple[str, ...] = ()
    """Filled of the past only."""


class Lines(Struct, frozen=True, kw_only=True):
    """Which lines of the new files changed, and which of them tests ran."""

    changed: Mapping[str, frozenset[int]] = {}
    covered: Mapping[str, Mapping[int, bool]] = {}
    """By file of the report: executable lines, and whether they ran."""
    report: str = ""
    """Its name; empty without one."""


class Change(Struct, frozen=True, kw_only=True):
    """From one commit to another."""

    base: str
    head: str
    files: tuple[File, ...] = ()
    commits: tuple[Commit, ...] = ()
    past: tuple[Commit, ...] = ()
    """Before the base, newest first, within a bound."""
    owners: str = ""
    """The text of CODEOWNERS at the base."""
    lines: Lines = Lines()
    taken_back: Mapping[str, tuple[str, ...]] = {}
    """By version that was taken back here before: the files that it had changed, where its tag is known."""
    releases: int = 0
    """How many of the service's newest releases `taken_back` is about."""
    is_complete: bool = True
    """Whether the past goes as far as it was asked for: a shallow clone ends earlier."""
