"""The keys of tokens as Envoy has them: taken up when the file that users name changes, and only usable ones."""

from pathlib import Path

from shipway.adapters.traffic.envoy import jwks
from shipway.adapters.traffic.envoy.delivery import Delivery, Parcel
from shipway.adapters.traffic.envoy.files import response
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Service
from shipway.adapters.traffic.envoy.tokens import AUTHORITIES, configuration
from shipway.errors import PortError


class TokenFile:
    """Of one service."""

    def __init__(self, service: Service, delivery: Delivery) -> None:
        self.service, self.delivery = service, delivery

    def deliver(self, options: EnvoyOptions) -> None:
        """Have the filter's configuration before a listener needs it. Raises `PortError` for unusable keys."""
        tokens = options.tokens
        if tokens is None:
            return
        keys = "" if tokens.is_remote else jwks.read(tokens.jwks)
        content = response([configuration(self.service, tokens, keys)], generation=0)
        source = f"extension_config_discovery.http_filter.{self.service.tokens_name}"
        self.delivery.hand_over([Parcel(self.service.tokens, content, source)])

    def leave(self, options: EnvoyOptions) -> None:
        """Forget it once no listener names it."""
        if options.tokens is None:
            self.service.tokens.unlink(missing_ok=True)


class WatchedKeys:
    """The file of keys is read again only after it changed; what is wrong with it is kept, and told."""

    def __init__(self) -> None:
        self._stamp: tuple[float, int, int] | None = None
        self.problem = ""

    def is_changed(self, options: EnvoyOptions) -> bool:
        """Whether there may be new keys."""
        tokens = options.tokens
        if tokens is None or tokens.is_remote:
            return False
        stamp = _stamp(tokens.jwks)
        is_new, self._stamp = stamp != self._stamp, stamp
        return is_new or bool(self.problem)

    def note(self, error: PortError | None) -> None:
        """How it went to take them up."""
        self.problem = f"new keys of tokens are not taken up: {error.what}: {error.why}" if error else ""


def authorities() -> str:
    """The file of certificates that this machine trusts; the usual place where none is found."""
    return next((path for path in AUTHORITIES if Path(path).exists()), AUTHORITIES[0])


def _stamp(path: str) -> tuple[float, int, int]:
    try:
        status = Path(path).stat()
    except OSError:
        return (0.0, 0, 0)
    return (status.st_mtime, status.st_size, status.st_ino)
