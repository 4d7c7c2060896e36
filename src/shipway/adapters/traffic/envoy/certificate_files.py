"""Certificates as Envoy has them: taken up when the files that users name change, and only valid ones."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic import _certificates as certificates
from shipway.adapters.traffic._certificates import Pair
from shipway.adapters.traffic._keys import leave_only
from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic.envoy import files
from shipway.adapters.traffic.envoy.delivery import Delivery, Parcel
from shipway.adapters.traffic.envoy.files import Response, response
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import Home
from shipway.adapters.traffic.envoy.state import states
from shipway.adapters.traffic.envoy.tls import chain_of, secret
from shipway.errors import PortError
from shipway.model.certificate import Certificate

Stamp = tuple[tuple[float, int, int], ...]
"""Of files: when each was changed, its size and its inode."""


class Certificates:
    """Hands pairs over to Envoy."""

    def __init__(self, home: Home, delivery: Delivery) -> None:
        self.home, self.delivery = home, delivery

    def require(self, options: EnvoyOptions) -> None:
        """Have a certificate for a listener that is about to need it. Raises `PortError` where there is none."""
        if options.tls and files.read(self.home.certificate(options.tls)) is None:
            self._hand_over(options.tls, certificates.read(options.tls))

    def renew(self, options: EnvoyOptions, *, now: float) -> None:
        """Take up what the files hold. Raises `PortError` for what cannot be served; the former one stays."""
        if options.tls:
            pair = certificates.read(options.tls)
            certificates.require_valid(pair, options.tls, host=options.host, now=now)
            self._hand_over(options.tls, pair)

    def forget(self) -> None:
        """Remove keys that no service is served with, and that no listener names."""
        leave_only(self.home.certificates, self._named)

    def _named(self) -> Collection[Path]:
        told = (durable.read(self.home.listeners) or b"").decode()
        listened = (path for path in self.home.certificates.iterdir() if path.name in told)
        return {*listened, *(self.home.certificate(tls) for tls in _in_use(self.home))}

    def _hand_over(self, tls: Tls, pair: Pair) -> None:
        durable.directory(self.home.certificates)
        name = self.home.certificate_name(tls)
        content = response([secret(name, pair)], generation=0)
        with durable.locked(self.home.lock):
            self.delivery.hand_over([Parcel(self.home.certificate(tls), content, f"sds.{name}")])


class Watched:
    """What is known of a service's certificate. Files are read again only after they changed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._stamp: Stamp = ()
        self._problem = ""
        self._seen: tuple[Stamp, Certificate | None] = ((), None)

    def renew(self, options: EnvoyOptions, renew: Callable[[], None]) -> None:
        """Try to take up files that changed since the last look; what is wrong with them is kept, and told."""
        tls = options.tls
        if tls is None or (stamp := _stamp(tls.cert, tls.key)) == self._stamp:
            return
        try:
            renew()
        except PortError as error:
            self._problem = f"{error.what} ({error.where.rpartition(': ')[2]}): {error.why}"
        else:
            self._problem, self._stamp = "", stamp

    def certificate(self, options: EnvoyOptions) -> Certificate | None:
        """What is served now, and why it is not what the files hold."""
        if options.tls is None:
            return None
        path = self.home.certificate(options.tls)
        if (stamp := _stamp(path)) != self._seen[0]:
            self._seen = stamp, _served(files.read(path))
        served = self._seen[1]
        if served is None or not self._problem:
            return served
        return Certificate(names=served.names, ends_at=served.ends_at, problem=self._problem)


def _in_use(home: Home) -> Iterator[Tls]:
    for _, state in states(home):
        if state.is_listening and state.options.tls:
            yield state.options.tls


def _served(written: Response | None) -> Certificate | None:
    chain = chain_of(written)
    if not chain:
        return None
    names, ends_at = certificates.named(chain)
    return Certificate(names=names, ends_at=ends_at)


def _stamp(*paths: str | Path) -> Stamp:
    return tuple(_one_stamp(Path(path)) for path in paths)


def _one_stamp(path: Path) -> tuple[float, int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0.0, 0, 0)
    return (status.st_mtime, status.st_size, status.st_ino)
