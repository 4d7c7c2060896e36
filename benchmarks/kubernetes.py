"""Pods of a real cluster: requests lost in 10 deploys by each strategy, take-backs, a dry run, and writes at rest.

A real Kubernetes of one node, in a network namespace of its own, with a Traefik beside it. Users ask all the time
on keep-alive connections, by the address of a Service or through Traefik. Beside it, under the same load, the
cluster's own rolling update of the same application.

- lost: a request whose answer by the shop did not reach its user whole;
- a take-back: from the journal's decision to the last request that the version which goes still answered. New
  connections ask all the time, one after the other;
- the dry run: `shipway deploy --dry-run`, where the API server tries all, beside `kubectl diff`; both cold,
  and beside a Python that only loads libraries;
- writes: requests to the API server that change something, while a controller looks after a release that is over.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from msgspec import Struct

from benchmarks.asking import Asking
from benchmarks.kubernetes_writes import Writes
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, publish
from shipway.demo.answer import read
from shipway.demo.load import Counts
from shipway.errors import ShipwayError
from shipway.model.command import Back, Promote
from shipway.model.event import WentBack
from tests.acceptance.stand import Stand
from tests.real.prometheus import binary

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

from benchmarks.kubernetes_native import NativeDeployment  # noqa: E402
from platforms.docker.image import archive  # noqa: E402
from platforms.docker.network import own_network  # noqa: E402
from platforms.kubernetes import archives, crds  # noqa: E402
from platforms.kubernetes import gateway as gateways  # noqa: E402
from platforms.kubernetes.cluster import Cluster, running  # noqa: E402
from platforms.kubernetes.gateway import Gateway  # noqa: E402
from platforms.kubernetes.kubernetes_stand import APP_IMAGE  # noqa: E402
from platforms.kubernetes.shop import Shop  # noqa: E402
from platforms.kubernetes.ways import behind_a_gateway, behind_a_service  # noqa: E402

WAYS = ("service", "gateway_api")
STRATEGIES = ("rolling", "blue-green", "canary")
DEPLOYS, UPDATES, TAKE_BACKS, DRY_RUNS = 10, 5, 20, 5
RATE, CONNECTIONS = 100.0, 8
REST_SECONDS = 20.0
WISH: dict[str, Any] = {
    "canary": {"stages": ["50%", "100%"], "bake": "1s", "sticky": None},
    "rollback": {"window": "0s"},
    "drain": "3s",
}
PATIENT = {"canary": {"stages": ["50%", "100%"], "bake": "10m", "sticky": None}, "smoke": "true"}
"""A smoke test is a row before the first users, to which it is taken back."""
TARGETS = {"service": 2.0, "gateway_api": 3.0}
TARGET_DRY_RUN = 3.0
LIBRARIES = "cyclopts, kr8s, msgspec, pydantic, rich, yaml"
"""What any command in Python that reads such a file and asks a cluster loads before its own first line."""


class Cell(Struct, frozen=True):
    """What one strategy did behind one way in; or what was done instead."""

    name: tuple[str, str]
    seconds: tuple[float, ...]
    """Of each deploy."""
    counts: Counts


class Found(Struct, kw_only=True):
    """All that was measured; times in seconds."""

    cells: list[Cell]
    controls: list[Cell]
    backs: dict[str, list[float]]
    dry_run: float
    diff: float
    libraries: float
    writes: int


class Ground(Struct, frozen=True):
    """Where it is measured."""

    cluster: Cluster
    gateway: Gateway
    files: Path


def main(argv: Sequence[str] = ()) -> int:
    """Measure and publish; 1 when a target is missed, or when no control lost anything."""
    files = Path(tempfile.mkdtemp(prefix="shipway-bench-"))
    layer = archive().read_bytes()
    binary()
    crds.manifest(*crds.GATEWAY_API)
    made = archives.image(layer, APP_IMAGE, ["/bin/sh"], {"PATH": "/usr/local/bin:/usr/bin:/bin"})
    try:
        with own_network(), running(Path(tempfile.mkdtemp(prefix="swk-"))) as cluster:
            cluster.add_image(made)
            with gateways.running(cluster, files) as gateway:
                found = asyncio.run(measured(Ground(cluster, gateway, files)))
    finally:
        shutil.rmtree(files, ignore_errors=True)
    return publish(report(found))


async def measured(ground: Ground) -> Found:
    """One stand for each."""
    cells = [await deployed(ground, way, strategy) for way in WAYS for strategy in STRATEGIES]
    controls = [await updated(ground)]
    backs = {way: await taken_back(ground, way) for way in WAYS}
    times, writes = await at_rest(ground)
    dry_run, diff, libraries = (median(each) for each in zip(*times, strict=True))
    told = {"dry_run": dry_run, "diff": diff, "libraries": libraries, "writes": writes}
    return Found(cells=cells, controls=controls, backs=backs, **told)


@asynccontextmanager
async def stand_of(ground: Ground, way: str, **wish: object) -> AsyncIterator[Shop]:
    """Whose users come this way."""
    folder = Path(tempfile.mkdtemp(dir=ground.files))
    async with AsyncExitStack() as stack:
        if way == "service":
            yield await stack.enter_async_context(behind_a_service(ground.cluster, folder, **{**WISH, **wish}))
        else:
            opened = behind_a_gateway(ground.cluster, folder, gateway=ground.gateway, **{**WISH, **wish})
            yield await stack.enter_async_context(opened)


async def deployed(ground: Ground, way: str, strategy: str) -> Cell:
    """Good releases, one after the other."""
    async with stand_of(ground, way) as made:
        stand = made.stand
        await stand.ship_first("1.0.0")
        asking = Asking(stand.port, rate=RATE, connections=CONNECTIONS, host=stand.host)
        await asking.start()
        load = stand.users(rate=10.0, connections=2)  # whom Prometheus knows
        seconds = []
        for number in range(DEPLOYS):
            began = time.monotonic()
            past = await stand.deploy(f"2.{number}.0", strategy=strategy)
            assert past.outcome == "finished", past
            seconds.append(time.monotonic() - began)
        counts, others = await asking.stop(), await load.stop()
        counts.sent += others.sent
        for what, number in others.lost.items():
            counts.lost[what] = counts.lost.get(what, 0) + number
        return _told(Cell((way, strategy), tuple(seconds), counts))


async def updated(ground: Ground) -> Cell:
    """The Deployment controller's own rolling update."""
    native = NativeDeployment(ground.cluster)
    try:
        host = await native.serve()
        asking = Asking(80, rate=RATE, connections=CONNECTIONS, host=host)
        await asking.start()
        seconds = [await native.update() for _ in range(UPDATES)]
        return _told(Cell(("service", "kubectl set env, RollingUpdate"), tuple(seconds), await asking.stop()))
    finally:
        native.close()


