"""What a benchmark leaves behind: a table and the last line on the terminal, a page and a picture in the docs.

A script measures, describes what it found as a `Report`, and ends with `return publish(report)`.
"""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from benchmarks import picture
from benchmarks.picture import Picture

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks"
FULL = "FULL"
"""In the environment, `1` asks for the long form."""


class Figure(Struct, frozen=True, kw_only=True):
    """One number against what was promised: met below the target, or at it where `or_equal`."""

    value: float
    target: float
    unit: str = ""
    """`s`, `ms`, `MB`, `core`; `x` for a ratio."""
    what: str = ""
    """Needed where a benchmark has several figures."""
    or_equal: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the promise holds in this run."""
        return self.value <= self.target if self.or_equal else self.value < self.target

    @property
    def found(self) -> str:
        """`0.8 s with the real judge`."""
        return " ".join(filter(None, (amount(self.value, self.unit), self.what)))

    @property
    def wanted(self) -> str:
        """`< 1 s`."""
        return f"{'<=' if self.or_equal else '<'} {amount(self.target, self.unit)}"


class Table(Struct, frozen=True, kw_only=True):
    """Cells are what people read; numbers come formatted."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


class Report(Struct, frozen=True, kw_only=True):
    """Everything that one run found."""

    name: str
    claim: str
    """One sentence: what is promised, and against whom."""
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    picture: Picture
    notes: tuple[str, ...] = ()
    """How it was measured, and what it does not show; a paragraph each."""

    @property
    def is_met(self) -> bool:
        """Whether all promises hold."""
        return all(figure.is_met for figure in self.figures)

    @property
    def last_line(self) -> str:
        """`name: figure, target, met|short`; several figures are joined by `and`."""
        found = " and ".join(figure.found for figure in self.figures)
        wanted = " and ".join(figure.wanted for figure in self.figures)
        return f"{self.name}: {found}, target {wanted}, {'met' if self.is_met else 'short'}"


def is_full() -> bool:
    """Whether the long form was asked for."""
    return os.environ.get(FULL) == "1"


def amount(value: float, unit: str) -> str:
    """Three digits that mean something, with the unit: `0.8 s`, `3.52x`, `12`."""
    number = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number}{unit}" if unit == "x" else f"{number} {unit}".rstrip()


def publish(report: Report, *, docs: Path = DOCS) -> int:
    """Write the page and the picture, print the tables and the last line. 0 when every target is met, else 1."""
    docs.mkdir(parents=True, exist_ok=True)
    (docs / f"{report.name}.svg").write_text(picture.svg(report.picture))
    (docs / f"{report.name}.md").write_text(page(report, made=made(report.name)))
    for table in report.tables:
        print(f"\n{text(table)}")
    print(f"\n{report.last_line}", flush=True)
    return 0 if report.is_met else 1


def made(name: str) -> str:
    """Where, when and how a run was made, as a Markdown line."""
    command = f"{'FULL=1 ' if is_full() else ''}make bench ONLY={name}"
    return f"{machine()}; {datetime.now(UTC):%Y-%m-%d}; `{command}`"


def machine() -> str:
    """`AMD EPYC, 2 cores, Linux 6.1, Python 3.11.7, load 1.2 at the end`."""
    parts = (
        _processor(),
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"load {os.getloadavg()[0]:.1f} at the end",
    )
    return ", ".join(parts)


def _processor() -> str:
    """Linux tells the model in a file only; elsewhere the interpreter knows."""
    if sys.platform != "linux":
        return platform.processor() or platform.machine()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


def page(report: Report, *, made: str) -> str:
    """The Markdown page."""
    parts = (
        f"# {report.name.replace('_', ' ').capitalize()}",
        report.claim,
        f"**{report.last_line}**",
        f"![{report.picture.title}]({report.name}.svg)",
        *(_markdown(table) for table in report.tables),
        *report.notes,
        f"Measured on {made}.",
    )
    return "\n\n".join(parts) + "\n"


def _markdown(table: Table) -> str:
    rule = ["---", *("---:" for _ in table.columns[1:])]
    lines = [_row(cells) for cells in (table.columns, rule, *table.rows)]
    return "\n".join((f"## {table.title}", "", *lines, *(("", table.note) if table.note else ())))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def text(table: Table) -> str:
    """The table for a terminal: names to the left, the rest to the right."""
    rows = (table.columns, *table.rows)
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
    lines = [_aligned(row, widths) for row in rows]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join((table.title, "", lines[0], rule, *lines[1:], *((table.note,) if table.note else ())))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
    return "  ".join((row[0].ljust(widths[0]), *cells)).rstrip()
