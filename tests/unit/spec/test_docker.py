"""Containers in a release file: what is taken, and what is refused with its reason."""

from pathlib import Path

import pytest

from shipway.spec.load import Loaded, parse_release
from shipway.spec.problems import InputErrors
from shipway.spec.revision import Contents, platform_of, revision_of


def loaded(options: str, rest: str = "") -> Loaded:
    return parse_release(
        f"service: shop\nplatform: {{docker: {{{options}}}}}\n{rest}", path=Path("/srv/shop/shipway.yaml")
    )


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("image: Shop/Checkout", "cannot name an image"),
        ("image: x, volumes: [data]", "is not a volume"),
        ("image: x, volumes: ['data:var']", "is not a volume"),
        ("image: x, engine: 'tcp://10.0.0.1:2375'", "is not an engine of this machine"),
        ("image: x, limits: {cpus: many}", "is not a number of processors"),
        ("image: x, limits: {memory: 12}", "has no unit"),
        ("image: x, stop_signal: TERM", "is not a signal"),
        ("image: x, port: 70000", "70000"),
        ('image: x, command: "sh -c \'open"', "a quote is not closed"),
        ("command: x", "nothing says what runs"),
        ("image: x, service: web", "nothing says which Compose file"),
        ("image: x, without: [ports]", "nothing says which Compose file"),
        ("image: x, env_from: [{file: a, command: b}]", "names both a file and a command"),
    ],
)
def test_what_cannot_be_is_refused(options: str, what: str) -> None:
    with pytest.raises(InputErrors) as caught:
        loaded(options)
    assert what in str(caught.value)


def test_jobs_of_a_schedule_do_not_run_in_containers() -> None:
    with pytest.raises(InputErrors, match="containers are not a job's platform yet"):
        loaded("image: x", "kind: cron\nschedule: {every: 10m}\n")


def test_a_worker_beats_by_default_and_what_gets_requests_does_not() -> None:
    file = loaded("image: x, heartbeat: {within: 5s}", "kind: worker\n")
    assert platform_of(file, "1.0", Path("/srv"))["heartbeat"] == {"within": 5.0}
    assert platform_of(loaded("image: x", "kind: worker\n"), "1.0", Path("/srv"))["heartbeat"]
    with pytest.raises(InputErrors, match="replicas that get requests have no heartbeat"):
        loaded("image: x, heartbeat: {within: 5s}")


def test_a_line_is_split_as_a_shell_would() -> None:
    assert loaded("image: x, command: \"run 'a b' {port}\"").file.platform.options.model_dump()["command"] == (
        "run",
        "a b",
        "{port}",
    )


def test_a_revision_is_what_a_tag_meant() -> None:
    file = loaded("image: 'shop:{version}', replicas: 3, engine: 'unix:///a.sock'")
    one, other = (
        revision_of(
            file, "1.0", root=Path("/srv/shop"), contents=Contents(found={"image": f"shop@sha256:{digest}"})
        )
        for digest in ("aa", "bb")
    )
    assert platform_of(file, "1.0", Path("/srv/shop"))["image"] == "shop:1.0"
    assert one.platform["image"] == "shop@sha256:aa" and one.id != other.id
    assert not {"replicas", "engine", "pull"} & set(one.platform)
