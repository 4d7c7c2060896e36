"""A strict fake of Datadog's API v1 (https://docs.datadoghq.com/api/latest/metrics/): `validate` and `query`.

It refuses what Datadog refuses: keys that are not known, times that are no whole seconds, broken queries.
"""

import re

from contract.answering import Question, Reply
from contract.ledger import Ledger

API_KEY, APP_KEY = "0123456789abcdef0123456789abcdef", "fedcba98"
QUERY = re.compile(
    r"^(?:(sum|max|avg)|count\(v:v<=([0-9.]+)\)):shop\.(requests|errors|in_flight|latency)\{([^{}]*)\}"
    r"(\.as_count\(\))?\.rollup\((sum|max), ([0-9]+)\)$"
)
SEPARATOR = re.compile(r",(?![^{(]*[})])")


class FakeDatadog:
    """Tells what a ledger holds."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def answer(self, question: Question) -> Reply:
        if question.headers.get("dd-api-key") != API_KEY:
            return Reply({"errors": ["Forbidden"]}, 403)
        match question.method, question.path:
            case "GET", "/api/v1/validate":
                return Reply({"valid": True})
            case "GET", "/api/v1/query":
                return self._query(question)
            case _:
                return Reply({"errors": ["Not found"]}, 404)

    def _query(self, question: Question) -> Reply:
        if question.headers.get("dd-application-key") != APP_KEY:
            return Reply({"errors": ["Forbidden"]}, 403)
        asked = question.parameters
        if set(asked) != {"from", "to", "query"} or not (asked["from"].isdigit() and asked["to"].isdigit()):
            return Reply({"errors": ["Missing or invalid parameters"]}, 400)
        start, end = int(asked["from"]), int(asked["to"])
        if start > end:
            return Reply({"errors": ["from must be before to"]}, 400)
        series: list[object] = []
        for index, query in enumerate(SEPARATOR.split(asked["query"])):
            found = QUERY.match(query)
            if found is None:
                return Reply({"status": "error", "error": f"Error parsing query: {query}", "series": []}, 400)
            series += self._series(index, found, query, start, end)
        body = {"status": "ok", "res_type": "time_series", "query": asked["query"], "series": series}
        return Reply({**body, "from_date": start * 1000, "to_date": end * 1000})

    def _series(self, index: int, found: re.Match[str], query: str, start: int, end: int) -> list[object]:
        tags = dict(tag.split(":", 1) for tag in found[4].split(","))
        interval = int(found[7])
        key = f"le:{float(found[2]):g}" if found[2] else found[3]
        points = self.ledger.points((tags["revision"], key), start, end + 1, interval)
        if not points:
            return []
        pointlist: list[list[float | None]] = [[at * 1000.0, value] for at, value in sorted(points.items())]
        one = {
            "metric": f"shop.{found[3]}",
            "expression": query,
            "query_index": index,
            "interval": interval,
            "length": len(points),
            "start": start * 1000,
            "end": end * 1000 + 999,
            "aggr": found[1],
            "scope": found[4],
            "tag_set": [],
            "pointlist": pointlist,
        }
        return [one]
