"""Whether tests ran the lines that changed."""

from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File, Lines
from shipway.assessment.kinds import CODE
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules
from shipway.model.risk import Risk

LISTED = 5


def reasons(change: Change, kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """One where a report knows any of the changed lines."""
    counted = {file.path: _counted(file.path, change.lines) for file in kinds.get(CODE, ())}
    ran, all_of_them = (sum(one[at] for one in counted.values()) for at in (0, 1))
    if not all_of_them:
        return
    share = ran / all_of_them
    missed = sorted(
        (path for path, (did, of) in counted.items() if did < of), key=lambda path: _gap(counted[path])
    )
    enough = share >= rules.covered_least
    said = f"tests ran {share:.0%} of the changed lines, {ran} of {all_of_them} ({change.lines.report})"
    yield Reason(
        risk=Risk.LOW if enough else Risk.MEDIUM, rule="coverage", sentence=said, files=tuple(missed[:LISTED])
    )


def _gap(one: tuple[int, int]) -> int:
    return one[0] - one[1]


def _counted(path: str, lines: Lines) -> tuple[int, int]:
    """How many changed lines ran, of those that can run."""
    changed = lines.changed.get(path, frozenset())
    reported = _reported(path, lines) if changed else {}
    known = [reported[line] for line in changed if line in reported]
    return sum(known), len(known)


def _reported(path: str, lines: Lines) -> Mapping[int, bool]:
    """What the report says of a file. It may name it from another folder: then by the end of its name, where only
    one file can be meant."""
    if (found := lines.covered.get(path)) is not None:
        return found
    longer = [name for name in lines.covered if name.endswith(f"/{path}")]
    if longer:
        return lines.covered[longer[0]] if len(longer) == 1 else {}
    shorter = sorted((name for name in lines.covered if path.endswith(f"/{name}")), key=len)
    if not shorter or _is_another(path, shorter[-1], lines):
        return {}
    return lines.covered[shorter[-1]]


def _is_another(path: str, name: str, lines: Lines) -> bool:
    """Whether a second changed file could be the one that is named."""
    return any(other != path and (other == name or other.endswith(f"/{name}")) for other in lines.changed)
