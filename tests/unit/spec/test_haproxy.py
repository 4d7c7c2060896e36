"""What HAProxy cannot do is said when the file is read, with what can do it."""

from pathlib import Path

import pytest

from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.traffic.haproxy import against_strategy

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
        ("host: shop.example", "`host` without `tls` says nothing"),
    ],
)
def test_addresses_and_names_are_looked_at(options: str, said: str) -> None:
    assert said in complaint(f"{HEAD}traffic: {{haproxy: {{{options}}}}}\n")


EXISTING = "socket: /run/haproxy-master.sock, backend: shop"


@pytest.mark.parametrize(
    "options, rest, said",
    [
        (f"{EXISTING}, listen: 80", "", "`listen` is its owner's"),
        (f"{EXISTING}, tls: {{cert: a, key: b}}", "", "`tls` is its owner's"),
        ("socket: /run/a.sock", "", "`backend` is missing"),
        ("backend: shop", "", "`socket` is missing"),
        ("socket: a.sock, backend: shop", "", "is no absolute path"),
        ("socket: /run/a.sock, backend: a b", "", "is no backend's name"),
        (EXISTING, 'canary: {users: {header: {a: "b"}}}', "do not tell users apart"),
        (EXISTING, "canary: {sticky: {cookie: shipway}}", "do not tell users apart"),
        (EXISTING, "canary: {stages: [0.3%, 100%]}", "0.3% is no share of a backend"),
        (EXISTING, "blue-green: {split: 33.3%, split_for: 1h}", "33.3% is no share of a backend"),
        (EXISTING, "guard: {latency_p99: '<= 500ms'}", "does not tell how long requests took"),
        (EXISTING, "smoke: curl {url}", "has no preview"),
    ],
)
def test_what_an_haproxy_that_runs_already_cannot_do_is_said_before_anything_is_changed(
    options: str, rest: str, said: str
) -> None:
    assert said in complaint(f"{HEAD}traffic: {{haproxy: {{{options}}}}}\n{rest}\n")


def test_an_haproxy_that_runs_already_has_no_address_of_ours() -> None:
    text = f"{HEAD}traffic: {{haproxy: {{{EXISTING}}}}}\ncanary: {{stages: [0.5%, 33%, 100%]}}\n"
    options = parse_release(text, path=Path("shipway.yaml")).file.traffic.options
    assert options.model_dump(exclude_none=True, exclude={"slow_start"}) == {
        "socket": "/run/haproxy-master.sock",
        "backend": "shop",
    }


def test_an_experiment_is_refused_whether_the_file_or_the_command_line_asks_for_it() -> None:
    file = parse_release(f"{HEAD}traffic: {{haproxy: {{{EXISTING}}}}}\n", path=Path("shipway.yaml")).file
    assert "do not tell users apart" in str(next(iter(against_strategy(file, "experiment"))))
    assert not list(against_strategy(file, "canary"))
