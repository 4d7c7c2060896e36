"""Starts jobs that end by themselves."""

from typing import Protocol

from shipway.model.job import JobsSeen
from shipway.model.revision import Revision


class Jobs(Protocol):
    """The jobs of one service. All share the key `jobs`; an older generation raises `StaleGeneration`.

    A job is named by its instant, and **begins once at most** under its name: whatever is asked twice, arrives
    late, or is carried out by a supervisor that came back.
    """

    async def observe(self) -> JobsSeen:
        """Jobs that run or were accepted, and the newest that ended. Raises `PortError`.

        A job that an applied generation asked for and that is not among them never began and never will.
        """
        ...

    async def start(self, revision: Revision, job: str, *, generation: int) -> None:
        """Have the job begin on this revision, unless it has begun on any. One that was accepted for another
        revision and has not begun yet is moved."""
        ...

    async def end(self, job: str, *, running: bool, generation: int) -> None:
        """Keep it from beginning; with `running` also end it, with its grace period, if it has begun."""
        ...
