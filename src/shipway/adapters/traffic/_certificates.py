"""Certificates and keys as their files say them, and whether a browser would take them.

Only PEM is read (RFC 7468): the certificate of the host first, then those that lead to its root, as in certbot's
`fullchain.pem`. The library `cryptography` reads them; it is loaded when a service uses TLS, and only then.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from shipway.adapters.traffic._options import Tls
from shipway.errors import PortError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Parsed

FILE_BYTES_MAX = 200_000


class Pair(Struct, frozen=True, kw_only=True):
    """A certificate with its key, which belong together."""

    chain: str
    key: str
    """The private key, in plain PEM: never printed, and written only into files of the owner alone."""
    names: tuple[str, ...]
    begins_at: float
    ends_at: float

    def __repr__(self) -> str:
        return f"Pair(names={self.names}, ends_at={self.ends_at})"


def read(tls: Tls) -> Pair:
    """The pair that the files hold. Raises `PortError`: not there, not readable, or not belonging together."""
    chain, key = _text(tls.cert, "cert"), _text(tls.key, "key")
    leaf = _certificate(chain, tls.cert)
    _require_fit(leaf, key, tls)
    return Pair(
        chain=chain,
        key=key,
        names=_names(leaf),
        begins_at=leaf.not_valid_before_utc.timestamp(),
        ends_at=leaf.not_valid_after_utc.timestamp(),
    )


def require_valid(pair: Pair, tls: Tls, *, host: str | None, now: float) -> None:
    """Raises `PortError` for a certificate that browsers refuse: its time, or its names."""
    if pair.ends_at <= now:
        raise _wrong(
            f"the certificate ended on {_day(pair.ends_at)}",
            where=("cert", tls.cert),
            why="Browsers refuse one whose time is over.",
            fix="Renew it, for example with `certbot renew`; the new files are then taken up by themselves.",
        )
    if pair.begins_at > now:
        raise _wrong(
            f"the certificate is not valid before {_day(pair.begins_at)}",
            where=("cert", tls.cert),
            why="Browsers refuse it until then.",
            fix="Look at this machine's clock (`timedatectl`), or wait.",
        )
    if host and not any(covers(name, host) for name in pair.names):
        raise _wrong(
            f"the certificate is not for {host}",
            where=("cert", tls.cert),
            why=f"It names {', '.join(pair.names) or 'no host at all'}.",
            fix="Name a certificate with this host among its subject alternative names, or correct `host`.",
        )


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name is for a host: equal, or a wildcard for its first label (RFC 9525, 6.3)."""
    name, host = name.lower(), host.lower()
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2] != "")


def named(chain: str) -> tuple[tuple[str, ...], float]:
    """The hosts that a chain's first certificate is for, and when it ends."""
    leaf = _certificate(chain, "")
    return _names(leaf), leaf.not_valid_after_utc.timestamp()


def _text(path: str, what: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(FILE_BYTES_MAX).decode("ascii")
    except UnicodeDecodeError as error:
        raise _no_pem(what, path) from error
    except OSError as error:
        raise _wrong(
            "the certificate cannot be read" if what == "cert" else "the certificate's key cannot be read",
            where=(what, path),
            why=f"The system said: {error.strerror}.",
            fix="Correct the path; it is relative to the release file. Or let this user read the file.",
        ) from error


def _certificate(chain: str, path: str) -> "Parsed":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(chain.encode())[0]
    except ValueError as error:
        raise _no_pem("cert", path) from error


def _require_fit(leaf: "Parsed", key: str, tls: Tls) -> None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.encode(), password=None)
    except TypeError as error:
        raise _wrong(
            "the certificate's key is encrypted",
            where=("key", tls.key),
            why="Nobody is there to type its passphrase when the proxy starts.",
            fix="Keep it in plain PEM that only this user can read: `openssl pkey -in KEY -out PLAIN`.",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_pem("key", tls.key) from error
    if private.public_key() != leaf.public_key():
        raise _wrong(
            "the key does not belong to the certificate",
            where=("key", tls.key),
            why=f"{tls.cert} was made for another key.",
            fix="Name the two files that were made together, such as fullchain.pem and privkey.pem.",
        )


def _names(leaf: "Parsed") -> tuple[str, ...]:
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        names = leaf.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return ()  # browsers do not look at the common name any more
    addresses = names.get_values_for_type(IPAddress)
    return (*names.get_values_for_type(DNSName), *(str(address) for address in addresses))


def _no_pem(what: str, path: str) -> PortError:
    holds = "certificate" if what == "cert" else "private key"
    return _wrong(
        f"{Path(path).name} holds no {holds}",
        where=(what, path),
        why=f"A {holds} in PEM begins with -----BEGIN {holds.upper()}-----.",
        fix="Name fullchain.pem as cert and privkey.pem as key, or what your authority calls them.",
    )


def _wrong(what: str, *, where: Sequence[str], why: str, fix: str) -> PortError:
    key, path = where
    return PortError(what, where=f"tls.{key}: {path}", why=why, fix=fix)


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
