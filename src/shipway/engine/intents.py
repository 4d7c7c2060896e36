"""Which intents are worth remembering."""

from collections.abc import Mapping, Sequence

from shipway.engine.state import Pending

REVISIONS_MAX = 40
"""Keys of revisions of which the newest intent is known; a revision has two."""


def with_newest(latest: Mapping[str, Pending], intent: Pending) -> dict[str, Pending]:
    """With one more, and without revisions that are long gone: only how long ago something was asked of them was
    of use."""
    found = {**latest, intent.key: intent}
    revisions = [key for key in found if key.startswith(("prepare:", "capacity:"))]
    oldest = sorted(revisions, key=lambda key: found[key].generation)[:-REVISIONS_MAX]
    return {key: newest for key, newest in found.items() if key not in oldest}


def without_preparations(pending: Sequence[Pending]) -> tuple[Pending, ...]:
    """Of a run that has ended: one that nobody saw done may never be asked for again, and would stay for ever. A
    preparation that comes late starts nothing and serves nobody."""
    return tuple(intent for intent in pending if not intent.key.startswith("prepare:"))
