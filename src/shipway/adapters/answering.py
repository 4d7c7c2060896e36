"""Asks adapters from where nothing may be awaited."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def answered(question: Coroutine[Any, Any, Answer]) -> Answer:
    """Its answer, from an event loop in a thread of its own: the asking thread may run one already."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, question).result()
