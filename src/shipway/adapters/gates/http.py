"""A gate that is an address: it gets the facts as JSON and agrees by answering 200 to 299."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from shipway.adapters.context import Context
from shipway.adapters.gates._asking import Asking
from shipway.ports.gate import Answer

SHOWN_BYTES = 200
"""Of what the address says, for the journal."""


class HttpGate:
    """Asks each question once at a time; asking again looks whether the answer has come. Follows no redirect.

    `Idempotency-Key` is the same when a successor of this controller asks the same question again (see
    draft-ietf-httpapi-idempotency-key-header); `generation` in the body grows with each time it is asked.
    """

    def __init__(self) -> None:
        self._asking = Asking()

    async def ask(self, target: str, facts: Mapping[str, str], *, timeout: float) -> Answer:
        """The answer, or none while it has not come."""
        answer = await self._asking.answer(target, facts, lambda: _asked(target, facts, timeout))
        return answer or Answer(passed=None, detail=f"{target} has not answered")

    async def end(self, target: str, facts: Mapping[str, str]) -> None:
        """Hang up."""
        await self._asking.end(target, facts)


async def _asked(target: str, facts: Mapping[str, str], timeout: float) -> Answer:
    from httpx2 import AsyncClient, HTTPError, InvalidURL

    try:
        async with asyncio.timeout(timeout), AsyncClient(timeout=timeout, trust_env=False) as client:
            headers = {"idempotency-key": facts.get("key", "")}
            async with client.stream("POST", target, json=dict(facts), headers=headers) as answer:
                said = await _beginning(answer.aiter_bytes())
    except TimeoutError:
        return Answer(passed=False, detail=f"{target} gave no answer in {timeout:.0f} s")
    except (HTTPError, InvalidURL, OSError) as error:
        return Answer(passed=False, detail=f"{target} cannot be reached: {error or type(error).__name__}")
    return Answer(passed=answer.is_success, detail=f"{target} answered {answer.status_code}: {said or 'nothing'}")


async def _beginning(chunks: AsyncIterator[bytes]) -> str:
    """The first line of a body; the rest is not read."""
    content = b""
    async for chunk in chunks:
        content += chunk
        if len(content) >= SHOWN_BYTES:
            break
    lines = content[:SHOWN_BYTES].decode(errors="replace").strip().splitlines()
    return lines[0] if lines else ""


def build(options: Mapping[str, object], context: Context) -> HttpGate:
    """It has no options."""
    return HttpGate()
