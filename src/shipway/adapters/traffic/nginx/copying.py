"""Copies of users' requests, whose answers nobody sees (nginx.org, ngx_http_mirror_module).

nginx lets the next request of a connection wait until the copy of the one before is answered. So a copy goes to
nginx itself first, which has it at once; that waits for the replica, although the one that sent it is gone.
"""

from collections.abc import Iterator

from shipway.adapters.traffic.nginx import requests, upstreams
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.splitting import split
from shipway.adapters.traffic.nginx.words import block, quoted
from shipway.model.route import Mirror
from shipway.model.share import TOTAL

UPSTREAM = "shipway_copies"
HEADER = "X-Shipway-Mirror"
"""Only copies have it: a request that comes with it loses it."""
HOST = "X-Shipway-Host"
"""The host of the request, which finds the service's server as a copy."""
HANDED_OVER = "5ms"


class Copies:
    """Those of one service."""

    def __init__(self, home: Home, service: str, number: int, mirror: Mirror) -> None:
        self.home, self.service, self.number, self.mirror = home, service, number, mirror

    @property
    def copiable(self) -> str:
        """The variable that is not empty for requests that may be copied. Upgrades are none of them."""
        return f"$copiable_{self.number}"

    @property
    def _name(self) -> str:
        return f"{self.service}.copies"

    def lines(self) -> Iterator[str]:
        """The variables, and the server that sends copies on."""
        methods = f"(?:{'|'.join(self.mirror.methods)})" if self.mirror.methods else "[^:]+"
        pattern = quoted(rf"~\A{methods}:\z")
        source = '"$request_method:$http_upgrade"'
        yield from block(f"map {source} {self.copiable}", [f"{pattern} yes;", 'default "";'])
        sampled = f"sampled_{self.number}"
        shares = {"yes": self.mirror.share, "no": TOTAL - self.mirror.share}
        yield from split(sampled, "$request_id|copy", shares)
        yield from block(f"map {self.copiable} $copied_{self.number}", [f"yes ${sampled};", "default no;"])
        yield requests.log_format(requests.copies(self.service), self.mirror.revision)
        yield requests.log_format(requests.copiable(self.service), self.mirror.revision)
        yield from block("server", self._server())

    def of_users(self) -> Iterator[str]:
        """What a server whose requests are copied has more."""
        yield requests.log(self.home, requests.copiable(self.service), when=self.copiable)
        yield "mirror /shipway-mirror;"
        yield from block(
            "location = /shipway-mirror",
            [
                "internal;",
                f'error_log "{self.home.log}" crit;',
                f"if ($copied_{self.number} = no) {{ return 204; }}",
                f"proxy_read_timeout {HANDED_OVER};",
                f"proxy_set_header Host {quoted(self._name)};",
                f"proxy_set_header {HOST} $http_host;",
                'proxy_set_header Connection "";',
                f"proxy_pass http://{UPSTREAM}$request_uri;",
            ],
        )

    def _server(self) -> Iterator[str]:
        yield f'listen "unix:{self.home.copies}";'
        yield f"server_name {quoted(self._name)};"
        yield requests.log(self.home, requests.copies(self.service))
        yield "proxy_ignore_client_abort on;"
        yield f"proxy_set_header Host $http_{HOST.lower().replace('-', '_')};"
        yield f'proxy_set_header {HOST} "";'
        yield f"proxy_set_header {HEADER} true;"
        yield 'proxy_set_header Connection "";'
        target = upstreams.name(self.service, self.mirror.revision)
        yield from block("location /", [f"proxy_pass http://{target};"])


def upstream(home: Home) -> list[str]:
    """nginx itself, as copies reach it."""
    return block(f"upstream {UPSTREAM}", [f'server "unix:{home.copies}";', "keepalive 64;"])
