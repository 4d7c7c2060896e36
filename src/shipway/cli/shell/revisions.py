"""Which kept revision somebody means."""

from shipway.errors import UnknownName
from shipway.model.revision import RevisionId
from shipway.ports.revisions import Kept
from shipway.spec.nearest import nearest


def resolved(revisions: tuple[Kept, ...], text: str) -> RevisionId:
    """By id or the start of one, by number, or the newest of a version. Raises `UnknownName`."""
    newest = tuple(reversed(revisions))
    for kept in newest:
        if text in (kept.revision.id, str(kept.number), kept.revision.version):
            return kept.revision.id
    found = [kept.revision.id for kept in newest if _starts(kept, text)]
    if len(found) == 1:
        return found[0]
    versions = list(dict.fromkeys(kept.revision.version for kept in newest))
    meant = nearest(text, versions)
    raise UnknownName(
        f"There is no revision `{text}`",
        where=f"--revision {text}",
        why=f"Kept are {', '.join(versions[:10])}." if versions else "No revision was kept yet.",
        fix=f"Did you mean `{meant}`?" if meant else "`shipway history` lists them.",
    )


def _starts(kept: Kept, text: str) -> bool:
    """Whether it is the version with a part of the hash."""
    return text.startswith(f"{kept.revision.version}-") and kept.revision.id.startswith(text)
