"""The risk of a change: the verdict, the reasons by weight with their files, the size, and what follows."""

from collections.abc import Callable

from shipway.assessment.change import File
from shipway.assessment.reason import Reason
from shipway.cli.render.paint import Paint, clip, filled, pad
from shipway.cli.render.words import plural
from shipway.cli.shell.assessing import Assessed
from shipway.model.risk import LEVELS, Risk

FILES = 6
"""Named of each reason."""
LABEL = 10
SIGNS = {Risk.LOW: "✓", Risk.MEDIUM: "!", Risk.HIGH: "✗", Risk.CRITICAL: "✗"}


def lines(found: Assessed, paint: Paint) -> list[str]:
    """For people."""
    shown = [_heading(found, paint), ""]
    known = {file.path: file for file in found.change.files}
    risk: Risk | None = None
    for reason in found.assessment.reasons:
        shown += _reason(reason, known, paint, repeats=reason.risk == risk)
        risk = reason.risk
    shown += ["", *_size(found, paint)]
    level = LEVELS[found.assessment.risk]
    return [*shown, *filled(f"{_capital(level.approach)}.", head=pad(paint.faint("approach"), LABEL))]


def _heading(found: Assessed, paint: Paint) -> str:
    change, risk = found.change, found.assessment.risk
    word = paint.strong(f"{risk.word} risk")
    about = f"{plural(len(change.files), 'file')}, {plural(len(change.commits), 'commit')}"
    return clip(f"{_paint(risk, paint)(SIGNS[risk])} {word}  {_range(found)}  {about}", 80)


def _range(found: Assessed) -> str:
    """Names that are commits whole are cut as git does."""
    names = (found.range.base_named, found.range.head_named)
    base, head = (name[:10] if len(name) in (40, 64) and name.isalnum() else name for name in names)
    return f"{base}..{head}" + (f" ({found.range.why})" if found.range.why else "")


def _reason(reason: Reason, files: dict[str, File], paint: Paint, *, repeats: bool) -> list[str]:
    word = "" if repeats else _paint(reason.risk, paint)(reason.risk.word)
    shown = filled(reason.sentence, head=pad(word, LABEL))
    indent = " " * (LABEL + 2)
    if not (reason.details and len(reason.files) == 1 and reason.rule == "dependencies"):
        shown += [clip(f"{indent}{_file(path, files, paint)}", 80) for path in reason.files[:FILES]]
    if len(reason.files) > FILES:
        shown.append(f"{indent}{paint.faint(f'and {len(reason.files) - FILES} more')}")
    return [*shown, *(line for one in reason.details for line in filled(one, head=f"{indent}{paint.faint('·')} "))]


def _file(path: str, files: dict[str, File], paint: Paint) -> str:
    file = files.get(path)
    told = "" if file is None else "  binary" if file.is_binary else f"  +{file.added:,} −{file.removed:,}"
    room = 78 - LABEL - len(told)
    short = path if len(path) <= room else f"…{path[-room + 1 :]}"
    return f"{short}{paint.faint(told)}"


def _size(found: Assessed, paint: Paint) -> list[str]:
    sizes = found.assessment.sizes
    if not sizes:
        return []
    parts = [f"{kind} +{size.added:,} −{size.removed:,} in {size.files:,}" for kind, size in sizes.items()]
    return filled("; ".join(parts), head=pad(paint.faint("size"), LABEL))


def _paint(risk: Risk, paint: Paint) -> Callable[[str], str]:
    return {Risk.LOW: paint.good, Risk.MEDIUM: paint.warn}.get(risk, paint.bad)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def as_data(found: Assessed) -> dict[str, object]:
    """For `--json`."""
    result, level = found.assessment, LEVELS[found.assessment.risk]
    return {
        "risk": result.risk.word,
        "base": found.range.base,
        "head": found.range.head,
        "range": found.range.name,
        "commits": len(found.change.commits),
        "reasons": [_as_data(one) for one in result.reasons],
        "lines_of_code": result.lines,
        "is_large": result.is_large,
        "touches": list(result.touches),
        "owners": list(result.owners),
        "sizes": {
            kind: {"files": one.files, "added": one.added, "removed": one.removed}
            for kind, one in result.sizes.items()
        },
        "approach": {"strategies": list(level.strategies), "needs": list(level.needs), "how": level.how},
    }


def _as_data(reason: Reason) -> dict[str, object]:
    return {
        "risk": reason.risk.word,
        "rule": reason.rule,
        "sentence": reason.sentence,
        "touch": reason.touch or None,
        "files": list(reason.files),
        "details": list(reason.details),
    }
