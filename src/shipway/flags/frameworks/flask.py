"""Flask: `g.flags` in views, `flags` in templates.

flags = Flags(FeatureFlags(), user=lambda: {"user_id": current_user.id, "tier": current_user.tier})
flags.init_app(app)
"""

from collections.abc import Callable

from flask import Flask, g

from shipway.flags.client import FeatureFlags
from shipway.flags.outcomes import Outcomes
from shipway.flags.user import Attributes, UserFlags


class Flags:
    """An extension. `user` is asked at most once in a request, when the first flag is."""

    def __init__(self, flags: FeatureFlags, user: Callable[[], Attributes]) -> None:
        self.flags, self.user, self.outcomes = flags, user, Outcomes()

    def init_app(self, app: Flask) -> None:
        """Put flags into each request, and count by what it was shown."""
        app.before_request(self._begin)
        app.context_processor(lambda: {"flags": g.get("flags")})
        app.wsgi_app = self.outcomes.wsgi(app.wsgi_app)  # type: ignore[method-assign]

    def _begin(self) -> None:
        g.flags = UserFlags(self.flags, self.user)
