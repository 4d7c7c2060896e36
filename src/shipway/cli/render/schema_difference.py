"""Two schemas, for people and for machines."""

from collections.abc import Iterator, Sequence

from shipway.cli.render.paint import Paint, filled
from shipway.cli.render.words import plural
from shipway.schema.difference import Difference


def lines(found: Sequence[Difference], other: str, paint: Paint) -> Iterator[str]:
    """`+` is only here, `-` only there, `~` both, and not the same."""
    if not found:
        yield f"{paint.good('✓')} The same as {other}."
        return
    for one in found:
        if one.there is None:
            yield from _side(paint.good("+"), one, one.here)
        elif one.here is None:
            yield from _side(paint.bad("-"), one, one.there)
        else:
            yield f"{paint.warn('~')} {one.kind} {one.name}"
            yield from filled(one.here, head="    here   ")
            yield from filled(one.there, head="    there  ")
    yield ""
    yield f"{plural(len(found), 'difference')}: + only here, - only in {other}, ~ not the same."


def _side(sign: str, one: Difference, text: str | None) -> Iterator[str]:
    yield f"{sign} {one.kind} {one.name}"
    if text:
        yield from filled(text, head="    ")


def as_data(found: Sequence[Difference]) -> dict[str, object]:
    """For `--json`."""
    return {
        "differences": [
            {"kind": one.kind, "name": one.name, "here": one.here, "there": one.there} for one in found
        ]
    }
