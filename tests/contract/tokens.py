"""Tokens of a login service that tests made (RFC 7519, RS256), and its public keys."""

import base64
import json
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER = "https://login.example.com"


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Login:
    """Signs with one key."""

    def __init__(self, kid: str = "one") -> None:
        self.kid = kid
        self._key = rsa.generate_private_key(65_537, 2048)

    @property
    def jwks(self) -> dict[str, list[dict[str, object]]]:
        numbers = self._key.public_key().public_numbers()
        size = (numbers.n.bit_length() + 7) // 8
        n, e = encoded(numbers.n.to_bytes(size, "big")), encoded(numbers.e.to_bytes(3, "big"))
        return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid, "n": n, "e": e}]}

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.jwks))

    def token(self, *, seconds: float = 3600.0, issuer: str = ISSUER, **claims: object) -> str:
        """Valid for so long from now on."""
        head = {"alg": "RS256", "typ": "JWT", "kid": self.kid}
        body = {"iss": issuer, "exp": int(time.time() + seconds), **claims}
        signed = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(body).encode())}"
        return f"{signed}.{encoded(self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def bearer(self, **named: object) -> dict[str, str]:
        """The header that carries it."""
        return {"authorization": f"Bearer {self.token(**named)}"}  # type: ignore[arg-type]
