"""Whether a gateway has taken up a route: asked through it, not by what it says of itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from shipway.adapters.platforms.kubernetes import marks
from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.model.revision import RevisionId

REQUESTS = 4
"""Each on a connection of its own, so that each may meet another of the gateway's instances."""
SECONDS = 3.0
BROKEN = 500
PROBE_HEADER, PROBE_PATH = "x-shipway-probe", "/.well-known/shipway"
ANSWER_HOST = "shipway.invalid"
"""Where a probe is sent on to: the answer says by it which intent the gateway has taken up."""


def probe_word(token: str, revision: RevisionId) -> str:
    """The header's value with which a request reaches a revision."""
    return f"{token}-{marks.label_of(revision)}"


def answer(generation: int) -> str:
    """The host's name that a probe is sent on to."""
    return f"g{generation}.{ANSWER_HOST}"


def host_of(names: object) -> str:
    """One of a route's names under which it takes requests; none where it takes them under any."""
    listed = names if isinstance(names, list) else []
    return next((str(name) for name in listed if not str(name).startswith("*")), "")


@dataclass(eq=False)
class Probing:
    """One route's."""

    url: str
    """Where users' requests enter, as this process reaches it."""
    path: str
    """Of the versions' health."""
    _taken_up: int = 0
    """The newest generation that the gateway was seen to run."""

    async def problem(self, wish: Wish, host: str) -> str:
        """Empty where it was taken up, and every version that has a share answers."""
        if wish.route_generation <= self._taken_up:
            return ""
        serving = [name for name, share in wish.route.shares.items() if share]
        asked = [self._taken(wish, host) for _ in range(REQUESTS)]
        found = await asyncio.gather(*asked, *(self.reached(wish, host, name) for name in serving))
        problem = next((one for one in found if one), "")
        if not problem:
            self._taken_up = wish.route_generation
        return problem

    async def _taken(self, wish: Wish, host: str) -> str:
        status, location = await self._asked(PROBE_PATH, wish.token, host)
        if status is None:
            return f"the gateway does not answer at {self.url}"
        if urlsplit(location).hostname == answer(wish.route_generation):
            return ""
        return f"the gateway at {self.url} has not taken up the route yet"

    async def reached(self, wish: Wish, host: str, revision: RevisionId) -> str:
        """Empty where a version answers."""
        status, _ = await self._asked(self.path, probe_word(wish.token, revision), host)
        if status is None or status >= BROKEN:
            said = "does not answer" if status is None else f"answers with {status}"
            return f"{revision} {said} through the gateway"
        return ""

    async def _asked(self, path: str, word: str, host: str) -> tuple[int | None, str]:
        """Status and `location`."""
        from httpx2 import AsyncClient, HTTPError

        headers: Mapping[str, str] = {PROBE_HEADER: word, **({"host": host} if host else {})}
        try:
            async with AsyncClient(timeout=SECONDS, trust_env=False) as client:
                answer = await client.get(self.url.rstrip("/") + path, headers=headers)
        except HTTPError:
            return None, ""
        return answer.status_code, answer.headers.get("location", "")
