"""What HAProxy cannot do is said when the file is read, with what can do it."""

from pathlib import Path

import pytest

from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors

HEAD = 'service: a\nplatform: {process: {command: "x {port}"}}\n'


def complaint(text: str) -> str:
    with pytest.raises(InputErrors) as told:
        parse_release(text, path=Path("shipway.yaml"))
    return str(told.value)


@pytest.mark.parametrize("key", ["mirror: 10%", "mirror_for: 5m", "path: /api", "tokens: {issuer: a, jwks: b}"])
def test_what_only_envoy_has_is_told_with_envoy(key: str) -> None:
    said = complaint(f"{HEAD}traffic: {{haproxy: {{{key}}}}}\n")
    assert "is an option of Envoy's" in said and "traffic: {envoy: {" in said


def test_grpc_is_refused_with_why() -> None:
    platform = 'platform: {process: {command: "x {port}", protocol: grpc}}\n'
    assert "HAProxy does not tell how gRPC calls end" in complaint(
        f"service: a\n{platform}traffic: {{haproxy: {{}}}}\n"
    )


@pytest.mark.parametrize(
    "options, said",
    [
        ("listen: 81, preview: 81", "the preview has the port"),
        ("listen: 443, tls: {cert: a, key: b, redirect_from: 443}", "from a port that serves already"),
        ("host: https://a", "is not a host"),
    ],
)
def test_addresses_and_names_are_looked_at(options: str, said: str) -> None:
    assert said in complaint(f"{HEAD}traffic: {{haproxy: {{{options}}}}}\n")
