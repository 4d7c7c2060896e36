"""Certificates as HAProxy has them: one file each, exchanged while it runs; open connections keep theirs."""

from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic import _certificates as certificates
from shipway.adapters.traffic._certificates import Pair
from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic.haproxy.master import Master, Unreachable
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import Home, certificate_name
from shipway.adapters.traffic.haproxy.state import listening
from shipway.errors import PortError
from shipway.model.certificate import Certificate


class Certificates:
    """Hands pairs over to HAProxy."""

    def __init__(self, home: Home, master: Master) -> None:
        self.home, self.master = home, master

    def require(self, options: HaproxyOptions) -> None:
        """Have a certificate for a frontend that is about to need it. Raises `PortError` where there is none."""
        if options.tls and not self.home.certificate(options.tls).exists():
            self._write(options.tls, certificates.read(options.tls))

    def renew(self, options: HaproxyOptions, *, now: float) -> None:
        """Take up what the files hold. Raises `PortError` for what cannot be served; the former one stays."""
        if options.tls is None:
            return
        pair = certificates.read(options.tls)
        certificates.require_valid(pair, options.tls, host=options.host, now=now)
        if durable.read(self.home.certificate(options.tls)) == _text(pair):
            return
        self._write(options.tls, pair)
        self._exchange(options.tls, pair)

    def forget(self, gone: HaproxyOptions) -> None:
        """Remove the key of a service that is gone, unless another one is served with it."""
        used = {
            certificate_name(state.options.tls) for state in listening(self.home).values() if state.options.tls
        }
        if gone.tls and certificate_name(gone.tls) not in used:
            self.home.certificate(gone.tls).unlink(missing_ok=True)

    def _write(self, tls: Tls, pair: Pair) -> None:
        durable.directory(self.home.certificates)
        durable.replace(self.home.certificate(tls), _text(pair))

    def _exchange(self, tls: Tls, pair: Pair) -> None:
        name = certificate_name(tls)
        try:
            for worker in self.master.workers().listed:
                self.master.ask_worker(worker, f"set ssl cert {name} <<\n{_text(pair).decode()}\n")
                said = self.master.ask_worker(worker, f"commit ssl cert {name}")
                if "Success" not in said and worker.is_current:
                    raise PortError("HAProxy does not take a certificate", where=name, why=said.strip()[:200])
        except Unreachable:
            return  # it starts with the new one


class Watched:
    """What is known of a service's certificate. Files are read again only after they changed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._stamp: object = None
        self._problem = ""

    def renew(self, options: HaproxyOptions, certificates_: Certificates, *, now: float) -> None:
        """Try to take up files that changed since the last look; what is wrong with them is kept, and told."""
        tls = options.tls
        if tls is None or (stamp := (_stamp(tls.cert), _stamp(tls.key))) == self._stamp:
            return
        try:
            certificates_.renew(options, now=now)
        except PortError as error:
            self._problem = f"{error.what} ({error.where.rpartition(': ')[2]}): {error.why}"
        else:
            self._problem, self._stamp = "", stamp

    def certificate(self, options: HaproxyOptions) -> Certificate | None:
        """What is served now, and why it is not what the files hold."""
        content = durable.read(self.home.certificate(options.tls)) if options.tls else None
        if content is None:
            return None
        names, ends_at = certificates.named(content.decode())
        return Certificate(names=names, ends_at=ends_at, problem=self._problem)


def _text(pair: Pair) -> bytes:
    """Without empty lines: one would end it on HAProxy's socket."""
    lines = [line for line in f"{pair.chain}\n{pair.key}".splitlines() if line.strip()]
    return ("\n".join(lines) + "\n").encode()


def _stamp(path: str) -> tuple[float, int, int]:
    try:
        status = Path(path).stat()
    except OSError:
        return (0.0, 0, 0)
    return (status.st_mtime, status.st_size, status.st_ino)
