"""Which kept revisions may go."""

from collections.abc import Collection, Sequence

from shipway.model.revision import RevisionId


def superfluous(
    kept: Sequence[RevisionId], *, keep: int, needed: Collection[RevisionId | None]
) -> tuple[RevisionId, ...]:
    """The oldest beyond `keep`, oldest first; never one that is needed to run or to return to.

    `kept` is in the order in which they came: of 1 2 3 4 with 2 to keep and 1 needed, 2 goes.
    """
    old = kept[: max(0, len(kept) - keep)]
    return tuple(name for name in old if name not in needed)
