"""What staging says: which version is live there, how it is, and how far its schema is."""

import time
from pathlib import Path

from shipway.adapters.checks.asking import Found
from shipway.cli.shell import reading
from shipway.cli.shell.checklist.subject import Subject
from shipway.cli.shell.services import seen
from shipway.engine.state import ServiceState
from shipway.home import Home
from shipway.model.revision import Revision

FRESH_SECONDS = 120.0
"""A controller looks more often than that."""


def staging(subject: Subject) -> Found:
    """Whether the very version is live there, proven, with every replica ready."""
    home = _home(subject)
    if home is None:
        return Found(None, "`checklist.staging` does not say where staging is")
    live = reading.live(home, subject.name)
    if live is None:
        return Found(False, f"{subject.name} is not live in {home.path}")
    if live.version != subject.version:
        return Found(False, f"staging runs {live.version} and not {subject.version}")
    return _healthy(home, subject, live)


def _healthy(home: Home, subject: Subject, live: Revision) -> Found:
    view = seen(home, subject.name)
    if view is None or time.time() - view.at > FRESH_SECONDS:
        return Found(False, "nobody has looked at staging for two minutes: its controller does not run")
    one = next((one for one in view.revisions if one.id == live.id), None)
    if one is None or one.ready < max(1, one.wanted):
        return Found(
            False, f"{one.ready if one else 0} of {one.wanted if one else 1} replicas are ready in staging"
        )
    if view.run is not None:
        return Found(False, "a release is still under way in staging")
    same = live.id == subject.made.revision.id
    other = "" if same else ", with a configuration of its own"
    return Found(True, f"{subject.version} is live in staging with {one.ready} ready{other}")


def migrations(subject: Subject) -> Found:
    """Whether staging's schema is as far as this release needs before its first replica."""
    changes = subject.made.release.schema
    if not changes:
        return Found(True, "this release changes no schema")
    home = _home(subject)
    if home is None:
        return Found(None, "`checklist.staging` does not say where staging is")
    there = reading.state(home, subject.name) if home.store.exists() else ServiceState(service=subject.name)
    behind = [one for one in changes if there.schema.get(one.change, -1) < one.needs]
    if behind:
        return Found(False, f"{', '.join(one.change for one in behind)} did not come so far in staging")
    return Found(True, f"{', '.join(one.change for one in changes)} came so far in staging")


def _home(subject: Subject) -> Home | None:
    written = subject.loaded.file.checklist.staging
    return Home(subject.loaded.root / Path(written).expanduser()) if written else None
