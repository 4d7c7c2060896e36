"""Interfaces that are specified: whether those who use them would break."""

from collections.abc import Iterator

from shipway.assessment.change import Change, File
from shipway.assessment.contracts import is_specification, specification
from shipway.assessment.contracts.broken import Difference
from shipway.assessment.reason import Reason
from shipway.assessment.touches import API
from shipway.model.risk import Risk

LISTED = 8


def wants(path: str) -> bool:
    """Whether the text of such a file is read."""
    return is_specification(path)


def reasons(change: Change) -> Iterator[Reason]:
    """One for each specification that differs."""
    for file in change.files:
        if found := specification(file.former or file.path):
            if file.status == "D":
                said = f"the {found[0]} specification is gone"
                yield Reason(risk=Risk.HIGH, rule="interface", touch=API, sentence=said, files=(file.path,))
            elif file.status != "A":
                yield _compared(file, found[0])


def _compared(file: File, kind: str) -> Reason:
    found = specification(file.former or file.path)
    assert found is not None
    if file.before is None or file.after is None:
        return _unread(file, kind, "it is too large")
    try:
        difference = found[1](file.before, file.after)
    except ValueError as error:
        return _unread(file, kind, str(error))
    return _said(file, kind, difference)


def _unread(file: File, kind: str, why: str) -> Reason:
    said = f"the {kind} specification changed; whether clients break is not known: {why}"
    return Reason(risk=Risk.MEDIUM, rule="interface", touch=API, sentence=said, files=(file.path,))


def _said(file: File, kind: str, difference: Difference) -> Reason:
    told = difference.breaking or difference.compatible
    more = (f"and {len(told) - LISTED} more",) if len(told) > LISTED else ()
    if difference.breaking:
        said, risk = f"breaks clients of its {kind} interface", Risk.HIGH
    elif difference.compatible:
        said, risk = f"extends its {kind} interface; no client breaks", Risk.MEDIUM
    else:
        said, risk = f"the {kind} specification changed; its interface did not", Risk.LOW
    return Reason(
        risk=risk, rule="interface", touch=API, sentence=said, files=(file.path,), details=(*told[:LISTED], *more)
    )
