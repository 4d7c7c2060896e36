"""Django: `request.flags`.

MIDDLEWARE = [..., "shipway.flags.frameworks.django.FlagsMiddleware"]
SHIPWAY_FLAGS = "shop.flags.flags"       # a FeatureFlags, or where it is
SHIPWAY_FLAGS_USER = "shop.flags.user"   # from a request to what the user is known by, or where that is
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.module_loading import import_string

from shipway.flags.client import FeatureFlags
from shipway.flags.outcomes import SERVER_ERROR, Outcomes, Request
from shipway.flags.user import Attributes, UserFlags


class FlagsMiddleware:
    """In synchronous and in asynchronous projects. The user is asked for when the first flag is, not before:
    who is logged in costs a query."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response, self.outcomes = get_response, Outcomes()
        self.flags: FeatureFlags = _meant(settings.SHIPWAY_FLAGS)
        self.user: Callable[[HttpRequest], Attributes] = _meant(
            getattr(settings, "SHIPWAY_FLAGS_USER", _by_primary_key)
        )
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """One request. Counted is what Django answers: it turns exceptions of views into answers before us."""
        request.flags = UserFlags(self.flags, lambda: self.user(request))
        return self._later(request) if self.is_async else self._now(request)

    def _now(self, request: HttpRequest) -> HttpResponseBase:
        with self.outcomes.request() as counted:
            return _told(counted, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        with self.outcomes.request() as counted:
            return _told(counted, await self.get_response(request))


def _told(counted: Request, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code >= SERVER_ERROR:
        counted.fail()
    return response


def _meant(setting: Any) -> Any:
    return import_string(setting) if isinstance(setting, str) else setting


def _by_primary_key(request: HttpRequest) -> Attributes:
    """Who is logged in; nobody in particular otherwise."""
    user = getattr(request, "user", None)
    return {"user_id": user.pk} if user is not None and user.is_authenticated else {}
