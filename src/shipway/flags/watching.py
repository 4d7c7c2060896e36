"""Looks for changes in the background, in forked children too."""

import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

_watches: "weakref.WeakSet[Watch]" = weakref.WeakSet()


class Watch:
    """Calls `look` every so often, until its owner is closed or forgotten.

    A child that is forked (gunicorn --preload, celery, multiprocessing) has none of its parent's threads, so its
    watch starts again by itself.
    """

    def __init__(self, look: Callable[[], None], seconds: float) -> None:
        self.look: Callable[[], Callable[[], None] | None] = weakref.WeakMethod(look)
        self.seconds = seconds
        self.is_closed = False
        if not _watches:
            _restart_in_children()
        _watches.add(self)
        self.start()

    def start(self) -> None:
        """In this process."""
        self.ended = threading.Event()
        self.thread = threading.Thread(
            target=_watch, args=(self.look, self.ended, self.seconds), name="shipway-flags", daemon=True
        )
        self.thread.start()

    def close(self) -> None:
        """End it here and in children to come."""
        self.is_closed = True
        self.ended.set()
        _watches.discard(self)


def _watch(look: Callable[[], Callable[[], None] | None], ended: threading.Event, seconds: float) -> None:
    while not ended.wait(seconds):
        call = look()
        if call is None:
            return
        call()
        del call


def _restart_in_children() -> None:
    """Once for all watches of a process: such a registration stays for good."""
    if not _registered:
        _registered.append(True)
        os.register_at_fork(after_in_child=_after_fork)


def _after_fork() -> None:
    for watch in list(_watches):
        owner: Any = watch.look()
        if owner is not None and not watch.is_closed:
            owner.__self__.after_fork()
            watch.start()


_registered: list[bool] = []
