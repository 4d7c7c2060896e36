"""`shipway analyze` and `shipway replay` as they are typed, over a real Prometheus that scrapes two versions."""

import asyncio
import json
import time
from pathlib import Path

from acceptance.cli.prompt import Prompt
from contract.stored import in_loop
from real.exporting import exporter, of_file
from real.prometheus import prometheus

BOUNDS = ("0.1", "0.3", "1.0")
PLANTED = "pl4nted-s3cret"
SECONDS, SECONDS_MAX = 12, 600
"""How long they are used before anybody looks, and at all."""


def exposed(version: str, requests: int, errors: int, fast: int) -> str:
    """What a replica has counted; its latencies are in three buckets."""
    labels, name = f'version="{version}"', "http_request_duration_seconds"
    counts = (fast, requests - errors, requests, requests)
    lines = [
        f'http_requests_total{{{labels},code="200"}} {requests - errors}',
        f'http_requests_total{{{labels},code="500"}} {errors}',
        *(f'{name}_bucket{{{labels},le="{le}"}} {n}' for le, n in zip((*BOUNDS, "+Inf"), counts, strict=True)),
        f"{name}_sum{{{labels}}} {requests / 10}",
        f"{name}_count{{{labels}}} {requests}",
        "process_resident_memory_bytes 5e7",
    ]
    return "\n".join(lines) + "\n"


async def counting(stable: Path, candidate: Path) -> None:
    """Both are used for a while; the candidate fails one request in ten, the stable version one in a hundred."""
    for second in range(SECONDS_MAX):
        stable.write_text(exposed("1.8.2", 900 * second, 9 * second, 700 * second))
        candidate.write_text(exposed("1.9.0", 100 * second, 10 * second, 40 * second))
        await asyncio.sleep(1.0)


def prompt_of(folder: Path, url: str) -> Prompt:
    """A project that names this Prometheus, with a token that must stay secret."""
    (folder / "token").write_text(PLANTED)
    queries = {
        "url": url,
        "token": f"file:{folder / 'token'}",
        "requests": 'http_requests_total{version="{version}"}',
        "latency": 'http_request_duration_seconds_bucket{version="{version}"}',
    }
    memory = {"memory": {"resource": "memory", "worse_by": "50%"}}
    return Prompt(folder, metrics={"prometheus": queries}, guard={"metrics": memory})


@in_loop
async def test_two_versions_are_compared_and_replayed_and_no_secret_is_shown(tmp_path: Path) -> None:
    files = [tmp_path / "stable", tmp_path / "candidate"]
    async with (
        exporter(of_file(files[0])) as stable,
        exporter(of_file(files[1])) as candidate,
        prometheus(tmp_path / "prometheus", stable, candidate) as server,
    ):
        start = time.time()
        users = asyncio.create_task(counting(*files))
        await asyncio.sleep(SECONDS)
        prompt, said = prompt_of(tmp_path, server.url), []
        for picture in ("a.png", "a.html", "a.svg"):
            words = ("1.8.2", "1.9.0", "--from", server.url, f"{SECONDS}s", "--policy", "shipway.yaml")
            found = await asyncio.to_thread(prompt.type, "analyze", *words, "--picture", picture)
            assert found.returncode == 4, found.stdout + found.stderr
            assert "critical: candidate errors" in found.stdout and "p99" in found.stdout
            said += [found.stdout, found.stderr]
        row = f"x,1.8.2,1.9.0,{start},{time.time()},bad,10%@0s 50%@9s"
        table = f"release,stable,candidate,start,end,was,stages\n{row}\n"
        (prompt.folder / "past.csv").write_text(table)
        words = ("--from", server.url, "--releases", "past.csv", "--json")
        replayed = await asyncio.to_thread(prompt.type, "replay", *words)
        told = json.loads(replayed.stdout)
        assert (told["caught"], told["missed"], told["false_alarms"]) == (1, 0, 0)
        said += [replayed.stdout, replayed.stderr]
        users.cancel()
    for query in ("1.8.2 1.9.0", ""):
        words = ("analyze", *query.split(), "--from", server.url, "10s", "--policy", "shipway.yaml")
        gone = await asyncio.to_thread(prompt.type, *words)
        assert gone.returncode not in (0, 4)
        said += [gone.stdout, gone.stderr]
    assert (prompt.folder / "a.png").read_bytes().startswith(b"\x89PNG")
    for page in ("a.html", "a.svg"):
        text = (prompt.folder / page).read_text()
        assert "likeliest" in text and "candidate p99" in text and "as often as stable" in text
    places = [path for folder in (prompt.folder, prompt.home.path) for path in folder.rglob("*")]
    written = [path.read_bytes() for path in places if path.is_file()]
    assert PLANTED not in "".join(said)
    assert not [one for one in written if PLANTED.encode() in one]


@in_loop
async def test_wrong_queries_are_told_by_check_with_what_came_back_and_no_secret(tmp_path: Path) -> None:
    wrong = {
        "unparsed": ('http_requests_total{version="{version}"', "parse error"),
        "text": ('"four {version}"', "four 1.8.2"),
        "many": ('http_requests_total{version="{version}"}', "gives 2 series where one number is meant"),
    }
    (tmp_path / "stable").write_text(exposed("1.8.2", 900, 9, 700))
    async with (
        exporter(of_file(tmp_path / "stable")) as stable,
        prometheus(tmp_path / "prometheus", stable) as server,
    ):
        prompt = prompt_of(tmp_path, server.url)
        prompt.wish["guard"]["metrics"] = {  # type: ignore[index]
            name: {"query": query, "worse_by": "20%"} for name, (query, _) in wrong.items()
        }
        prompt.wish["metrics"]["prometheus"]["latency_unit"] = "ms"  # type: ignore[index]
        prompt.write(json.dumps(prompt.wish, indent=1))
        checked = await asyncio.to_thread(prompt.type, "check", "1.8.2")
        planned = await asyncio.to_thread(prompt.type, "plan", "1.8.2")
    told, beside = (" ".join(found.stdout.split()) for found in (checked, planned))
    assert checked.returncode == 3, checked.stdout + checked.stderr
    for name, (_, shown) in wrong.items():
        assert f"guard.metrics.{name}" in told and shown in told, told
        assert f"guard.metrics.{name}" in beside, beside
    assert "counts seconds by its name, and is read as milliseconds" in told
    assert PLANTED not in told + beside + checked.stderr + planned.stderr
