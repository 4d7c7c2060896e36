"""What to verify before and after going back, on 80 columns."""

from shipway.cli.render.paint import Paint, filled, pad
from shipway.cli.render.service import stale_lines
from shipway.cli.render.standing import stale_seconds
from shipway.model.view import View
from shipway.planning.rollback_checklist import Point, Seen

LABEL = 11
SIGNS = {True: "✓", False: "✗", None: "?"}
Items = tuple[tuple[Point, Seen], ...]


def lines(view: View, items: Items, paint: Paint, *, now: float) -> list[str]:
    """Each with what is seen; what nobody sees is a question. A look of long ago is told as one."""
    shown, is_after = [*stale_lines(view, paint, now=now), f"Before {view.service} goes back"], False
    for point, seen in items:
        if point.is_after and not is_after:
            shown += ["", "After it"]
        is_after = point.is_after
        sign = SIGNS[seen.is_so]
        painted = {"✓": paint.good, "✗": paint.bad, "?": paint.warn}[sign](sign)
        shown += filled(
            f"{point.words}?" if seen.is_so is None else point.words, head=f"{painted} {pad(point.name, LABEL)} "
        )
        shown += filled(paint.faint(seen.said), head=" " * (LABEL + 3))
    press = paint.press("shipway rollback")
    return [*shown, "", f"  {press}   goes back now"]


def as_data(view: View, items: Items, *, now: float) -> dict[str, object]:
    """For `--json`."""
    told = [
        {
            "name": point.name,
            "when": "after" if point.is_after else "before",
            "is_so": seen.is_so,
            "said": seen.said,
        }
        for point, seen in items
    ]
    return {"service": view.service, "is_stale": stale_seconds(view, now=now) is not None, "items": told}
