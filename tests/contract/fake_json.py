"""A JSON service as many write one themselves: counts by version and time, behind a bearer token."""

from contract.answering import Question, Reply
from contract.ledger import BOUNDS_SECONDS, Ledger

TOKEN = "t0ken-of-the-metrics"


class FakeJson:
    """Tells what a ledger holds, second by second."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def answer(self, question: Question) -> Reply:
        if question.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply({"error": "who are you?"}, 401)
        asked = question.parameters
        match question.path:
            case "/api":
                return Reply({"service": "counts"})
            case "/api/counts" if {"v", "from", "to"} == set(asked):
                return Reply({"points": self._points(asked["v"], int(asked["from"]), int(asked["to"]))})
            case _:
                return Reply({"error": "no such thing"}, 404)

    def _points(self, revision: str, start: int, end: int) -> list[object]:
        names = ["requests", "errors", "in_flight", *(f"le:{bound:g}" for bound in BOUNDS_SECONDS)]
        found = {name: self.ledger.points((revision, name), start, end, 1) for name in names}
        seconds = sorted({second for points in found.values() for second in points})
        return [
            {"start": second, **{name.replace(":", "_"): points.get(second) for name, points in found.items()}}
            for second in seconds
        ]
