"""Whether a gateway has taken up a route: asked through it, not by what it says of itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shipway.adapters.traffic._kubernetes.wishes import Wish
from shipway.adapters.traffic.gateway_api import rules
from shipway.adapters.traffic.gateway_api.options import GatewayOptions
from shipway.model.revision import RevisionId

REQUESTS = 4
"""Each on a connection of its own, so that each may meet another of the gateway's instances."""
SECONDS = 3.0
BROKEN = 500


@dataclass(eq=False)
class Probing:
    """One HTTPRoute's."""

    options: GatewayOptions
    _taken_up: int = 0
    """The newest generation that the gateway was seen to run."""

    async def problem(self, wish: Wish, host: str) -> str:
        """Empty where it was taken up, and every version that has a share answers."""
        if wish.route_generation <= self._taken_up:
            return ""
        serving = [name for name, share in wish.route.shares.items() if share]
        asked = [self._taken(wish, host) for _ in range(REQUESTS)]
        found = await asyncio.gather(*asked, *(self._reached(wish, host, name) for name in serving))
        problem = next((one for one in found if one), "")
        if not problem:
            self._taken_up = wish.route_generation
        return problem

    async def _taken(self, wish: Wish, host: str) -> str:
        status, location = await self._asked(rules.PROBE_PATH, wish.token, host)
        if status is None:
            return f"the gateway does not answer at {self.options.url}"
        if urlsplit(location).hostname == rules.answer(wish.route_generation):
            return ""
        return f"the gateway at {self.options.url} has not taken up the route yet"

    async def _reached(self, wish: Wish, host: str, revision: RevisionId) -> str:
        word = rules.probe_word(wish.token, revision)
        status, _ = await self._asked(self.options.health.path, word, host)
        if status is None or status >= BROKEN:
            said = "does not answer" if status is None else f"answers with {status}"
            return f"{revision} {said} through the gateway"
        return ""

    async def _asked(self, path: str, word: str, host: str) -> tuple[int | None, str]:
        """Status and `location`."""
        from httpx2 import AsyncClient, HTTPError

        headers: Mapping[str, str] = {rules.PROBE_HEADER: word, **({"host": host} if host else {})}
        try:
            async with AsyncClient(timeout=SECONDS, trust_env=False) as client:
                answer = await client.get(self.options.url.rstrip("/") + path, headers=headers)
        except HTTPError:
            return None, ""
        return answer.status_code, answer.headers.get("location", "")


def host_of(route: Mapping[str, Any]) -> str:
    """A name under which the route takes requests; none where it takes them under any."""
    names = [name for name in route["spec"].get("hostnames") or () if not name.startswith("*")]
    return str(names[0]) if names else ""
