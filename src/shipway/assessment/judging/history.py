"""What became of changes of the same files before."""

from collections import Counter
from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File
from shipway.assessment.kinds import DOCS, GENERATED, TESTS, TRANSLATIONS
from shipway.assessment.reason import Reason
from shipway.assessment.rules import Rules
from shipway.model.risk import Risk

LISTED = 5
ASIDE = (TESTS, DOCS, GENERATED, TRANSLATIONS)


def reasons(change: Change, kinds: Mapping[str, tuple[File, ...]], rules: Rules) -> Iterator[Reason]:
    """Taken back by Shipway, taken back in git, changed often."""
    files = [file for kind, found in kinds.items() if kind not in ASIDE for file in found]
    paths = {path for file in files for path in (file.path, file.former) if path}
    yield from _taken_back(change, paths)
    yield from _reverted(change, paths)
    yield from _often(change, paths, rules)


def _taken_back(change: Change, paths: set[str]) -> Iterator[Reason]:
    if not change.taken_back:
        return
    again = sorted({path for files in change.taken_back.values() for path in files} & paths)
    versions = ", ".join(change.taken_back)
    said = f"{len(change.taken_back)} of the last {change.releases} releases were taken back: {versions}"
    if again:
        said += "; it changes files that they changed"
    risk = Risk.MEDIUM if again or 2 * len(change.taken_back) >= change.releases else Risk.LOW
    yield Reason(risk=risk, rule="history", sentence=said, files=tuple(again[:LISTED]))


def _reverted(change: Change, paths: set[str]) -> Iterator[Reason]:
    found = Counter(path for commit in change.past if commit.reverts for path in commit.paths if path in paths)
    if found:
        files = tuple(path for path, _ in found.most_common(LISTED))
        said = "earlier changes of these files were reverted"
        yield Reason(risk=Risk.MEDIUM, rule="history", sentence=said, files=files)


def _often(change: Change, paths: set[str], rules: Rules) -> Iterator[Reason]:
    counts = Counter(path for commit in change.past for path in commit.paths if path in paths)
    often = [(path, count) for path, count in counts.most_common(LISTED) if count >= rules.often]
    if often:
        said = f"files that change often: up to {often[0][1]} of the last {len(change.past)} commits"
        yield Reason(risk=Risk.LOW, rule="history", sentence=said, files=tuple(path for path, _ in often))
    if not change.is_complete:
        said = "the clone is shallow: what became of earlier changes is known in part"
        yield Reason(risk=Risk.LOW, rule="history", sentence=said)
