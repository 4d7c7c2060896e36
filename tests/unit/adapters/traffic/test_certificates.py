"""What is wrong with a certificate is found before anything is changed, and said in four lines."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from cryptography.hazmat.primitives.serialization import load_pem_private_key as load_key

from contract.certified import HOST, Authority
from shipway.adapters.traffic import _certificates as certificates
from shipway.adapters.traffic._certificates import covers
from shipway.cli.shell.encrypting import WrongCertificate, certificate, require_certificate
from shipway.spec.load import load

NOW = datetime.now(UTC)
FILE = """\
service: shop
platform: {{process: {{command: "app --port {{port}}"}}}}
traffic:
  envoy:
    listen: 8443
    host: {host}
    tls:
      cert: fullchain.pem
      key: privkey.pem
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path)
    made.issue()
    return made


def refused(tmp_path: Path, host: str = HOST) -> WrongCertificate:
    file = tmp_path / "shipway.yaml"
    file.write_text(FILE.format(host=host))
    with pytest.raises(WrongCertificate) as caught:
        require_certificate(load(file))
    assert caught.value.where.startswith(f"{file}:") and caught.value.why and caught.value.fix
    return caught.value


def encrypt(authority: Authority) -> None:
    key = load_key(authority.key.read_bytes(), password=None)
    authority.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )


def mismatch(authority: Authority) -> None:
    key = authority.key.read_bytes()
    authority.issue()
    authority.key.write_bytes(key)


BROKEN: dict[str, Callable[[Authority], object]] = {
    "the certificate cannot be read": lambda it: it.cert.unlink(),
    "the certificate's key cannot be read": lambda it: it.key.unlink(),
    "fullchain.pem holds no certificate": lambda it: it.cert.write_text("-----BEGIN CERTIFICATE-----\nAAAA"),
    "privkey.pem holds no private key": lambda it: it.key.write_bytes(it.cert.read_bytes()),
    "the certificate's key is encrypted": encrypt,
    "the key does not belong to the certificate": mismatch,
    "the certificate ended on": lambda it: it.issue(not_after=NOW - timedelta(days=1)),
    "the certificate is not valid before": lambda it: it.issue(
        not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=9)
    ),
    f"the certificate is not for {HOST}": lambda it: it.issue("www.example.com"),
}


@pytest.mark.parametrize("said", BROKEN)
def test_what_browsers_would_refuse_is_refused_first(said: str, authority: Authority, tmp_path: Path) -> None:
    BROKEN[said](authority)
    assert refused(tmp_path).what.startswith(said)


def test_bytes_that_are_no_text_are_no_certificate(authority: Authority, tmp_path: Path) -> None:
    authority.cert.write_bytes(b"\xff\x00" * 40)
    assert refused(tmp_path).what == "fullchain.pem holds no certificate"


def test_a_good_one_is_named_with_its_end(authority: Authority, tmp_path: Path) -> None:
    authority.issue(not_after=NOW + timedelta(days=90))
    file = tmp_path / "shipway.yaml"
    file.write_text(FILE.format(host=HOST))
    [found] = certificate(load(file))
    day = (NOW + timedelta(days=90)).strftime("%Y-%m-%d")
    assert found.is_fine and found.said.startswith(f"{HOST}, until {day} (89 d")


def test_a_pair_is_never_shown_with_its_key(authority: Authority) -> None:
    assert "PRIVATE KEY" not in repr(certificates.read(authority.tls))


@pytest.mark.parametrize(
    ("name", "host", "is_covered"),
    [
        ("Shop.example.com", "shop.example.com", True),
        ("*.example.com", "shop.example.com", True),
        ("*.example.com", "a.shop.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.", "localhost", False),
        ("example.com", "shop.example.com", False),
    ],
)
def test_a_wildcard_stands_for_one_label(name: str, host: str, is_covered: bool) -> None:
    assert covers(name, host) is is_covered
