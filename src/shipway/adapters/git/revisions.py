"""From the words of a person to two commits."""

from pathlib import Path

from msgspec import Struct

from shipway.adapters.git.command import Running, asked, failed
from shipway.adapters.git.failures import Shallow, UnknownRevision


class Range(Struct, frozen=True, kw_only=True):
    """Two commits, and how people call them."""

    root: Path
    base: str
    head: str
    base_named: str
    head_named: str
    is_shallow: bool
    why: str = ""
    """How the base was found, where nobody named it."""

    @property
    def name(self) -> str:
        """`v1.8.2..HEAD`."""
        return f"{self.base_named}..{self.head_named}"


def ranged(folder: Path, words: str | None, *, live: str | None = None) -> Range:
    """`BASE..HEAD`, `BASE...HEAD` from where they parted, or a base alone. Without any: from what is live, or
    where the branch left the remote's main one, or the commit before. Raises `ShipwayError`."""
    if words is None:
        return _guessed(*look(folder), live)
    dots = "..." if "..." in words else ".."
    base_named, _, head_named = words.partition(dots)
    base_named, head_named = base_named or "HEAD", head_named or "HEAD"
    if dots not in words or dots == "..":
        found = _at_once(folder, base_named, head_named)
        if found is not None:
            return found
    top, shallow = look(folder)
    base = _resolved(top, base_named, words, is_shallow=shallow)
    head = _resolved(top, head_named, words, is_shallow=shallow)
    if dots == "..." and dots in words:
        base = _parted(top, base, head, words, is_shallow=shallow)
    return Range(root=top, base=base, head=head, base_named=base_named, head_named=head_named, is_shallow=shallow)


def _at_once(folder: Path, base: str, head: str) -> Range | None:
    """All in one question; none where any of it is not as usual: then each is asked by itself, and explained."""
    if base.startswith("-") or head.startswith("-"):
        return None
    asked_for = (f"{base}^{{commit}}", f"{head}^{{commit}}")
    code, said, _ = Running(
        folder, ["rev-parse", "--is-shallow-repository", "--show-toplevel", *asked_for]
    ).ended()
    lines = said.decode(errors="surrogateescape").splitlines()
    if code or len(lines) != 4:
        return None
    shallow, top, *ids = lines
    return Range(
        root=Path(top), base=ids[0], head=ids[1], base_named=base, head_named=head, is_shallow=shallow == "true"
    )


def named(folder: Path, words: str) -> str | None:
    """The commit of that name, or none."""
    code, said, _ = Running(
        folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{words}^{{commit}}"]
    ).ended()
    return said.decode().strip() if code == 0 else None


def tag_of(folder: Path, version: str) -> tuple[str, str] | None:
    """The tag of a version, `1.9.0` or `v1.9.0`, and its commit."""
    for tag in (version, f"v{version}"):
        if commit := named(folder, f"refs/tags/{tag}"):
            return tag, commit
    return None


def look(folder: Path) -> tuple[Path, bool]:
    """The root of the repository, and whether its clone is shallow. Raises `ShipwayError`."""
    words = ["rev-parse", "--is-shallow-repository", "--show-toplevel"]
    code, said, complaint = Running(folder, words).ended()
    shallow, _, top = said.decode(errors="surrogateescape").strip().partition("\n")
    if code and "work tree" in complaint and shallow:
        return folder, shallow == "true"  # a bare repository is read as well
    if code:
        raise failed(folder, words, complaint)
    return Path(top), shallow == "true"


def _guessed(top: Path, shallow: bool, live: str | None) -> Range:
    head = _resolved(top, "HEAD", "HEAD", is_shallow=shallow)
    found = tag_of(top, live) if live else None
    if found:
        base_named, base, why = found[0], found[1], f"{live} is live"
    elif parted := _main(top, head):
        base_named, base, why = "origin", parted, "where this branch left the remote's main one"
    else:
        base_named, why = "HEAD~1", "the commit before"
        base = _resolved(top, base_named, base_named, is_shallow=shallow)
    return Range(
        root=top, base=base, head=head, base_named=base_named, head_named="HEAD", is_shallow=shallow, why=why
    )


def _main(top: Path, head: str) -> str | None:
    """Where the branch left `origin/HEAD`; none where there is none, or it is that branch."""
    main = named(top, "refs/remotes/origin/HEAD")
    if main is None:
        return None
    code, said, _ = Running(top, ["merge-base", main, head]).ended()
    base = said.decode().strip()
    return base if code == 0 and base != head else None


def _parted(top: Path, base: str, head: str, words: str, *, is_shallow: bool) -> str:
    code, said, _ = Running(top, ["merge-base", base, head]).ended()
    if code == 0:
        return said.decode().strip()
    if is_shallow:
        raise _shallow(words, words)
    raise UnknownRevision(
        "The two have no commit in common",
        where=words,
        why="They never were one branch, so there is no place where they parted.",
        fix=f"Compare them as they are: `{words.replace('...', '..')}`.",
    )


def _resolved(top: Path, name: str, words: str, *, is_shallow: bool) -> str:
    if (found := named(top, name)) is not None:
        return found
    if is_shallow:
        raise _shallow(name, words)
    if not asked(top, "rev-list", "--all", "--max-count=1").strip():
        raise UnknownRevision(
            "There is no commit yet",
            where=str(top),
            why="A change lies between two commits.",
            fix="Commit something first.",
        )
    first = name == "HEAD~1"
    raise UnknownRevision(
        f"There is no revision `{name}`",
        where=words,
        why="There is only one commit, and nothing before it."
        if first
        else "No branch, tag or commit of this repository has that name.",
        fix="Commit a change."
        if first
        else "`git fetch --tags` brings names that are elsewhere; `git tag` lists those here.",
    )


def _shallow(name: str, words: str) -> Shallow:
    return Shallow(
        f"This clone is shallow, and `{name}` is not in it",
        where=words,
        why="Only the newest commits were fetched, so the change cannot be seen whole.",
        fix="Run `git fetch --unshallow --tags`; in GitHub Actions set `fetch-depth: 0` for actions/checkout.",
    )
