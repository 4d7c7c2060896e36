"""The ladder on 80 columns."""

from collections.abc import Iterator

from shipway.cli.render.paint import Paint, filled
from shipway.reports.maturity import LEVELS, Level, Maturity

INDENT = " " * 6


def lines(found: Maturity, paint: Paint) -> list[str]:
    """Every level with its claims, each with where it was seen; what to do next."""
    said = f"level {found.level.number} of {len(LEVELS)}: {found.level.name}"
    shown = [f"{paint.strong(found.service)}  {paint.strong(said)}"]
    for level in LEVELS[1:]:
        shown += _level(found, level, paint)
    return [*shown, *_next(found)]


def _level(found: Maturity, level: Level, paint: Paint) -> Iterator[str]:
    yield ""
    yield f"Level {level.number}  {level.name}"
    for claim in level.claims:
        seen = found.seen[claim.name]
        sign = paint.good("✓") if seen.is_seen else paint.bad("✗")
        yield f"  {sign}   {claim.said}"
        yield from (paint.faint(line) for line in filled(seen.where, head=INDENT))


def _next(found: Maturity) -> list[str]:
    if not found.next:
        return ["", "Nothing is missing."]
    shown = ["", "What pays most next:"]
    for number, claim in enumerate(found.next, start=1):
        shown += filled(f"{claim.step}.", head=f"  {number}   ")
    return shown


def as_data(found: Maturity) -> dict[str, object]:
    """For `--json`."""
    return {
        "service": found.service,
        "level": found.level.number,
        "name": found.level.name,
        "claims": [
            {
                "level": level.number,
                "name": claim.name,
                "is_seen": found.seen[claim.name].is_seen,
                "where": found.seen[claim.name].where,
            }
            for level in LEVELS
            for claim in level.claims
        ],
        "next": [{"name": claim.name, "step": claim.step} for claim in found.next],
    }
