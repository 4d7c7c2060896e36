"""What nginx cannot do is said when the file is read, with what can do it."""

from pathlib import Path

import pytest

from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors

HEAD = 'service: a\nplatform: {process: {command: "x {port}"}}\n'


def complaint(text: str) -> str:
    with pytest.raises(InputErrors) as told:
        parse_release(text, path=Path("shipway.yaml"))
    return str(told.value)


@pytest.mark.parametrize("key", ["tokens: {issuer: a}", "path: /api", "slow_start: 5s"])
def test_what_only_envoy_has_is_told_with_envoy(key: str) -> None:
    said = complaint(f"{HEAD}traffic: {{nginx: {{{key}}}}}\n")
    assert "is an option of Envoy's" in said and "traffic: {envoy: {" in said


@pytest.mark.parametrize("protocol", ["grpc", "h2c"])
def test_replicas_speak_http_1(protocol: str) -> None:
    platform = f'platform: {{process: {{command: "x {{port}}", protocol: {protocol}}}}}\n'
    assert "nginx speaks HTTP/1.1" in complaint(f"service: a\n{platform}traffic: {{nginx: {{}}}}\n")


@pytest.mark.parametrize("users", ["users: {header: {x.user: a}}", "sticky: {header: x.user}"])
def test_users_are_told_apart_by_headers_that_nginx_knows(users: str) -> None:
    said = complaint(f"{HEAD}traffic: {{nginx: {{}}}}\nstrategy: canary\ncanary: {{{users}}}\n")
    assert "cannot look for the header `x.user`" in said


def test_one_port_for_both_is_refused() -> None:
    assert "the preview has the port" in complaint(f"{HEAD}traffic: {{nginx: {{listen: 81, preview: 81}}}}\n")


def test_a_name_that_no_certificate_is_for_is_refused() -> None:
    assert "`host` without `tls` says nothing" in complaint(f"{HEAD}traffic: {{nginx: {{host: shop.example}}}}\n")
    named = "host: shop.example, tls: {cert: a.pem, key: b.pem}"
    assert parse_release(f"{HEAD}traffic: {{nginx: {{{named}}}}}\n", path=Path("shipway.yaml"))


def test_claims_need_envoy() -> None:
    claim = "strategy: canary\ncanary: {users: {claim: {a: b}}}\n"
    assert "claims need tokens" in complaint(f"{HEAD}traffic: {{nginx: {{}}}}\n{claim}")
