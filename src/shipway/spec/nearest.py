"""Names that people meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """The known name most like the word; none when nothing is like it."""
    by_folded = {name.lower().replace("_", "-"): name for name in known}
    found = get_close_matches(word.lower().replace("_", "-"), by_folded, n=1, cutoff=likeness)
    return by_folded[found[0]] if found else None


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, sorted."""
    return ", ".join(sorted(names))
