"""A small bar chart, written as the text that an SVG is (w3.org/TR/SVG2)."""

from xml.sax.saxutils import escape

from msgspec import Struct

WIDTH, LABELS, VALUES = 720, 210, 90
"""Pixels: all, and what the names to the left and the numbers to the right take."""
BAR, GAP, TOP = 18, 8, 44
OURS, PEERS, LIMIT = "#2563eb", "#94a3b8", "#dc2626"
FONT = 'font-family="system-ui, sans-serif" font-size="13"'


class Bar(Struct, frozen=True, kw_only=True):
    """One measured value."""

    label: str
    value: float
    is_ours: bool = False


class Picture(Struct, frozen=True, kw_only=True):
    """Bars of one unit; a limit is drawn across all of them."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    limit: float | None = None


def svg(picture: Picture) -> str:
    """The whole file. It has a white ground, so it is readable on a dark page too."""
    height = TOP + len(picture.bars) * (BAR + GAP) + GAP + (16 if picture.limit is not None else 0)
    longest = max([*(bar.value for bar in picture.bars), picture.limit or 0.0]) or 1.0
    scale = (WIDTH - LABELS - VALUES) / longest
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {FONT}>',
        f"<title>{escape(picture.title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="12" y="24" font-weight="600">{escape(picture.title)}</text>',
        *(_bar(bar, place, scale, picture.unit) for place, bar in enumerate(picture.bars)),
        *_limit(picture, scale, height),
        "</svg>",
    )
    return "\n".join(parts) + "\n"


def _bar(bar: Bar, place: int, scale: float, unit: str) -> str:
    top, length = TOP + place * (BAR + GAP), max(1.0, bar.value * scale)
    line, color = top + BAR - 5, OURS if bar.is_ours else PEERS
    return (
        f'<text x="{LABELS - 8}" y="{line}" text-anchor="end">{escape(bar.label)}</text>'
        f'<rect x="{LABELS}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{color}"/>'
        f'<text x="{LABELS + length + 6:.1f}" y="{line}">{bar.value:.3g} {escape(unit)}</text>'
    )


def _limit(picture: Picture, scale: float, height: int) -> tuple[str, ...]:
    if picture.limit is None:
        return ()
    x, end = LABELS + picture.limit * scale, height - 18
    return (
        f'<path d="M{x:.1f} {TOP - 6}V{end}" stroke="{LIMIT}" stroke-dasharray="4 3"/>',
        f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle" fill="{LIMIT}">'
        f"target {picture.limit:.3g} {escape(picture.unit)}</text>",
    )
