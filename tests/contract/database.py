"""What every `Database` promises. A subclass says which one."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from shipway.errors import StaleGeneration
from shipway.model.phase import Phase
from shipway.ports.database import Database

CHANGE = "email_address"
KEY = f"schema:{CHANGE}"
FORWARD = (Phase.EXPANDED, Phase.DUAL_WRITING, Phase.BACKFILLED, Phase.SWITCHED, Phase.CONTRACTED)


class Place(Protocol):
    """A database on which `CHANGE` has not begun, and the port under test."""

    database: Database

    def again(self) -> Database:
        """Another controller's, over the same place."""

    def until(self, claim: Callable[[], bool]) -> None:
        """Let time pass until something is so. Fails when it never is."""


def phase(database: Database) -> Phase:
    return asyncio.run(database.observe()).phases.get(CHANGE, Phase.ABSENT)


def generation(database: Database) -> int:
    return asyncio.run(database.observe()).generations.get(KEY, 0)


def advance(database: Database, to: Phase, number: int) -> None:
    asyncio.run(database.advance(CHANGE, to, generation=number))


class DatabaseContract:
    """The tests."""

    @pytest.fixture
    def place(self) -> Iterator[Place]:
        raise NotImplementedError

    def test_nothing_is_reached_and_no_generation_known_before_the_first_wish(self, place: Place) -> None:
        assert (phase(place.database), generation(place.database)) == (Phase.ABSENT, 0)

    def test_a_wish_is_accepted_first_and_reached_later(self, place: Place) -> None:
        advance(place.database, Phase.BACKFILLED, 3)
        place.until(lambda: generation(place.database) == 3)
        place.until(lambda: phase(place.database) >= Phase.BACKFILLED)

    def test_one_phase_follows_the_other_to_the_end_and_two_controllers_take_turns(self, place: Place) -> None:
        for number, wanted in enumerate(FORWARD, start=1):
            database = place.database if number % 2 else place.again()
            place.until(lambda: wanted < Phase.CONTRACTED or asyncio.run(database.usage(CHANGE)) == ())  # noqa: B023
            advance(database, wanted, number)
            place.until(lambda: phase(place.database) >= wanted)  # noqa: B023
        assert phase(place.again()) == Phase.CONTRACTED

    def test_an_older_wish_is_refused_and_changes_nothing(self, place: Place) -> None:
        advance(place.database, Phase.DUAL_WRITING, 9)
        place.until(lambda: phase(place.database) >= Phase.DUAL_WRITING)
        for late in (place.database, place.again()):
            with pytest.raises(StaleGeneration):
                advance(late, Phase.BACKFILLED, 8)
        assert (phase(place.database), generation(place.database)) == (Phase.DUAL_WRITING, 9)

    def test_what_is_reached_already_is_harmless_to_ask_for(self, place: Place) -> None:
        advance(place.database, Phase.BACKFILLED, 1)
        place.until(lambda: phase(place.database) >= Phase.BACKFILLED)
        advance(place.again(), Phase.EXPANDED, 2)
        place.until(lambda: generation(place.database) == 2)
        assert phase(place.database) == Phase.BACKFILLED

    def test_a_change_is_taken_back_by_hand_and_the_fence_stays(self, place: Place) -> None:
        advance(place.database, Phase.DUAL_WRITING, 4)
        place.until(lambda: phase(place.database) >= Phase.DUAL_WRITING)
        asyncio.run(place.database.revert(CHANGE, generation=5))
        place.until(lambda: phase(place.database) == Phase.ABSENT)
        with pytest.raises(StaleGeneration):
            advance(place.again(), Phase.EXPANDED, 4)

    def test_an_old_shape_that_is_held_says_so(self, place: Place) -> None:
        advance(place.database, Phase.SWITCHED, 1)
        place.until(lambda: phase(place.database) >= Phase.SWITCHED)
        place.until(lambda: "hold" in " ".join(asyncio.run(place.database.usage(CHANGE))))

    def test_rest_waits_for_nothing_and_a_wish_afterwards_is_heard(self, place: Place) -> None:
        place.database.rest()
        advance(place.database, Phase.DUAL_WRITING, 1)
        place.database.rest()
        place.database.rest()
        advance(place.database, Phase.DUAL_WRITING, 2)
        place.until(lambda: phase(place.database) >= Phase.DUAL_WRITING)

    def test_what_fills_rows_waits_while_it_is_held_says_why_and_goes_on(self, place: Place) -> None:
        place.database.hold("users suffer")
        advance(place.database, Phase.BACKFILLED, 1)
        place.until(lambda: CHANGE in asyncio.run(place.database.observe()).paused)
        seen = asyncio.run(place.database.observe())
        assert seen.paused[CHANGE].why == "users suffer" and phase(place.database) == Phase.DUAL_WRITING
        place.database.hold("")
        place.until(lambda: phase(place.database) >= Phase.BACKFILLED)
        assert asyncio.run(place.database.observe()).paused == {}
