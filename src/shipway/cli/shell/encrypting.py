"""Whether the certificate that a release file names would be taken by browsers."""

import time
from collections.abc import Iterator
from importlib import import_module

from shipway.cli.render.certificate import certified
from shipway.cli.render.findings import Finding
from shipway.cli.shell import refusing
from shipway.errors import PortError, ShipwayError
from shipway.spec.load import Loaded
from shipway.wishing import options_of_traffic


def certificate(loaded: Loaded) -> Iterator[Finding]:
    """A finding where the service uses TLS."""
    if getattr(loaded.file.traffic.options, "tls", None) is None:
        return
    try:
        yield Finding(name="tls", is_fine=True, said=_said(loaded))
    except PortError as error:
        key = "key" if error.where.startswith("tls.key") else "cert"
        path = error.where.rpartition(": ")[2]
        yield Finding.of(
            "tls", error, where=f"{loaded.where('traffic', loaded.file.traffic.name, 'tls', key)}, {path}"
        )


def require_certificate(loaded: Loaded) -> None:
    """Raises `WrongCertificate` for one that would be refused."""
    refusing.require(certificate(loaded), WrongCertificate)


class WrongCertificate(ShipwayError):
    """The certificate or its key is missing, broken, over, or for somebody else."""

    code = "wrong-certificate"


def _said(loaded: Loaded) -> str:
    from shipway.adapters.traffic import _certificates as certificates

    build = import_module(f"shipway.adapters.traffic.{loaded.file.traffic.name}.build")
    options = build.options_of(options_of_traffic(loaded), health={})
    assert options.tls is not None
    pair, now = certificates.read(options.tls), time.time()
    certificates.require_valid(pair, options.tls, host=options.host, now=now)
    return certified(pair.names, pair.ends_at, now=now)