def _told(cell: Cell) -> Cell:
    lost, sent = cell.counts.lost_total, cell.counts.sent
    print(f"{', '.join(cell.name)}: {lost} of {sent:,} lost, {median(cell.seconds):.1f} s a deploy", flush=True)
    return cell


# Take-backs


async def taken_back(ground: Ground, way: str) -> list[float]:
    """From half to nothing, again and again."""
    async with stand_of(ground, way, **PATIENT) as made:
        stand = made.stand
        await stand.ship_first("1.0.0")
        await stand.submit("2.0.0", strategy="canary")
        found = [await _once(stand) for _ in range(TAKE_BACKS)]
        print(f"{way}: {median(found):.2f} s in the median, {max(found):.2f} s at most", flush=True)
        return found


async def _once(stand: Stand) -> float:
    await stand.reached(2)
    watching = asyncio.create_task(_last_of(stand, "2.0.0"))
    position = (await stand.state()).position
    await stand.ask(Back(stage=1))
    await stand.until(lambda state: state.run is not None and state.run.hold is not None, "it is back")
    entries = [one for one in await stand.journal() if one.position > position and isinstance(one.event, WentBack)]
    last = await watching
    await stand.ask(Promote())
    return float(max(0.0, last - entries[0].at))


async def _last_of(stand: Stand, version: str, *, quiet: float = 3.0) -> float:
    """When a version answered last, after which it was not met for a while; new connections meet it or do not."""
    last = time.time()
    while time.time() - last < quiet:
        reader, writer = await asyncio.open_connection(stand.host, stand.port)
        writer.write(b"GET /cart HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")
        began, answer = time.time(), await read(reader)
        writer.close()
        if answer.version == version:
            last = began
    return last


# At rest


