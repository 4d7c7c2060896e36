"""How much code changed, and whether tests came along."""

from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File
from shipway.assessment.kinds import CODE, DEPENDENCIES, GENERATED, OTHER, TESTS
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules
from shipway.assessment.sizes import code_lines
from shipway.model.risk import Risk

LISTED = 3


def reasons(change: Change, kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """One about the size, whatever it is."""
    lines = code_lines(kinds)
    files = sorted((*kinds.get(CODE, ()), *kinds.get(OTHER, ())), key=lambda file: -file.lines)
    tests = sum(file.lines for file in kinds.get(TESTS, ()))
    largest = tuple(file.path for file in files[:LISTED] if file.lines)
    if not change.files:
        yield Reason(risk=Risk.LOW, rule="size", sentence="nothing differs")
    elif not lines:
        yield Reason(risk=Risk.LOW, rule="size", sentence=f"no line of code changed{_only(kinds)}")
    elif lines < rules.lines_medium:
        said = f"{lines:,} lines of code, fewer than {rules.lines_medium}"
        yield Reason(risk=Risk.LOW, rule="size", sentence=said, files=largest)
    else:
        large = lines > rules.lines_large
        bound = f"more than {rules.lines_large}" if large else f"{rules.lines_medium} to {rules.lines_large}"
        told = "" if tests else "; no test changed with them"
        said = f"{lines:,} lines of code, {bound}{told}"
        yield Reason(risk=Risk.MEDIUM, rule="size", sentence=said, files=largest)


def _only(kinds: Mapping[str, tuple[File, ...]]) -> str:
    named = [kind for kind in kinds if kind not in (CODE, OTHER, GENERATED, DEPENDENCIES)]
    return f", only {' and '.join(named)}" if named and len(named) == len(kinds) else ""
