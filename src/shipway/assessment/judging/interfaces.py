"""Interfaces that are specified: whether those who use them would break."""

from collections.abc import Iterator, Mapping

from shipway.assessment.change import Change, File
from shipway.assessment.contracts import Compare, is_specification, specification
from shipway.assessment.contracts.broken import Difference
from shipway.assessment.kinds import GENERATED, TESTS
from shipway.assessment.patterns import matches
from shipway.assessment.reason import Reason
from shipway.assessment.touches import API
from shipway.model.risk import Risk

LISTED = 8
ELSEWHERE = (TESTS, GENERATED)
"""Kinds whose specifications are nobody's interface. What lies in `docs` often is the only one there is."""
EXAMPLES = ("/examples/",)


def reasons(change: Change, kinds: Mapping[str, tuple[File, ...]]) -> Iterator[Reason]:
    """One for each specification that differs."""
    aside = {file.path for kind in ELSEWHERE for file in kinds.get(kind, ())}
    for file in change.files:
        found = specification(file.former or file.path) or specification(file.path)
        if found and file.path not in aside and not matches(file.path, EXAMPLES):
            yield _judged(file, *found)


def _judged(file: File, kind: str, compare: Compare) -> Reason:
    is_new = file.status in ("A", "C") or (file.former and not is_specification(file.former))
    is_gone = file.status == "D" or not is_specification(file.path)
    if is_gone:
        said = f"the {kind} specification is gone"
        return Reason(risk=Risk.HIGH, rule="interface", touch=API, sentence=said, files=(file.path,))
    if is_new:
        said = f"the {kind} specification is new: others will rely on it"
        return Reason(risk=Risk.MEDIUM, rule="interface", touch=API, sentence=said, files=(file.path,))
    if file.before is None or file.after is None:
        return _unread(file, kind, "it is too large")
    try:
        return _said(file, kind, compare(file.before, file.after))
    except ValueError as error:
        return _unread(file, kind, str(error))


def _unread(file: File, kind: str, why: str) -> Reason:
    said = f"the {kind} specification changed; whether clients break is not known: {why}"
    return Reason(risk=Risk.MEDIUM, rule="interface", touch=API, sentence=said, files=(file.path,))


def _said(file: File, kind: str, difference: Difference) -> Reason:
    told = difference.breaking or (*difference.dangerous, *difference.compatible)
    more = (f"and {len(told) - LISTED} more",) if len(told) > LISTED else ()
    if difference.breaking:
        said, risk = f"breaks clients of its {kind} interface", Risk.HIGH
    elif difference.dangerous:
        said, risk = f"changes its {kind} interface; clients that do not expect it may break", Risk.MEDIUM
    elif difference.compatible:
        said, risk = f"extends its {kind} interface; no client breaks", Risk.MEDIUM
    else:
        said, risk = f"the {kind} specification changed; its interface did not", Risk.LOW
    return Reason(
        risk=risk, rule="interface", touch=API, sentence=said, files=(file.path,), details=(*told[:LISTED], *more)
    )
