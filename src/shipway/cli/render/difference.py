"""What differs between two revisions: changed keys only, and no secrets."""

import re
from collections.abc import Mapping

from shipway.cli.render.paint import Paint, clip
from shipway.model.revision import Revision

SECRET = re.compile(r"secret|token|passw|passphrase|api_?key|private|credential|dsn|auth", re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
MASK = "***"
SHOWN_MAX = 70
CONTEXT = 16
"""Letters of what is the same that are shown before the difference."""
Change = tuple[str, str | None, str | None]
"""A key, its value before and after; none where it was not there."""


def changes(before: Revision, after: Revision) -> list[Change]:
    """Command, environment, probes and configuration files, by dotted key."""
    old, new = _flat(before), _flat(after)
    keys = sorted({*old, *new})
    changed = [(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
    return [(key, _masked(key, one), _masked(key, two)) for key, one, two in changed]


def _flat(revision: Revision) -> dict[str, str]:
    found = {"version": revision.version}
    _walk(revision.platform, "", found)
    _walk(revision.health, "health.", found)
    found |= {f"files.{path}": digest[:12] for path, digest in revision.files.items()}
    return found


def _walk(values: Mapping[str, object], prefix: str, found: dict[str, str]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _walk(value, f"{prefix}{name}.", found)
        else:
            found[f"{prefix}{name}"] = str(value)


def _masked(key: str, value: str | None) -> str | None:
    """A changed secret is shown as changed, never as what it is."""
    if value is None:
        return None
    return MASK if SECRET.search(key) else CREDENTIALS.sub(f"{MASK}@", value)


def lines(before: Revision, after: Revision, paint: Paint) -> list[str]:
    """One key a line, its former and its new value below."""
    found = [f"{before.version} → {after.version}"]
    for key, old, new in changes(before, after):
        found.append(f"  {paint.strong(key)}")
        skipped = _skipped(old or "", new or "")
        found += [clip(f"    {paint.bad('-')} {_from(old, skipped)}", 80)] if old is not None else []
        found += [clip(f"    {paint.good('+')} {_from(new, skipped)}", 80)] if new is not None else []
    return found if len(found) > 1 else [f"{before.version} is exactly what is live."]


def _skipped(old: str, new: str) -> int:
    """How much of the beginning of two long values need not be shown: both have it."""
    if max(len(old), len(new)) <= SHOWN_MAX:
        return 0
    shorter = min(len(old), len(new))
    same = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    return max(0, same - CONTEXT)


def _from(value: str, skipped: int) -> str:
    return f"…{value[skipped:]}" if skipped else value
