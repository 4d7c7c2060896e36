"""Keys that verify nothing, or that should never have left the login service, are found before a deploy."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.tokens import Login
from shipway.cli.shell.verifying import WrongKeys, keys, require_keys
from shipway.spec.load import load
from unit.spec.test_kinds import error_of

FILE = """\
service: shop
platform: {process: {command: "app --port {port}"}}
traffic:
  envoy:
    tokens:
      issuer: https://login.example.com
      jwks: %s
"""
EC = {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}
Change = Callable[[dict[str, object]], object]


def written(folder: Path, content: str, jwks: str = "jwks.json") -> Path:
    (folder / "jwks.json").write_text(content)
    file = folder / "shipway.yaml"
    file.write_text(FILE % jwks)
    return file


def refused(folder: Path, content: str, jwks: str = "jwks.json") -> WrongKeys:
    file = written(folder, content, jwks)
    with pytest.raises(WrongKeys) as caught:
        require_keys(load(file))
    assert caught.value.where.startswith(f"{file}:7:") and caught.value.why and caught.value.fix
    return caught.value


def test_public_keys_are_taken(tmp_path: Path) -> None:
    [found] = keys(load(written(tmp_path, json.dumps(Login().jwks))))
    assert found.is_fine and "login.example.com can be verified" in found.said


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "not a JWKS"),
        ("[]", "not a JWKS"),
        ('{"keys": 1}', "not a JWKS"),
        ('{"keys": []}', "has no keys"),
        ('{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', "key 1 of the JWKS cannot be used"),
        (json.dumps({"keys": [EC]}), "key 1 of the JWKS cannot be used"),
        (json.dumps({"keys": [EC | {"crv": "P-1"}]}), "key 1 of the JWKS cannot be used"),
        (json.dumps({"keys": [{"kty": "RSA", "kid": "a", "n": "!", "e": "AQAB"}]}), "key 1 (`a`) of the JWKS"),
        (json.dumps({"keys": [{"kty": "RSA", "e": "AQAB"}]}), "key 1 of the JWKS cannot be used"),
        (json.dumps({"keys": [{"kty": "XYZ"}]}), "key 1 of the JWKS cannot be used"),
    ],
)
def test_what_verifies_nothing_is_refused_in_four_lines(tmp_path: Path, content: str, what: str) -> None:
    assert what in refused(tmp_path, content).what


def test_a_private_key_is_refused_and_not_printed(tmp_path: Path) -> None:
    [key] = Login().jwks["keys"]
    error = refused(tmp_path, json.dumps({"keys": [key | {"d": "c2VjcmV0LXZhbHVl"}]}))
    assert "private" in error.why and "c2VjcmV0" not in str(error)


def test_a_file_that_is_not_there_and_an_address_that_does_not_answer_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path, "{}", "nowhere.json").what
    assert "cannot be had" in refused(tmp_path, "{}", "http://127.0.0.1:9/jwks.json").what


def test_keys_over_plain_http_could_be_anybodys() -> None:
    assert "is not encrypted" in error_of(FILE % "http://login.example.com/jwks.json").what


def test_claims_need_somebody_whose_tokens_are_believed() -> None:
    text = FILE.partition("traffic:")[0] + "canary: {users: {claim: {group: beta}}}\n"
    assert error_of(text).what == "canary.users.claim: claims need tokens"
