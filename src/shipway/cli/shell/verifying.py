"""Whether the keys that a release file verifies tokens with can be used."""

from collections.abc import Iterator

from shipway.cli.render.findings import Finding
from shipway.cli.shell import refusing
from shipway.errors import PortError, ShipwayError
from shipway.spec.load import Loaded
from shipway.wishing import options_of_traffic

ASK_SECONDS = 5.0


def keys(loaded: Loaded) -> Iterator[Finding]:
    """A finding where the service believes tokens."""
    tokens = getattr(loaded.file.traffic.options, "tokens", None)
    if loaded.file.kind != "http" or tokens is None:
        return
    try:
        yield Finding(name="tokens", is_fine=True, said=_said(loaded))
    except PortError as error:
        place = error.where.partition(": ")[2]
        yield Finding.of("tokens", error, where=f"{loaded.where('traffic', 'envoy', 'tokens', 'jwks')}, {place}")


def require_keys(loaded: Loaded) -> None:
    """Raises `WrongKeys` for those that no token could be verified with."""
    refusing.require(keys(loaded), WrongKeys)


class WrongKeys(ShipwayError):
    """The keys of tokens are missing, broken, or private."""

    code = "wrong-keys"


def _said(loaded: Loaded) -> str:
    from shipway.adapters.traffic.envoy import jwks
    from shipway.adapters.traffic.envoy.build import options_of

    tokens = options_of(options_of_traffic(loaded), health={}).tokens
    assert tokens is not None
    if tokens.is_remote:
        jwks.require(_asked(tokens.jwks), tokens.jwks)
    else:
        jwks.read(tokens.jwks)
    return f"tokens of {tokens.issuer} can be verified"


def _asked(address: str) -> bytes:
    import httpx2

    try:
        answer = httpx2.get(address, timeout=ASK_SECONDS, follow_redirects=False)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _silent(address, f"{error or type(error).__name__}.") from error
    if answer.status_code != httpx2.codes.OK:
        raise _silent(address, f"It answered {answer.status_code}.")
    return bytes(answer.content)


def _silent(address: str, why: str) -> PortError:
    return PortError(
        "the keys of tokens cannot be had",
        where=f"traffic.envoy.tokens.jwks: {address}",
        why=why,
        fix="Open the address in a browser; it has to answer from this machine, without a redirect.",
    )
