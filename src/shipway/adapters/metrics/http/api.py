"""A service that answers GET with JSON, of which JMESPath (https://jmespath.org) takes the points."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shipway.adapters.metrics._intervals import Points
from shipway.adapters.metrics._placeholders import QueryWrong, shown
from shipway.adapters.web.client import Client

if TYPE_CHECKING:
    from jmespath.parser import ParsedResult

MILLISECONDS_FROM = 1e11
"""Times above this are milliseconds: as seconds they would lie beyond the year 5000."""


class JsonService:
    """One address."""

    name = "http"

    def __init__(self, client: Client) -> None:
        self.client = client

    async def check(self) -> str:
        """`HTTP 200 at https://…`. Raises `PortError` when nothing answers."""
        answer = await self.client.get("", {})
        return f"HTTP {answer.status} at {self.client.url}"

    async def close(self) -> None:
        """Let go of connections."""
        await self.client.close()

    async def points(self, queries: Mapping[str, str], *, start: float, end: float) -> Mapping[str, Points]:
        """One question for each address; expressions on the same address share its answer."""
        answers: dict[str, object] = {}
        found: dict[str, Points] = {}
        for part, query in queries.items():
            address, _, expression = query.strip().partition(" ")
            where = f"{part.split()[0]}: {shown(query)}"
            if address not in answers:
                answers[address] = await self._answer(address, where, start=start, end=end)
            found[part] = _points(_compiled(expression, where).search(answers[address]), where)
        return found

    async def _answer(self, address: str, where: str, *, start: float, end: float) -> object:
        timed = address.replace("{start}", f"{start:.0f}").replace("{end}", f"{end:.0f}")
        answer = await self.client.get(timed, {})
        if answer.status == 200:
            return self.client.read(answer, object)
        if answer.status >= 500:
            raise self.client.silent(f"The source failed with {answer.status}", why=self.client.shown(answer.body))
        raise QueryWrong(
            f"the source refused the question: {answer.status}",
            where=where,
            why=self.client.shown(answer.body),
            fix="Open the address in a browser, with a version that runs.",
        )


def _compiled(expression: str, where: str) -> "ParsedResult":
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.compile(expression.strip() or "@")
    except JMESPathError as error:
        raise QueryWrong(
            "the expression is no JMESPath",
            where=where,
            why=shown(str(error)),
            fix="Write an address, a space, and an expression: /counts?v={version} points[].[time, count].",
        ) from error


def _points(found: object, where: str) -> Points:
    """From pairs of time and count; nothing is no point."""
    points: dict[float, float] = {}
    for pair in found if isinstance(found, list) else [] if found is None else [found]:
        match pair:
            case [int() | float() as at, int() | float() as value] if not isinstance(value, bool):
                seconds = at / 1000.0 if at > MILLISECONDS_FROM else float(at)
                points[seconds] = points.get(seconds, 0.0) + value
            case [int() | float(), None]:
                continue
            case _:
                raise QueryWrong(
                    "the expression gives what are no points",
                    where=where,
                    why=f"It came back as {shown(str(found))}",
                    fix="Make it a list of [start of the interval in epoch seconds, count].",
                )
    return points
