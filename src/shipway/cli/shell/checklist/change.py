"""What the change itself asks for: a load test where it is major, a runbook where endpoints differ."""

from pathlib import Path

from shipway.adapters.checks.asking import Found
from shipway.assessment.patterns import matches
from shipway.cli.shell.assessing import Asked, assessed
from shipway.cli.shell.checklist.subject import Subject
from shipway.errors import ShipwayError
from shipway.model.risk import Risk

SHOWN_MAX = 3
FILES_MAX = 200_000


def load_test(subject: Subject) -> Found:
    """Small changes need none. That one lies there is seen; that it was run is not."""
    if subject.commit is None or subject.before is None:
        return Found(None, _unknown(subject))
    asked = Asked(range=f"{subject.before}..{subject.commit}", repository=subject.root, service=subject.name)
    try:
        risk = assessed(subject.home, asked).assessment.risk
    except ShipwayError as error:
        return Found(None, f"the change cannot be assessed: {error.what}")
    if risk < Risk.HIGH:
        return Found(True, f"not a major change: its risk is {risk.name.lower()}")
    there = _files(subject.root, subject.loaded.file.checklist.load_tests)
    if not there:
        return Found(False, f"the risk is {risk.name.lower()}, and there is no load test")
    return Found(None, f"the risk is {risk.name.lower()}; {there[0]} is there, and nobody sees whether it was run")


def runbook(subject: Subject) -> Found:
    """Where files that say which endpoints there are have changed, the runbook has to have changed too."""
    changed, wanted = subject.changed(), subject.loaded.file.checklist
    if changed is None:
        return Found(None, _unknown(subject))
    endpoints = [path for path in changed if matches(path, wanted.endpoints)]
    if not endpoints:
        return Found(True, "no endpoint has changed")
    touched = [path for path in changed if matches(path, wanted.runbook)]
    if touched:
        return Found(True, f"{touched[0]} has changed with {endpoints[0]}")
    named = ", ".join(endpoints[:SHOWN_MAX]) + (", …" if len(endpoints) > SHOWN_MAX else "")
    return Found(False, f"{named} has changed, and no runbook")


def _unknown(subject: Subject) -> str:
    if subject.made.live is None:
        return "the first version: there is none to compare it with"
    return f"git does not know what changed since {subject.made.live.version}: it has no tag of that name"


def _files(root: Path, patterns: tuple[str, ...]) -> list[str]:
    """Of the repository, not of what it has installed."""
    from shipway.adapters.git.command import asked

    said = asked(root, "ls-files", "-z").decode("utf-8", "surrogateescape").split("\0")[:FILES_MAX]
    return [path for path in said if path and matches(path, patterns)]
