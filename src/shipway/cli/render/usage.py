"""What each revision's replicas use: a second table below the one of traffic."""

from collections.abc import Sequence

from shipway.cli.render.paint import Paint, clip, table
from shipway.cli.render.words import NAME_MAX
from shipway.model.fleet import Usage
from shipway.model.metric import size
from shipway.model.view import RevisionView

HEAD = ["  ", "", "processors", "memory each", "restarts", "error lines"]


def lines(shown: Sequence[tuple[RevisionView, str]], paint: Paint) -> list[str]:
    """Nothing where the platform knows nothing."""
    rows = [
        ["  ", paint.strong(clip(name, NAME_MAX)), *_cells(one.usage, paint)] for one, name in shown if one.usage
    ]
    if not rows:
        return []
    top, *body = table([HEAD, *rows])
    return ["", paint.faint(top), *(clip(line, 80) for line in body)]


def _cells(usage: Usage, paint: Paint) -> list[str]:
    cores = "-" if usage.cpu_cores is None else f"{usage.cpu_cores:.2f}"
    memory = "-" if usage.memory_bytes is None else size(usage.memory_bytes)
    restarts = paint.warn(f"{usage.restarts}") if usage.restarts else "0"
    errors = "-" if usage.error_lines is None else f"{usage.error_lines:,}"
    return [cores, memory, restarts, errors]
