"""What an application hands over: a function without arguments, blocking or async."""

import inspect
from collections.abc import Awaitable, Callable

from shipway.health.threaded import SharedCall


def awaitable(function: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    """The same function, to be awaited: a blocking one runs in a thread, so that the event loop goes on."""
    if _is_async(function):
        return _called(function)
    return _settled(SharedCall(function))


def _is_async(function: Callable[[], object]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - its own method is looked at, not whether it has one
    )


def _called(function: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def call() -> object:
        return await _settle(function())

    return call


def _settled(function: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    async def call() -> object:
        return await _settle(await function())

    return call


async def _settle(value: object) -> object:
    """A lambda over an async function looks blocking and returns what has yet to be awaited."""
    return await value if inspect.isawaitable(value) else value
