"""Says whether a stage may be left."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct


class Answer(Struct, frozen=True, kw_only=True):
    """`passed` is none while the answer is not known yet."""

    passed: bool | None
    detail: str = ""


class Gate(Protocol):
    """A smoke test, an approval, a calendar, a hook.

    One that runs something also has `end(target, facts)`: nobody waits for that answer any more.
    """

    async def ask(self, target: str, facts: Mapping[str, str], *, timeout: float) -> Answer:
        """Ask, or look again at a question already asked: it never waits long.

        `facts` are the run's: `service`, `revision`, `version`, `stage`, `url`, `live_url`, `run`; of a hook also
        `hook`, `key`, `candidate`, `stable`, `share`, `row`, `reason`. `key` tells one question from another.
        After `timeout` seconds without an answer it is a no that says so.
        """
        ...
