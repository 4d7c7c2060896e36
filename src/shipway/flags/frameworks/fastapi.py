"""FastAPI and Starlette: a dependency with the flags of the user who asks.

app.add_middleware(CountedRequests)
user_flags = FlagsOf(FeatureFlags(), user=lambda request: {"user_id": request.headers.get("x-user-id")})

@app.get("/")
async def home(flags: Annotated[UserFlags, Depends(user_flags)]) -> str:
    return "bold" if flags.is_enabled("new-home") else "plain"
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shipway.flags.client import FeatureFlags
from shipway.flags.outcomes import Outcomes
from shipway.flags.user import Attributes, UserFlags


class FlagsOf:
    """What `Depends` takes. `user` is asked at most once in a request, when the first flag is."""

    def __init__(self, flags: FeatureFlags, user: Callable[[Request], Attributes]) -> None:
        self.flags, self.user = flags, user

    def __call__(self, request: Request) -> UserFlags:
        """The flags of the user who asks."""
        return UserFlags(self.flags, lambda: self.user(request))


class CountedRequests:
    """A middleware that counts requests by what they were shown, for ramps."""

    def __init__(self, app: ASGIApp) -> None:
        self.outcomes = Outcomes()
        self.app = self.outcomes.asgi(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self.app(scope, receive, send)
