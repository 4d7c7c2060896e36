"""Certificates as HAProxy has them: one file each, exchanged while it runs; open connections keep theirs."""

from collections.abc import Collection
from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic import _certificates as certificates
from shipway.adapters.traffic._certificates import Pair
from shipway.adapters.traffic._keys import leave_only
from shipway.adapters.traffic._options import Tls
from shipway.adapters.traffic._pems import pem
from shipway.adapters.traffic.haproxy.master import Master, Unreachable
from shipway.adapters.traffic.haproxy.options import HaproxyOptions
from shipway.adapters.traffic.haproxy.places import Home, certificate_name
from shipway.adapters.traffic.haproxy.state import listening
from shipway.errors import PortError


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
        if durable.read(self.home.certificate(options.tls)) == pem(pair):
            return
        self._write(options.tls, pair)
        self._exchange(options.tls, pair)

    def forget(self) -> None:
        """Remove keys that no service is served with. The configuration names none of them any more."""
        leave_only(self.home.certificates, self._named)

    def _named(self) -> Collection[Path]:
        used = (state.options.tls for state in listening(self.home).values())
        return {self.home.certificate(tls) for tls in used if tls}

    def _write(self, tls: Tls, pair: Pair) -> None:
        durable.directory(self.home.certificates)
        durable.replace(self.home.certificate(tls), pem(pair))

    def _exchange(self, tls: Tls, pair: Pair) -> None:
        name = certificate_name(tls)
        try:
            for worker in self.master.workers().listed:
                self.master.ask_worker(worker, f"set ssl cert {name} <<\n{pem(pair).decode()}\n")
                said = self.master.ask_worker(worker, f"commit ssl cert {name}")
                if "Success" not in said and worker.is_current:
                    raise PortError("HAProxy does not take a certificate", where=name, why=said.strip()[:200])
        except Unreachable:
            return  # it starts with the new one
