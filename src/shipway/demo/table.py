"""What the demo's users noticed, as a table."""

from shipway.demo.load import Counts
from shipway.model.past import Past

WIDTH = 44


def closing(counts: Counts, past: tuple[Past, ...], *, bad: str, seconds: float) -> str:
    """The closing table; times are those of the journal, counts those of the users."""
    rows = [
        ("requests sent", f"{counts.sent:,}"),
        ("requests lost", f"{counts.lost_total:,}{_lost(counts)}"),
        *((f"answered by {version}", f"{count:,}") for version, count in sorted(counts.answered.items())),
        (f"errors of the bad version {bad}", f"{counts.failed.get(bad, 0):,} of {counts.sent:,} requests"),
        *_times(past),
        ("the whole demo", f"{seconds:.0f} s"),
    ]
    lines = [f"  {name:<{WIDTH}}{value}" for name, value in rows]
    return "\n".join(["", "── What users noticed", "", *lines, ""])


def _lost(counts: Counts) -> str:
    return f" ({', '.join(f'{count} {what}' for what, count in counts.lost.items())})" if counts.lost else ""


def _times(past: tuple[Past, ...]) -> list[tuple[str, str]]:
    runs = [run for run in past if run.outcome == "rolled-back" and run.turned_at is not None]
    if not runs:
        return [("taken back", "never")]
    run = runs[-1]
    assert run.turned_at is not None
    detect = run.turned_at - (run.first_bad_at or run.turned_at)
    back = (run.recovered_at - run.turned_at) if run.recovered_at is not None else None
    return [
        ("first bad response to verdict", f"{detect:.1f} s"),
        ("verdict to no user on it", f"{back:.2f} s" if back is not None else "never"),
    ]
