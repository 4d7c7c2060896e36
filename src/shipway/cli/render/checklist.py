"""The ten items on 80 columns."""

from shipway.cli.render.paint import Paint, filled, pad
from shipway.cli.render.words import plural
from shipway.model.checklist import Checklist, State
from shipway.planning.checklist import POINTS, SETTLED

LABEL = 11
SIGNS = {State.DONE: "✓", State.CONFIRMED: "✓", State.WAIVED: "·", State.OPEN: "?", State.FAILED: "✗"}


def lines(found: Checklist, version: str, paint: Paint) -> list[str]:
    """Each with what was found, or what nobody sees; whether it is signed, and what to type."""
    painted = {"✓": paint.good, "✗": paint.bad, "?": paint.warn, "·": paint.faint}
    words = {point.name: point.words for point in POINTS}
    shown = []
    for item in found.items:
        sign = SIGNS[item.state]
        head = f"{painted[sign](sign)} {pad(item.name, LABEL)} "
        shown += filled(item.said if item.state in SETTLED else f"{words[item.name]}?", head=head)
        if item.state not in SETTLED:
            shown += filled(item.said, head=" " * (LABEL + 3))
        if item.note:
            shown += filled(f"{item.state}: {item.note}", head=" " * (LABEL + 3))
    return [*shown, "", *_closing(found, version, paint)]


def _closing(found: Checklist, version: str, paint: Paint) -> list[str]:
    left = [item for item in found.items if item.state not in SETTLED]
    if not left:
        return filled(f"Signed by {found.by}; it is kept with the release.", head=f"{paint.good('✓')} ")
    open_ones = [item.name for item in left if item.state == State.OPEN]
    failed = [item.name for item in left if item.state == State.FAILED]
    shown = filled(f"{plural(len(left), 'item')} of 10 not settled: nothing signed.", head=f"{paint.bad('✗')} ")
    if open_ones:
        words = f'shipway check {version} --release --confirm {open_ones[0]}="HOW YOU KNOW"'
        shown += ["", "  Where you know it:", f"    {paint.press(words)}"]
    if failed:
        words = f'shipway check {version} --release --waive {failed[0]}="WHY ALL THE SAME"'
        shown += ["", "  To ship all the same, under your name:", f"    {paint.press(words)}"]
    return shown


def as_data(found: Checklist, version: str) -> dict[str, object]:
    """For `--json`."""
    return {
        "version": version,
        "revision": found.revision,
        "is_signed": all(item.state in SETTLED for item in found.items),
        "by": found.by,
        "at": found.at,
        "items": [
            {"name": item.name, "state": item.state.value, "said": item.said, "note": item.note}
            for item in found.items
        ],
    }
