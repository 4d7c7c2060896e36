"""The section `metrics:` of a release file."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from shipway.adapters.clock import WallClock
from shipway.adapters.context import Context
from shipway.adapters.metrics._points import PointSource
from shipway.assembling import source_of
from shipway.home import Home
from shipway.model.release import Release
from shipway.ports.queries import Queries
from shipway.spec import reference
from shipway.spec.load import parse_release
from shipway.spec.problems import InputErrors
from shipway.wishing import wished
from unit.spec.samples import LEAST

GOOD = """\
metrics:
  prometheus:
    url: http://prometheus:9090
    requests: requests_total{version="{version}"}
"""


def release(tmp_path: Path, text: str) -> Release:
    loaded = parse_release(text, path=tmp_path / "shipway.yaml")
    (tmp_path / "secrets.env").touch()
    return wished(Home(tmp_path / "home"), loaded, "1.9.0", strategy=None)[1]


def test_without_it_the_data_plane_counts(tmp_path: Path) -> None:
    assert release(tmp_path, LEAST).metrics is None


def test_the_source_is_chosen_by_its_word_and_knows_its_folder(tmp_path: Path) -> None:
    chosen = release(tmp_path, LEAST + GOOD + "    token: file:secrets/token\n").metrics
    assert chosen is not None and chosen.name == "prometheus"
    assert chosen.options == {
        "url": "http://prometheus:9090",
        "requests": 'requests_total{version="{version}"}',
        "latency_unit": "s",
        "token": "file:secrets/token",
        "headers": {},
        "timeout": 5.0,
        "directory": str(tmp_path),
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("token: s3cr3t", "a secret is written where a reference to it belongs"),
        ("headers: {authorization: Bearer s3cr3t}", "a secret is written where a reference to it belongs"),
        ("url: http://me:s3cr3t@prometheus:9090", "the address has a name or password in it"),
        ("url: prometheus:9090", "is not an address"),
        ("errors: failures_total", "the query does not tell versions apart"),
        ('latency: rate(x_bucket{v="{version}"}[5m])', "rate() stands where a raw counter belongs"),
        ("latency_unit: us", "is not known"),
        ("timeout: 0s", "is no time at all"),
    ],
)
def test_what_is_wrong_is_said_without_showing_a_secret(line: str, said: str) -> None:
    written = GOOD.replace("    url: http://prometheus:9090\n", "") if line.startswith("url") else GOOD
    with pytest.raises(InputErrors) as caught:
        parse_release(f"{LEAST}{written}    {line}\n", path=Path("shipway.yaml"))
    assert said in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_an_unknown_source_names_those_that_there_are() -> None:
    with pytest.raises(InputErrors) as caught:
        parse_release(LEAST + "metrics: {prometeus: {}}\n", path=Path("shipway.yaml"))
    assert "prometheus" in str(caught.value)


@pytest.mark.parametrize("name", ["prometheus", *(Path(one).stem for one in reference.ALTERNATIVES)])
def test_every_source_of_the_reference_is_built_from_what_a_journal_keeps(name: str, tmp_path: Path) -> None:
    sample = reference.text() if name == "prometheus" else LEAST + reference.alternative(f"metrics/{name}.yaml")
    kept = msgspec.json.decode(msgspec.json.encode(release(tmp_path, without_files(sample))), type=Release)
    assert kept.metrics is not None and kept.metrics.name == name
    context = Context(service="checkout", home=tmp_path, clock=WallClock(), health={})
    source = source_of(kept, context)
    assert isinstance(source, Queries) and hasattr(source, "measure")
    if isinstance(source, PointSource):
        assert 0.5 in source.wanted.latency and source.pace.interval_seconds in (10.0, 60.0)
    asyncio.run(source.close())


def without_files(text: str) -> str:
    """The sample's configuration files and changes are not here, and neither is its flag server."""
    still = text.replace("      to: [5%, 25%, 50%, 100%]\n", "")
    still = re.sub(r"^    segment:\n(?:      .*\n)+", "", still, flags=re.MULTILINE)
    still = re.sub(r"^schema:\n(?:[ #].*\n)+", "", still, flags=re.MULTILINE)
    return "\n".join(line for line in still.splitlines() if not line.startswith("files:"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('requests_total{flag="{flag}"}', "the query has no {shown}"),
        ('requests_total{shown="{shown}"}', "the query has no {flag}"),
        ('rate(requests_total{flag="{flag}",shown="{shown}"}[5m])', "rate() stands where a raw counter belongs"),
    ],
)
def test_a_query_of_flags_asks_for_one_flag_and_tells_its_users_apart(
    query: str, said: str, tmp_path: Path
) -> None:
    flags = f"flags: {{requests: '{query}'}}"
    requests = "requests: 'r{version=\"{version}\"}'"
    with pytest.raises(InputErrors, match=re.escape(said)):
        parse_release(
            f"{LEAST}metrics: {{prometheus: {{url: http://p:9090, {requests}, {flags}}}}}\n", path=tmp_path
        )


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("query: 'd{v=\"{version}\"}', flags: {query: 'd{flag=\"{flag}\"}'}, worse_by: 20%", "no {shown}"),
        ("query: 'd{v=\"{version}\"}', flags: {query: 'd{s=\"{shown}\"}'}, worse_by: 20%", "no {flag}"),
        (
            "query: 'd{v=\"{version}\"}', of: 'p{v=\"{version}\"}', worse_by: 20%,"
            ' flags: {query: \'d{f="{flag}",s="{shown}"}\'}',
            "`of` stands in one of two places",
        ),
        ('resource: memory, flags: {query: \'d{f="{flag}",s="{shown}"}\'}, worse_by: 20%', "beside a resource"),
    ],
)
def test_a_metric_of_users_is_asked_of_one_flag_and_is_the_same_part(metric: str, said: str) -> None:
    with pytest.raises(InputErrors, match=re.escape(said)):
        parse_release(f"{LEAST}guard: {{metrics: {{m: {{{metric}}}}}}}\n", path=Path("shipway.yaml"))
