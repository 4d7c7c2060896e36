"""What every `Jobs` must do. Subclass `JobsContract` and give it a fixture `stand`."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import pytest

from shipway.errors import StaleGeneration
from shipway.model.job import JobSeen, JobsSeen, Outcome
from shipway.model.revision import Revision
from shipway.ports.jobs import Jobs

Result = TypeVar("Result")
LOOKS_MAX = 1200
FIRST, SECOND = "20260301T020000Z", "20260301T021000Z"


class Stand(Protocol):
    """A world with one scheduled service in it."""

    def jobs(self) -> Jobs:
        """A new adapter object over the same state, as a new controller would make it."""
        ...

    def revision(self, version: str, *, behaviour: str = "well") -> Revision:
        """Its jobs end `well` or `badly`, or `hang` until they are ended, by a short time limit at last."""
        ...

    def begun(self, job: str) -> list[str]:
        """The versions on which the job truly began, one for each time."""
        ...

    async def let_time_pass(self) -> None:
        """A short while."""
        ...

    def run(self, scenario: Coroutine[Any, Any, Result]) -> Result:
        """Play a scenario to its end."""
        ...


async def until(stand: Stand, jobs: Jobs, claim: Callable[[JobsSeen], bool]) -> JobsSeen:
    """Look until the claim holds."""
    for _ in range(LOOKS_MAX):
        seen = await jobs.observe()
        if claim(seen):
            return seen
        await stand.let_time_pass()
    raise AssertionError(f"this never came: {seen}")


def job(seen: JobsSeen, name: str = FIRST) -> JobSeen | None:
    return next((each for each in seen.jobs if each.id == name), None)


def ended(outcome: Outcome, name: str = FIRST) -> Callable[[JobsSeen], bool]:
    return lambda seen: (found := job(seen, name)) is not None and found.outcome == outcome


def runs(seen: JobsSeen) -> bool:
    found = job(seen)
    return found is not None and found.started_at is not None and found.outcome is None


class JobsContract:
    """The promises of the port."""

    def test_a_job_begins_and_its_end_is_told_to_whoever_asks_later(self, stand: Stand) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0"), FIRST, generation=5)
            seen = await until(stand, stand.jobs(), ended(Outcome.OK))
            found = job(seen)
            assert found is not None and found.exit_code == 0 and seen.generation == 5
            assert found.started_at is not None and found.ended_at is not None
            assert found.started_at <= found.ended_at

        stand.run(scenario())

    def test_one_that_is_asked_for_again_and_again_begins_once(self, stand: Stand) -> None:
        async def scenario() -> None:
            revision = stand.revision("1.0")
            for generation in (1, 2, 2, 7):
                await stand.jobs().start(revision, FIRST, generation=generation)
            await until(stand, stand.jobs(), ended(Outcome.OK))
            await stand.jobs().start(revision, FIRST, generation=8)
            await stand.jobs().start(stand.revision("2.0"), FIRST, generation=9)
            await stand.jobs().start(revision, SECOND, generation=10)
            await until(stand, stand.jobs(), ended(Outcome.OK, SECOND))
            assert stand.begun(FIRST) == ["1.0"] == stand.begun(SECOND)

        stand.run(scenario())

    def test_an_older_generation_is_refused_whatever_job_it_is_of(self, stand: Stand) -> None:
        async def scenario() -> None:
            revision = stand.revision("1.0")
            await stand.jobs().start(revision, SECOND, generation=5)
            with pytest.raises(StaleGeneration):
                await stand.jobs().start(revision, FIRST, generation=4)
            with pytest.raises(StaleGeneration):
                await stand.jobs().end(SECOND, running=True, generation=4)
            await until(stand, stand.jobs(), ended(Outcome.OK, SECOND))
            assert stand.begun(FIRST) == []

        stand.run(scenario())

    def test_exit_codes_are_told(self, stand: Stand) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0", behaviour="badly"), FIRST, generation=1)
            found = job(await until(stand, stand.jobs(), ended(Outcome.FAILED)))
            assert found is not None and found.exit_code not in (0, None)

        stand.run(scenario())

    def test_one_that_exceeds_its_time_is_ended(self, stand: Stand) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0", behaviour="hang"), FIRST, generation=1)
            await until(stand, stand.jobs(), ended(Outcome.TIMED_OUT))

        stand.run(scenario())

    def test_one_that_runs_is_ended_only_if_that_is_asked(self, stand: Stand) -> None:
        async def scenario() -> None:
            await stand.jobs().start(stand.revision("1.0", behaviour="hang"), FIRST, generation=1)
            await until(stand, stand.jobs(), runs)
            await stand.jobs().end(FIRST, running=False, generation=2)
            assert runs(await until(stand, stand.jobs(), lambda seen: seen.generation == 2))
            await stand.jobs().end(FIRST, running=True, generation=3)
            await until(stand, stand.jobs(), ended(Outcome.STOPPED))

        stand.run(scenario())

    def test_one_that_nobody_asked_for_can_be_kept_from_beginning(self, stand: Stand) -> None:
        async def scenario() -> None:
            await stand.jobs().end(FIRST, running=False, generation=3)
            seen = await until(stand, stand.jobs(), lambda seen: seen.generation == 3)
            assert job(seen) is None
            with pytest.raises(StaleGeneration):
                await stand.jobs().start(stand.revision("1.0"), FIRST, generation=2)

        stand.run(scenario())
