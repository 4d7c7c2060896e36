"""A service's maturity as one HTML page that needs nothing else."""

from collections.abc import Iterator
from html import escape

from shipway.reports.badge import badge
from shipway.reports.maturity import LEVELS, Level, Maturity
from shipway.reports.page import STYLE

OWN = """
li { margin: .3rem 0; list-style: none; } ul { padding-left: 0; }
.where { color: #555; display: block; padding-left: 1.6rem; font-size: .9rem; overflow-wrap: anywhere; }
section { border-left: 4px solid #ddd; padding-left: 1rem; margin: 1.2rem 0; }
section.reached { border-color: #2e7d32; } h2 { font-size: 1.1rem; margin: 0; }
svg { width: auto; }
"""


def page(found: Maturity) -> str:
    """Every level with its claims, each with where it was seen; what to do next."""
    title = escape(f"{found.service}: level {found.level.number} of {len(LEVELS)}, {found.level.name}")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{title}</title><style>{STYLE}{OWN}</style></head>",
            f"<body><h1>{title}</h1>",
            badge(found.level.number, found.level.name),
            f"<p>{found.percent}% of all claims were seen.</p>",
            *(line for level in LEVELS for line in _level(found, level)),
            *_next(found),
            "</body></html>",
            "",
        ]
    )


def _level(found: Maturity, level: Level) -> Iterator[str]:
    reached = ' class="reached"' if level.number <= found.level.number else ""
    yield f"<section{reached}><h2>Level {level.number}: {escape(level.name)}</h2><ul>"
    for claim in level.claims:
        seen = found.seen[claim.name]
        sign = "✓" if seen.is_seen else "✗"
        yield f'<li>{sign} {escape(claim.said)}<span class="where">{escape(seen.where)}</span></li>'
    yield "</ul></section>"


def _next(found: Maturity) -> Iterator[str]:
    if not found.next:
        return
    yield "<h2>What pays most next</h2><ol>"
    yield from (f"<li>{escape(claim.step)}</li>" for claim in found.next)
    yield "</ol>"
