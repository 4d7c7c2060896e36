"""What to verify before and after going back, on 80 columns."""

from shipway.cli.render.paint import Paint, filled, pad
from shipway.planning.rollback_checklist import Point, Seen

LABEL = 11
SIGNS = {True: "✓", False: "✗", None: "?"}
Items = tuple[tuple[Point, Seen], ...]


def lines(service: str, items: Items, paint: Paint) -> list[str]:
    """Each with what is seen; what nobody sees is a question."""
    shown = [f"Before {service} goes back"]
    for point, seen in items:
        if point.name == "errors":
            shown += ["", "After it"]
        sign = SIGNS[seen.is_so]
        painted = {"✓": paint.good, "✗": paint.bad, "?": paint.warn}[sign](sign)
        shown += filled(
            f"{point.words}?" if seen.is_so is None else point.words, head=f"{painted} {pad(point.name, LABEL)} "
        )
        shown += filled(paint.faint(seen.said), head=" " * (LABEL + 3))
    press = paint.press("shipway rollback")
    return [*shown, "", f"  {press}   goes back now"]


def as_data(service: str, items: Items) -> dict[str, object]:
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
    return {"service": service, "items": told}