async def at_rest(ground: Ground) -> tuple[list[list[float]], int]:
    """Seconds of a dry run, of a diff of the same manifests and of libraries alone, again and again; and writes
    while nothing changes.
    """
    async with stand_of(ground, "gateway_api") as made:
        stand = made.stand
        await stand.ship_first("1.0.0")
        await stand.eventually(stand.is_at_rest, "nothing is under way")
        _ = stand.loaded
        shipway = [sys.executable, "-m", "shipway", "deploy", "1.1.0", "--dry-run"]
        diff = [*made.cluster.kubectl_words, "--namespace", made.namespace, "diff", "-f", "deployment.yaml"]
        environment = {
            **os.environ,
            "SHIPWAY_HOME": str(stand.home.path),
            "KUBECONFIG": str(made.cluster.kubeconfig),
        }
        libraries = [sys.executable, "-c", f"import {LIBRARIES}"]
        times = [
            [await _cold(words, stand.folder, environment) for words in (shipway, diff, libraries)]
            for _ in range(DRY_RUNS)
        ]
        with Writes() as writes:
            with suppress(ShipwayError):  # it says that there is nothing to do
                await stand.submit("1.0.0")
            await asyncio.sleep(REST_SECONDS)
        return times, writes.count


async def _cold(words: Sequence[str], folder: Path, environment: dict[str, str]) -> float:
    began = time.monotonic()
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*words, cwd=folder, env=environment, stdout=quiet, stderr=quiet)
    await process.wait()
    return time.monotonic() - began


# What is published


def report(found: Found) -> Report:
    """For people."""
    cells, controls = found.cells, found.controls
    lost, sent = sum(cell.counts.lost_total for cell in cells), sum(cell.counts.sent for cell in cells)
    backs = tuple(
        Figure(value=_p99(found.backs[way]), target=TARGETS[way], unit="s", what=f"p99 to stable by {way}")
        for way in WAYS
    )
    ratio = found.dry_run / found.diff
    bars = [Bar(label="Shipway", value=100_000 * lost / sent, is_ours=True)]
    bars += [Bar(label=one.name[1], value=100_000 * one.counts.lost_total / one.counts.sent) for one in controls]
    return Report(
        name="kubernetes",
        claim=(
            f"{DEPLOYS} deploys of pods by each strategy, by a Service and by the Gateway API, lose no request; a "
            "take-back is on the stable version within seconds; an unchanged release writes nothing."
        ),
        figures=(
            Figure(value=lost, target=0, what=f"requests lost of {sent:,}", or_equal=True),
            *backs,
            Figure(
                value=ratio, target=TARGET_DRY_RUN, unit="x", what="a dry run against kubectl diff", or_equal=True
            ),
            Figure(value=found.writes, target=0, what="writes of an unchanged release", or_equal=True),
        ),
        tables=(_table("Requests lost", cells), _table("The cluster's own update", controls), _times(found)),
        picture=Picture(title="Requests lost of 100,000", unit="", bars=tuple(bars)),
        notes=(
            f"Users on {CONNECTIONS} keep-alive connections sent {RATE:.0f} requests/s. Two pods, a real "
            "Kubernetes of one node, Traefik with providersThrottleDuration 100ms. The control is the same "
            "application with a readiness probe and no preStop hook.",
            "A take-back is from the journal's entry to the last request that the former version answered, "
            f"{TAKE_BACKS} times each; with so few the p99 is the longest.",
            f"Loading its libraries alone takes a Python {found.libraries / found.diff:.1f} times as long as "
            "`kubectl diff` takes in all, which is one program of machine code.",
        ),
    )


def _p99(values: Sequence[float]) -> float:
    return max(values) if len(values) < 100 else quantiles(values, n=100)[98]


def _table(title: str, cells: Sequence[Cell]) -> Table:
    rows = tuple(
        (
            *cell.name,
            str(len(cell.seconds)),
            f"{median(cell.seconds):.1f} s",
            f"{cell.counts.sent:,}",
            str(cell.counts.lost_total),
        )
        for cell in cells
    )
    return Table(title=title, columns=("way in", "by", "deploys", "median", "requests", "lost"), rows=rows)


def _times(found: Found) -> Table:
    backs = tuple(
        (f"to stable by {way}", f"{median(all):.2f} s", f"{max(all):.2f} s") for way, all in found.backs.items()
    )
    asked = (
        ("shipway deploy --dry-run", f"{found.dry_run:.2f} s", ""),
        ("kubectl diff", f"{found.diff:.2f} s", ""),
        (f"python -c 'import {LIBRARIES}'", f"{found.libraries:.2f} s", ""),
    )
    return Table(title="Times", columns=("what", "median", "longest"), rows=(*backs, *asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
