"""Whether dashboards are there, by the address that a browser shows.

Grafana: https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/ (by uid);
Datadog: https://docs.datadoghq.com/api/latest/dashboards/#get-a-dashboard (v1).
"""

import re
from urllib.parse import urlsplit

from msgspec import Struct

from shipway.adapters.checks.asking import Found, Service

GRAFANA = re.compile(r"^(?P<base>https?://.+?)/d/(?P<uid>[A-Za-z0-9_-]{1,40})(?:[/?#].*)?$")
DATADOG = re.compile(r"^https?://[^/]+/dashboard/(?P<id>[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3})(?:[/?#].*)?$")
KEYS = {"dd-api-key": "DD_API_KEY", "dd-application-key": "DD_APP_KEY"}


class Named(Struct, frozen=True):
    """What both call their dashboards."""

    title: str


class OfGrafana(Struct, frozen=True):
    """Grafana's answer."""

    dashboard: Named


async def there(address: str) -> Found:
    """Raises `PortError` where nobody answers, or nobody may ask."""
    if found := GRAFANA.match(address):
        async with Service("Grafana", found["base"], {}, bearer="GRAFANA_TOKEN") as grafana:
            path = f"/api/dashboards/uid/{found['uid']}"
            answer = await grafana.get(path)
            if answer.status == 404:
                return Found(False, f"Grafana has no dashboard {found['uid']}")
            return Found(True, (await grafana.read(path, OfGrafana)).dashboard.title)
    if found := DATADOG.match(address):
        async with Service("Datadog", _api(address), {}, secrets=KEYS) as datadog:
            path = f"/api/v1/dashboard/{found['id']}"
            answer = await datadog.get(path)
            if answer.status == 404:
                return Found(False, f"Datadog has no dashboard {found['id']}")
            return Found(True, (await datadog.read(path, Named)).title)
    return Found(None, f"{address} is of neither Grafana nor Datadog")


def _api(address: str) -> str:
    """`https://api.datadoghq.eu` of `https://app.datadoghq.eu`; other hosts answer for themselves."""
    parts = urlsplit(address)
    host = f"api.{parts.netloc.removeprefix('app.')}" if parts.netloc.startswith("app.") else parts.netloc
    return f"{parts.scheme}://{host}"
