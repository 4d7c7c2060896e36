"""What every `FlagService` promises. A subclass says which one, and how other hands reach the same flags."""

import asyncio
from collections.abc import Iterator
from typing import Protocol

import pytest

from shipway.errors import PortError, StaleGeneration
from shipway.model.share import NONE, TOTAL, Share
from shipway.ports.flag_service import FlagService

FLAG, OTHER = "new-checkout", "new-cart"
HALF, FINE = Share(50_000), Share(12_345)


class Flags(Protocol):
    """A place with `FLAG` and `OTHER`, both off, and the service under test."""

    service: FlagService

    def again(self) -> FlagService:
        """Another controller's, over the same place."""

    def kill(self, flag: str) -> None:
        """By other hands."""

    def set(self, flag: str, percentage: float) -> None:
        """On, for so many, by other hands."""


def seen(service: FlagService, flag: str = FLAG) -> tuple[Share, int]:
    exposure = asyncio.run(service.observe())
    return exposure.shares[flag], exposure.generations.get(f"flag:{flag}", 0)


def expose(service: FlagService, share: Share, generation: int, flag: str = FLAG) -> None:
    asyncio.run(service.expose(flag, share, generation=generation))


class FlagServiceContract:
    """The tests."""

    has_people = True
    """Whether other hands may kill a flag."""

    @pytest.fixture
    def flags(self) -> Iterator[Flags]:
        raise NotImplementedError

    def test_nothing_is_shown_and_no_generation_known_before_the_first_wish(self, flags: Flags) -> None:
        assert seen(flags.service) == (NONE, 0)

    @pytest.mark.parametrize("share", [Share(1), FINE, HALF, TOTAL])
    def test_a_share_is_in_force_with_its_generation_once_it_is_seen(self, flags: Flags, share: Share) -> None:
        expose(flags.service, share, 7)
        assert seen(flags.service) == (share, 7)

    def test_a_share_goes_up_and_down_and_to_nothing(self, flags: Flags) -> None:
        for generation, share in enumerate((HALF, TOTAL, FINE, NONE, HALF), start=1):
            expose(flags.service, share, generation)
            assert seen(flags.service) == (share, generation)

    def test_one_flag_s_share_leaves_others_alone(self, flags: Flags) -> None:
        expose(flags.service, HALF, 3)
        assert seen(flags.service, OTHER) == (NONE, 0)

    def test_an_older_generation_is_refused_also_by_another_controller(self, flags: Flags) -> None:
        expose(flags.service, HALF, 9)
        for service in (flags.service, flags.again()):
            with pytest.raises(StaleGeneration):
                expose(service, TOTAL, 8)
        assert seen(flags.again()) == (HALF, 9)

    def test_the_same_wish_again_changes_nothing(self, flags: Flags) -> None:
        expose(flags.service, HALF, 4)
        expose(flags.again(), HALF, 4)
        assert seen(flags.service) == (HALF, 4)

    def test_what_other_hands_do_is_seen_at_once(self, flags: Flags) -> None:
        expose(flags.service, HALF, 2)
        flags.set(FLAG, 10)
        assert seen(flags.service)[0] == Share(10_000)

    def test_a_killed_flag_shows_nothing_and_no_share_brings_it_back(self, flags: Flags) -> None:
        if not self.has_people:
            pytest.skip("nobody kills here")
        expose(flags.service, HALF, 1)
        flags.kill(FLAG)
        with pytest.raises(PortError, match="killed"):
            expose(flags.service, TOTAL, 2)
        assert seen(flags.service)[0] == NONE
        expose(flags.service, NONE, 3)
        assert seen(flags.service) == (NONE, 3)

    def test_who_was_killed_is_told_before_anything_is_shown(self, flags: Flags) -> None:
        if not self.has_people:
            pytest.skip("nobody kills here")
        assert asyncio.run(flags.service.observe()).killed == frozenset()
        flags.kill(OTHER)
        assert asyncio.run(flags.service.observe()).killed == {OTHER}
