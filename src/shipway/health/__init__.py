"""What an application embeds: health endpoints and graceful shutdown. Needs the standard library only.

    health = Health(drain_delay_seconds=2)
    health.depends_on("db", pool.ping, deadline_seconds=1)
    health.close_at_exit("db", pool.close)
    app = AsgiMiddleware(app, health)        # or WsgiMiddleware(application, health)

`docs/guides/health.md` has the lines for each framework and server. `Worker` is for processes that fetch jobs:
`docs/guides/workers.md`.
"""

from shipway.health.answer import Answer
from shipway.health.asgi import AsgiMiddleware
from shipway.health.health import Health
from shipway.health.phase import Phase
from shipway.health.worker import Worker
from shipway.health.wsgi import WsgiMiddleware

__all__ = ["Answer", "AsgiMiddleware", "Health", "Phase", "Worker", "WsgiMiddleware"]
