"""Drafts as a file of SQL, and for machines."""

from collections.abc import Iterator, Sequence

from shipway.schema.compensating import Draft


def lines(found: Sequence[Draft], name: str) -> Iterator[str]:
    """What to keep, what changes, what takes it back in the opposite order."""
    if not found:
        yield f"-- {name} changes no rows."
        return
    yield f"-- Before {name}, in the same transaction:"
    for one in found:
        yield from (f"{text};" for text in one.keep)
        if one.note:
            yield f"-- line {one.line}: {one.note}"
    replaced = [one for one in found if one.instead]
    if replaced:
        yield ""
        yield f"-- In the place of statements of {name}, so that it is known what they made:"
    for one in replaced:
        yield f"-- line {one.line}:"
        yield f"{one.instead};"
    yield ""
    yield "-- To take it back:"
    yield from (f"{text};" for one in reversed(found) for text in one.back)


def as_data(one: Draft) -> dict[str, object]:
    """For `--json`."""
    return {
        "line": one.line,
        "statement": one.statement,
        "keep": list(one.keep),
        "instead": one.instead or None,
        "back": list(one.back),
        "note": one.note or None,
    }
