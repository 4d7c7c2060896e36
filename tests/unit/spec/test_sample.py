"""What `shipway init` writes loads, says what it was told, and explains itself."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.spec.load import parse_release
from shipway.spec.sample import SCHEMA_PATH, Facts, sample
from shipway.spec.strategies import STRATEGIES

FILE = Path("shipway.yaml")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_loads_and_says_what_it_was_told(strategy: str) -> None:
    facts = Facts(
        service="shop",
        prepare="make {version} # once",
        command="./run --port {port} --note 'a: b'",
        env={"PORT": "{port}", "QUOTE": 'say "hi" \\ é'},
        replicas=3,
        port=9000,
        preview=9100,
        ready="/readyz",
        alive="/livez",
        strategy=strategy,
    )
    file = parse_release(sample(facts), path=FILE).file
    process = file.platform.process
    assert process is not None and file.traffic.envoy is not None
    assert (file.service, file.strategy, process.replicas) == ("shop", strategy, 3)
    assert (process.prepare, process.command, process.env) == (facts.prepare, facts.command, dict(facts.env))
    assert (file.health.ready.path, file.health.alive.path) == ("/readyz", "/livez")
    assert (file.traffic.envoy.listen, file.traffic.envoy.preview) == ("0.0.0.0:9000", "127.0.0.1:9100")


def test_its_first_line_gives_editors_the_schema() -> None:
    text = sample(Facts(service="shop", command="./run {port}"))
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_PATH}"


def test_it_still_loads_with_every_suggestion_switched_on() -> None:
    text = sample(Facts(service="shop", command="./run {port}"))
    switched = text.replace("# smoke:", "smoke:").replace("# success_rate:", "success_rate:")
    file = parse_release(switched.replace("# preview:", "preview:"), path=FILE).file
    assert file.smoke == "./smoke.sh {url}"
    assert file.guard.success_rate == 0.99
    assert file.traffic.envoy is not None and file.traffic.envoy.preview == "127.0.0.1:8081"


def test_it_fits_on_eighty_columns() -> None:
    text = sample(Facts(service="shop", command="./run {port}", strategy="canary"))
    assert max(map(len, text.splitlines())) <= 80


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30))
def test_any_text_in_the_environment_arrives_as_it_was(text: str) -> None:
    facts = Facts(service="shop", command="./run {port}", env={"ANY": text})
    process = parse_release(sample(facts), path=FILE).file.platform.process
    assert process is not None
    assert process.env["ANY"] == text
