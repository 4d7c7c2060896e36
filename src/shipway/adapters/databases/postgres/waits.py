"""How long a session waits for what others hold, and for its own statements."""

LOCK_MS = 50
"""Of DDL: everybody else queues up behind it meanwhile."""
LOCK_SECONDS_MAX = 900.0
"""How long a lock is tried for before somebody is told who holds it."""
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.1, 2.0
"""Between two tries."""
INSTANT_MS = 5000
"""Of a statement that has to be instant."""
SLOW_MAX = 3
"""How often a statement may take too long before somebody is told: the machine may have been busy."""
BATCH_LOCK_MS, BATCH_MS = 100, 10_000
