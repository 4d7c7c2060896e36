"""What comes along that is not in the repository."""

from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File
from shipway.assessment.dependencies import is_aside, is_lock, reader
from shipway.assessment.dependencies.difference import Moved, difference
from shipway.assessment.reason import Reason
from shipway.model.risk import Risk

LISTED = 8


def wants(path: str) -> bool:
    """Whether the text of such a file is read."""
    return reader(path) is not None


def reasons(change: Change) -> Iterator[Reason]:
    """What was asked for otherwise, or came along otherwise; and what could not be read."""
    files = [file for file in change.files if wants(file.path)]
    unread = [file.path for file in files if _both(file) is None]
    if unread:
        said = "dependencies changed in a file that cannot be read"
        yield Reason(risk=Risk.MEDIUM, rule="dependencies", sentence=said, files=tuple(unread))
    ordered = sorted(files, key=lambda file: (not is_aside(file.path), not is_lock(file.path)))
    moved = {one.name: one for file in ordered for one in _moved(file)}
    if moved:
        asked = {one.name for file in files if not is_lock(file.path) for one in _moved(file)}
        runs = {one.name for file in files if not is_aside(file.path) for one in _moved(file)}
        weighs = (asked or set(moved)) & runs
        yield _reason(list(moved.values()), weighs, tuple(file.path for file in files if _moved(file)))


def _reason(moved: list[Moved], weighs: set[str], files: tuple[str, ...]) -> Reason:
    """`weighs`: what was asked for, or locked where nothing was, and is there when the application runs."""
    is_heavy = any(one.before is None or one.is_major for one in moved if one.name in weighs)
    ordered = sorted(
        moved, key=lambda one: (one.name not in weighs, not one.is_major, one.before is not None, one.name)
    )
    said = f"{len(moved)} dependencies differ" if len(moved) > 1 else "a dependency differs"
    major = sum(one.is_major for one in moved)
    said += f", {major} by another major version" if major else ""
    more = [f"and {len(ordered) - LISTED} more"] if len(ordered) > LISTED else []
    return Reason(
        risk=Risk.MEDIUM if is_heavy else Risk.LOW,
        rule="dependencies",
        sentence=said,
        files=files,
        details=(*(one.words for one in ordered[:LISTED]), *more),
    )


def _moved(file: File) -> tuple[Moved, ...]:
    both = _both(file)
    return difference(*both) if both else ()


def _both(file: File) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    """None: one of its two texts is not what its name says, or was too large."""
    read = reader(file.path)
    assert read is not None
    before = "" if file.status == "A" else file.before
    after = "" if file.status == "D" else file.after
    if before is None or after is None:
        return None
    try:
        return (read(before) if before.strip() else {}), (read(after) if after.strip() else {})
    except (ValueError, RecursionError):
        return None
