"""Configuration of gunicorn: tells when a worker can be signalled.

Between its fork and this moment a worker still has its master's handlers and swallows a SIGTERM.
"""

from typing import Any

from application import note


def post_worker_init(_worker: Any) -> None:
    note("booted")
