"""The small deciders of the process platform."""

import asyncio
import socket
from pathlib import Path

import pytest

from shipway.adapters.platforms.process.options import options_of
from shipway.adapters.replicas import looking
from shipway.adapters.replicas.health import HealthOptions, Probe, health
from shipway.adapters.replicas.logs import last_line
from shipway.adapters.replicas.place import here
from shipway.adapters.replicas.ports import first_port, free_ports
from shipway.adapters.replicas.probing import Kind, Outcome, ask
from shipway.adapters.replicas.readiness import Readiness, after
from shipway.adapters.replicas.records import Ending, Mark, Records, ReplicaRecord, plain
from shipway.adapters.supervisor import Process, durable
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import Revision, RevisionId

YES, NO, REFUSED = Outcome(Kind.YES), Outcome(Kind.NO, "503"), Outcome(Kind.REFUSED, "refused")


def record(**settings: object) -> ReplicaRecord:
    """A replica."""
    values = {
        "id": "checkout-1.0-g2-1",
        "revision": RevisionId("1.0"),
        "version": "1.0",
        "generation": 2,
        "port": 20_001,
        "command": "run",
        "directory": "/",
        "environment": {},
        "stop_grace": 1.0,
        "health": HealthOptions(),
        "created_at": 5.0,
    }
    return ReplicaRecord(**{**values, **settings})  # type: ignore[arg-type]


def test_ready_is_lost_after_the_threshold_and_begins_anew() -> None:
    seen = Readiness()
    for at, outcome in enumerate((NO, YES, NO, NO, YES), start=1):
        seen = after(seen, outcome, at=float(at), threshold=3)
    assert seen == Readiness(2.0, 0, "")
    for at in (6.0, 7.0, 8.0):
        seen = after(seen, NO, at=at, threshold=3)
    assert seen.since is None and seen.detail == "503"
    assert after(seen, YES, at=9.0, threshold=3).since == 9.0


def test_a_refused_connection_needs_no_second_one() -> None:
    assert after(Readiness(1.0), REFUSED, at=2.0, threshold=3).since is None


def test_a_probe_tells_why_it_got_no_yes() -> None:
    async def scenario(answer: bytes, *, hangs: bool = False) -> Outcome:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            if hangs:
                await asyncio.sleep(2)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await ask(here(port), Probe(path="/ready", timeout=0.3 if hangs else 5.0))

    failing = b'HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n{"status": "unready", "failing": ["db", "cache"]}'
    assert asyncio.run(scenario(b"HTTP/1.1 204 No Content\r\n\r\n")).kind is Kind.YES
    assert asyncio.run(scenario(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")).kind is Kind.YES
    assert asyncio.run(scenario(failing)) == Outcome(Kind.NO, "503 failing: db, cache from /ready")
    assert asyncio.run(scenario(b"HTTP/1.1 500 Oh\r\n\r\n")) == Outcome(Kind.NO, "500 from /ready")
    assert asyncio.run(scenario(b"hello\r\n")).detail == "broken answer to /ready: not HTTP"
    assert asyncio.run(scenario(b"")).detail.startswith("broken answer to /ready")
    assert asyncio.run(scenario(b"", hangs=True)).detail == "no answer to /ready within 0.3 s"


def test_a_probe_is_refused_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert asyncio.run(ask(here(port), Probe(path="/"))).detail == f"refused connection on 127.0.0.1:{port}"


def test_ports_are_searched_upwards_and_round_past_those_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 28_403))
        taken.listen()
        found = free_ports(4, within=(28_400, 28_406), taken={28_405}, after=28_402)
    assert found == (28_404, 28_406, 28_400, 28_401)
    with pytest.raises(PortError, match="no 3 free ports") as caught:
        free_ports(3, within=(28_400, 28_401), taken=(), after=28_400)
    assert len(str(caught.value).splitlines()) == 4


def test_homes_begin_at_different_ports_within_the_range() -> None:
    firsts = {first_port(f"home {number}", (20_000, 29_999)) for number in range(50)}
    assert len(firsts) > 45 and all(20_000 <= port <= 29_999 for port in firsts)


def test_a_revision_names_only_the_probes_that_differ() -> None:
    found = health({"ready": {"path": "/up", "period": 1}}, HealthOptions())
    assert found.ready == Probe(path="/up", initial_delay=5.0, period=1.0)
    assert found.alive == Probe(path="/health/alive", initial_delay=15.0, period=10.0)


