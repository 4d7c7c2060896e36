"""What a reader has missed, and when it has to begin anew."""

import asyncio

from shipway.server.flags.feed import KEPT_MAX, Feed


def test_a_reader_gets_what_it_missed_in_order() -> None:
    feed = Feed(5)
    for number in (6, 7, 9):
        feed.publish(number, b"%d" % number)
    assert feed.after(5) == [b"6", b"7", b"9"]
    assert feed.after(7) == [b"9"]
    assert feed.after(8) == [b"9"]
    assert feed.after(9) == []


def test_a_reader_from_before_or_from_the_future_begins_anew() -> None:
    feed = Feed(5)
    assert feed.after(4) is None and feed.after(6) is None
    for number in range(6, 6 + KEPT_MAX + 3):
        feed.publish(number, b"")
    assert feed.after(7) is None
    assert len(feed.after(8) or []) == KEPT_MAX


def test_all_who_wait_are_woken() -> None:
    async def scene() -> None:
        feed = Feed(0)
        waiting = [feed.next() for _ in range(3)]
        feed.publish(1, b"x")
        assert all(one.done() for one in waiting)

    asyncio.run(scene())
