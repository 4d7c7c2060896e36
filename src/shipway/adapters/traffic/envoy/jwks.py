"""Keys that tokens are verified with, as a JSON Web Key Set (RFC 7517). Only public ones have a place here."""

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from shipway.errors import PortError

if TYPE_CHECKING:
    from collections.abc import Mapping

BYTES_MAX = 1_000_000
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "k")
NEEDED = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
CURVES = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}


class _Set(Struct, frozen=True):
    keys: list[dict[str, object]]


def read(path: str) -> str:
    """The text of a file of keys that can be used. Raises `PortError`."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise _wrong("the keys of tokens cannot be read", path, f"{error.strerror}.", "Correct `jwks`.") from error
    require(content, path)
    return content.decode()


def require(content: bytes, where: str) -> None:
    """Raises `PortError` for what is no set of public keys."""
    try:
        found = msgspec.json.decode(content[: BYTES_MAX + 1], type=_Set)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = f'It should be JSON as in {{"keys": […]}}: {error}.'
        fix = "Name the JWKS of your login service, often at /.well-known/jwks.json."
        raise _wrong("the keys of tokens are not a JWKS", where, why, fix) from error
    if not found.keys:
        raise _wrong("the JWKS has no keys", where, "No token could be verified.", "Name one that has keys.")
    for number, key in enumerate(found.keys, start=1):
        if problem := _problem(key):
            named = f"key {number}" + (f" (`{key['kid']}`)" if "kid" in key else "")
            fix = (
                "Publish the public part only." if "private" in problem else "Take it from the login service anew."
            )
            raise _wrong(f"{named} of the JWKS cannot be used", where, f"{problem}.", fix)


def _problem(key: "Mapping[str, object]") -> str:
    kind = key.get("kty")
    if secret := [name for name in PRIVATE if name in key]:
        return f"It has `{secret[0]}`, which is private: whoever reads it could make tokens"
    if kind not in NEEDED:
        return f"Its kty is {kind!r}; known are RSA, EC and OKP"
    if missing := [name for name in NEEDED[str(kind)] if not isinstance(key.get(name), str)]:
        return f"It has no `{missing[0]}`"
    return _unusable(str(kind), {name: str(key[name]) for name in NEEDED[str(kind)]})


def _unusable(kind: str, parts: "Mapping[str, str]") -> str:
    """Why the numbers make no key."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        if kind == "RSA":
            rsa.RSAPublicNumbers(_number(parts["e"]), _number(parts["n"])).public_key()
        elif kind == "EC":
            curve = getattr(ec, CURVES[parts["crv"]])()
            ec.EllipticCurvePublicNumbers(_number(parts["x"]), _number(parts["y"]), curve).public_key()
        else:
            _number(parts["x"])
    except KeyError:
        return f"Its curve is {parts['crv']}; known are {', '.join(CURVES)}"
    except ValueError as error:
        return f"Its numbers make no key: {error}".rstrip(".")
    return ""


def _number(text: str) -> int:
    """Base64url without padding (RFC 7515, 2)."""
    return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))


def _wrong(what: str, where: str, why: str, fix: str) -> PortError:
    return PortError(what, where=f"traffic.envoy.tokens.jwks: {where}", why=why, fix=fix)