def test_options_of_another_platform_are_refused_in_four_lines() -> None:
    revision = Revision(
        id=RevisionId("1.0"), service="checkout", version="1.0", platform={"command": ["a", "list"]}
    )
    with pytest.raises(PortError) as caught:
        options_of(revision)
    assert len(str(caught.value).splitlines()) == 4


def test_versions_become_plain_names() -> None:
    assert plain("1.0+local/ä:1") == "1.0-local---1"


def test_the_fence_tells_accepted_from_applied(tmp_path: Path) -> None:
    records = Records(tmp_path, "checkout")
    with records.alone():
        records.accept("capacity:1.0", 5)
        records.accept("capacity:1.0", 5)
        with pytest.raises(StaleGeneration):
            records.accept("capacity:1.0", 4)
    assert records.marks() == {"capacity:1.0": Mark(5, 0)}
    records.applied("capacity:1.0", 5)
    records.applied("capacity:1.0", 4)
    assert records.marks() == {"capacity:1.0": Mark(5, 5)}


def test_nobody_changes_the_files_of_a_home_while_another_does(tmp_path: Path) -> None:
    lock = tmp_path / "services" / ".lock"
    alone = Records(tmp_path, "checkout").alone()
    second = durable.locked(lock, timeout_seconds=0.05)
    with alone, pytest.raises(PortError, match="does not finish") as caught, second:
        raise AssertionError("two at once")
    assert len(str(caught.value).splitlines()) == 4


def test_a_replica_says_why_it_is_not_ready() -> None:
    process = Process(name="a", state="RUNNING", pid=7, started_at=9.0)
    loop = Process(
        name="a", state="BACKOFF", restarts=2, exit_code=1, detail="exited with 1, restarting (3 times)"
    )
    again = Process(name="a", state="RUNNING", pid=7, restarts=2, exit_code=1, started_at=100.0)
    before = looking.before(again, None, now=130.0)
    assert looking.replica(record(), process, Readiness(None, 1, "refused")).detail == "refused"
    assert looking.replica(record(), loop, None).detail == "exited with 1, restarting (3 times)"
    assert looking.replica(record(), again, Readiness(120.0), before=before).detail == before, "while it is news"
    assert looking.replica(record(), again, Readiness(), before=before).detail == (
        "starting; exited with 1 before (restarted 2 times)"
    )
    assert looking.replica(record(), None, None).detail == "the supervisor does not run it"
    assert looking.replica(record(stopping_since=3.0), process, Readiness(10.0)).detail == "stopping"
    assert looking.replica(record(), process, Readiness(10.0)).ready_since == 10.0


def test_why_a_replica_was_started_again_is_told_while_it_is_news() -> None:
    again = Process(name="a", state="RUNNING", pid=7, restarts=1, exit_code=0, started_at=100.0)
    large = Ending(95.0, "it had 600 MiB of the 512 MiB that it may have")
    assert looking.before(again, large, now=130.0) == f"{large.why} before (restarted once)"
    assert looking.before(again, Ending(5.0, "long ago"), now=130.0) == "exited with 0 before (restarted once)"
    assert looking.before(again, large, now=100.0 + looking.NEWS_SECONDS + 1) == ""
    assert looking.before(Process(name="a", state="RUNNING", pid=7), None, now=130.0) == ""


def test_our_own_unfinished_work_is_no_drift() -> None:
    marks = {"capacity:1.0": Mark(2, 2)}
    assert looking.drift([record()], {}, marks) == (
        "checkout-1.0-g2-1 was removed from the supervisor by other hands.",
    )
    assert looking.drift([record()], {}, {"capacity:1.0": Mark(2, 1)}) == ()
    assert looking.drift([record(stopping_since=1.0)], {}, marks) == ()


def test_the_last_line_that_a_replica_said_is_found_and_shortened(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert last_line(log) == ""
    log.write_text("Traceback …\n" * 1000 + "ModuleNotFoundError: No module named 'shop'\n\n")
    assert last_line(log) == "ModuleNotFoundError: No module named 'shop'"
    log.write_text("x" * 10_000)
    assert last_line(log) == "x" * 160
