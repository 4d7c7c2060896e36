"""Changes for tests: files by path, with lines or texts."""

from shipway.assessment.assess import Assessment, assess
from shipway.assessment.change import Change, Commit, File
from shipway.model.risk import Risk


def code(path: str = "src/shop/cart.py", lines: int = 10) -> File:
    return File(path=path, added=lines)


def changed(*files: File, subjects: tuple[str, ...] = ()) -> Change:
    commits = tuple(Commit(id=str(number), subject=subject) for number, subject in enumerate(subjects))
    return Change(base="a", head="b", files=files, commits=commits)


def judged(*files: File, subjects: tuple[str, ...] = ()) -> Assessment:
    return assess(changed(*files, subjects=subjects))


def texts(path: str, before: str | None, after: str | None) -> File:
    status = "A" if before is None else "D" if after is None else "M"
    return File(path=path, status=status, added=1, removed=1, before=before, after=after)


def sentences(found: Assessment, rule: str) -> list[tuple[Risk, str]]:
    return [(one.risk, one.sentence) for one in found.reasons if one.rule == rule]
