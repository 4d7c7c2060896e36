"""An analysis as one HTML page that needs nothing else: no script, no font, no address."""

from html import escape

from shipway.reports.chart import Chart
from shipway.reports.svg import drawn

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
p.verdict { font-size: 1.15rem; border-left: 4px solid #c2570c; padding-left: .8rem; }
p.healthy { border-color: #2e7d32; }
table { border-collapse: collapse; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .9rem; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; }
h1 { font-size: 1.6rem; }
"""


def page(chart: Chart, *, verdict: str, is_healthy: bool, rows: list[list[str]]) -> str:
    """`rows` begin with the head of the table."""
    head, *body = rows
    marked = ' class="verdict healthy"' if is_healthy else ' class="verdict"'
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            f'<head><meta charset="utf-8"><title>{escape(chart.title)}</title><style>{STYLE}</style></head>',
            f"<body><h1>{escape(chart.title)}</h1>",
            f"<p{marked}>{escape(verdict)}</p>",
            f"<table><thead>{_row(head, 'th')}</thead><tbody>",
            *(_row(row, "td") for row in body),
            "</tbody></table>",
            drawn(chart) if chart.panels else "<p>Nothing was counted that could be drawn.</p>",
            "</body></html>",
            "",
        ]
    )


def _row(cells: list[str], kind: str) -> str:
    return "<tr>" + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells) + "</tr>"
