"""Errors as people see them: what, where, why, fix, and where to read more."""

from collections.abc import Sequence

from shipway.cli.render.paint import Paint, filled
from shipway.errors import ShipwayError

SHOWN_MAX = 20
DOCS = "docs/errors"


def page(error: ShipwayError) -> str:
    """The error's page in the documentation."""
    return f"{DOCS}/{error.code}.md"


def lines(error: ShipwayError, paint: Paint) -> list[str]:
    """One problem, or all of a file."""
    inner: Sequence[ShipwayError] = getattr(error, "errors", ())
    if len(inner) < 2:
        return _one(error, paint)
    shown = [line for one in inner[:SHOWN_MAX] for line in (*_one(one, paint), "")]
    more = f", the first {SHOWN_MAX} of them above" if len(inner) > SHOWN_MAX else ""
    return [*shown, f"{error.what}{more}."]


def _one(error: ShipwayError, paint: Paint) -> list[str]:
    found = filled(error.what.removesuffix("."), head=f"{paint.bad('✗')} ")
    found = [paint.strong(line) if number else line for number, line in enumerate(found)] if found[1:] else found
    for name in ("where", "why", "fix"):
        if said := getattr(error, name):
            found += filled(said, head=f"  {paint.faint(f'{name:5}')}  ")
    return [*found, f"  {paint.faint('more ')}  {page(error)}"]


def as_data(error: ShipwayError) -> dict[str, object]:
    """For `--json`."""
    inner: Sequence[ShipwayError] = getattr(error, "errors", ()) or (error,)
    return {"exit": int(error.exit_code), "errors": [_data(one) for one in inner]}


def _data(error: ShipwayError) -> dict[str, object]:
    said = {name: getattr(error, name) for name in ("code", "what", "where", "why", "fix")}
    return {**said, "more": page(error)}
