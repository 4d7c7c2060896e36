"""A badge as SVG: what a README shows of a service. Flat, 20 pixels high, as badges are."""

from html import escape

COLOURS = {1: "#b0413e", 2: "#c2570c", 3: "#8a7000", 4: "#3266ad", 5: "#2e7d32"}
"""From low to high; white on each of them can be read (4.5 to 1 at least)."""
CHARACTER, MARGIN = 6.6, 10
LEFT = "deployments"


def badge(level: int, name: str) -> str:
    """Such as `deployments | level 4: Advanced deployment strategies`."""
    right = f"level {level}: {name}"
    left_wide, right_wide = (round(len(text) * CHARACTER + 2 * MARGIN) for text in (LEFT, right))
    wide, title = left_wide + right_wide, escape(f"{LEFT}: {right}")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="20" role="img" aria-label="{title}">',
            f"<title>{title}</title>",
            f'<clipPath id="r"><rect width="{wide}" height="20" rx="3"/></clipPath>',
            '<g clip-path="url(#r)">',
            f'<rect width="{left_wide}" height="20" fill="#444"/>',
            f'<rect x="{left_wide}" width="{right_wide}" height="20" fill="{COLOURS[level]}"/></g>',
            '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
            _text(left_wide / 2, left_wide, LEFT),
            _text(left_wide + right_wide / 2, right_wide, right),
            "</g></svg>",
            "",
        ]
    )


def _text(x: float, wide: int, said: str) -> str:
    """Stretched to its box, whatever font the reader has."""
    return f'<text x="{x:g}" y="14" textLength="{wide - 2 * MARGIN}">{escape(said)}</text>'
