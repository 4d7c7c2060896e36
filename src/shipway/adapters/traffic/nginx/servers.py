"""One service's servers: what becomes of its requests (nginx.org, ngx_http_core_module, ngx_http_proxy_module)."""

from collections.abc import Iterator

from shipway.adapters.traffic.nginx import certificate_files, copying, upstreams
from shipway.adapters.traffic.nginx.choosing import Choosing
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.requests import log, log_format
from shipway.adapters.traffic.nginx.state import State
from shipway.adapters.traffic.nginx.words import block, milliseconds, quoted

NOTHING_DEPLOYED = r'"shipway: nothing is deployed yet\n"'
NO_PREVIEW = r'"shipway: no version is in preview\n"'
NOT_REACHED = r'"shipway: no replica answered\n"'


class Servers:
    """As one version of the configuration has them."""

    def __init__(self, home: Home, version: str, *, service: str, number: int, state: State) -> None:
        self.home, self.version, self.service, self.state = home, version, service, state
        self.choosing = Choosing(number, state)
        self.copies = copying.Copies(home, service, number, state.route.mirror) if state.route.mirror else None

    def lines(self) -> Iterator[str]:
        """What is named comes before what names it."""
        yield from upstreams.upstreams(self.service, self.state)
        yield from self.choosing.lines()
        if self.copies:
            yield from self.copies.lines()
        if self.state.options.tls:
            yield from certificate_files.named(self.home, self.choosing.number, self.state.options.tls)
        yield log_format(self.service, self.choosing.revision)
        yield from block("server", self._users())
        if self.state.options.preview:
            yield from block("server", self._preview(self.state.options.preview))

    def _users(self) -> Iterator[str]:
        revision = self.choosing.revision
        tls = self.state.options.tls
        yield f"listen {self.state.options.listen}{' ssl' if tls else ''};"
        if tls:
            yield from certificate_files.of_server(self.choosing.number, tls)
        yield log(self.home, self.service)
        yield from self._named(revision)
        if self.choosing.cookie:
            yield f"add_header Set-Cookie {self.choosing.cookie} always;"
        if self.copies:
            yield from self.copies.of_users()
        refusal = NOTHING_DEPLOYED if self.choosing.is_refused else ""
        yield from self._locations(revision, refusal)

    def _preview(self, address: str) -> Iterator[str]:
        revision = self.state.route.preview or ""
        yield f"listen {address};"
        yield from self._named(revision)
        yield from self._locations(revision, "" if revision else NO_PREVIEW)

    def _named(self, revision: str) -> Iterator[str]:
        header = self.state.options.revision_header
        yield f"add_header {header} {quoted(revision)} always;"
        yield f"proxy_hide_header {header};"

    def _locations(self, revision: str, refusal: str) -> Iterator[str]:
        """Where no revision is for a request, the refusal is the answer."""
        if not revision:
            yield from block("location /", [f"return 503 {refusal};"])
            return
        refuse = [f'if ({revision} = "") {{ return 503 {refusal}; }}'] if refusal else []
        leaving = quoted(str(self.home.leaving(self.version)))
        leave = ["error_page 418 = @leaving;", f"if (-e {leaving}) {{ return 418; }}"]
        attempt = list(self._attempt(revision))
        yield from block("location /", [*refuse, *leave, *attempt])
        yield from block("location @leaving", ["keepalive_timeout 0;", *attempt])
        yield from block("location @again", ["mirror off;", *attempt])
        yield from block("location @given_up", [f"return 503 {NOT_REACHED};"])

    def _attempt(self, revision: str) -> Iterator[str]:
        """It is followed by another only if no replica can have seen the request."""
        yield f"proxy_connect_timeout {milliseconds(self.state.options.connect_timeout_seconds)};"
        yield "error_page 502 504 = @$after_attempt;"
        yield f"proxy_pass http://{upstreams.name(self.service, revision)};"
