"""Programs under a real supervisord."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from shipway.adapters.supervisor import NotRunning, Process, Supervisor, launch
from shipway.errors import PortError

if TYPE_CHECKING:
    from conftest import Home

pytestmark = pytest.mark.real

SLEEPS = "exec sleep 1000"
STUBBORN = "trap : TERM; echo deaf; while :; do sleep 0.1; done"


def test_who_ensures_at_once_gets_one_supervisor(home: "Home") -> None:
    code = "import asyncio, sys; from pathlib import Path; from shipway.adapters.supervisor import Supervisor;"
    code += "asyncio.run(Supervisor(Path(sys.argv[1])).ensure())"
    starters = [subprocess.Popen([sys.executable, "-c", code, str(home.path)]) for _ in range(4)]
    assert [starter.wait(timeout=60) for starter in starters] == [0, 0, 0, 0]
    ours = int((home.path / "supervisor" / "supervisord.pid").read_text())
    others = [
        process.pid
        for process in psutil.process_iter(["cmdline", "ppid"])
        if str(home.path / "supervisor" / "supervisord.conf") in (process.info["cmdline"] or [])
        # A child that was just forked looks like its parent for a moment.
        and ours not in (process.pid, process.info["ppid"])
    ]
    assert others == []


def test_nothing_is_answered_where_no_supervisor_runs(home: "Home") -> None:
    with pytest.raises(NotRunning) as caught:
        asyncio.run(home.supervisor.processes())
    assert len(str(caught.value).splitlines()) == 4
    assert not asyncio.run(home.supervisor.is_running())
    assert home.supervisor.was_shut_down()


def whose(found: Process | None) -> tuple[int | None, float, int]:
    """The same for as long as it goes on; `STARTING` becomes `RUNNING` by itself."""
    assert found is not None
    return found.pid, found.started_at, found.restarts


def test_a_program_put_again_goes_on_and_a_changed_one_is_replaced(home: "Home") -> None:
    async def scenario() -> None:
        program, other = home.program("one", SLEEPS), home.program("two", SLEEPS)
        async with home.running(program, other):
            before, neighbour = await home.process("one"), await home.process("two")
            await home.supervisor.put(program)
            assert (await home.process("one")) == before
            await Supervisor(home.path).put(home.program("one", SLEEPS, environment={"A": "1"}))
            after = await home.until("one", lambda process: process.pid not in (None, before and before.pid))
            assert after.restarts == 0
            seen = await home.process("two")
            assert seen and neighbour and seen.pid == neighbour.pid

    asyncio.run(scenario())


def test_a_changed_shell_restarts_nothing(home: "Home", monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        program = home.program("one", SLEEPS)
        async with home.running(program):
            before = await home.process("one")
            monkeypatch.setenv("LC_TIME", "another one")
            await home.supervisor.put(program)
            assert whose(await home.process("one")) == whose(before)

    asyncio.run(scenario())


def test_a_program_that_ends_is_started_again_and_counted(home: "Home") -> None:
    async def scenario() -> None:
        async with home.running(home.program("one", SLEEPS)):
            first = await home.process("one")
            assert first and first.pid and first.restarts == 0 and first.exit_code is None
            os.kill(first.pid, signal.SIGKILL)
            again = await home.until("one", lambda process: process.restarts == 1 and process.is_running)
            assert again.exit_code == -signal.SIGKILL and again.started_at > first.started_at

    asyncio.run(scenario())


def test_a_crash_loop_tells_its_exit_code_and_how_often(home: "Home") -> None:
    async def scenario() -> None:
        await home.supervisor.put(home.program("one", "echo trying; exit 3"))
        seen = await home.until("one", lambda process: process.restarts >= 1 and process.state == "BACKOFF")
        assert seen.exit_code == 3 and seen.pid is None
        assert seen.detail == f"exited with 3, restarting ({seen.restarts + 1} times)"
        assert home.log("one").count("trying") == seen.restarts + 1

    asyncio.run(scenario())


def test_a_program_that_failed_again_and_again_comes_back_once_it_can(home: "Home") -> None:
    async def scenario() -> None:
        await home.supervisor.put(home.program("one", "[ -e healed ] && echo well && exec sleep 1000; exit 1"))
        await home.until("one", lambda process: process.restarts >= 2)
        (home.path.parent / "healed").touch()
        seen = await home.until("one", lambda process: "well" in home.log("one") and process.state == "RUNNING")
        assert seen.is_running

    asyncio.run(scenario())


def test_a_removed_program_is_gone_and_removing_twice_is_harmless(home: "Home") -> None:
    async def scenario() -> None:
        async with home.running(home.program("one", SLEEPS), home.program("two", SLEEPS)):
            before = await home.process("one")
            await home.supervisor.remove("one")
            await home.supervisor.remove("one")
            assert [process.name for process in await home.supervisor.processes()] == ["two"]
            assert before and before.pid and not launch.born(before.pid)
            assert not list((home.path / "supervisor").glob("*/one.*"))

    asyncio.run(scenario())


def test_a_stubborn_program_is_killed_after_its_grace_with_its_children(home: "Home") -> None:
    async def scenario() -> None:
        async with home.running(home.program("one", STUBBORN, stop_seconds=1.0)):
            before = await home.until("one", lambda _: "deaf" in home.log("one"))
            assert before.pid
            await home.supervisor.remove("one", wait=False)
            seen = await home.process("one")
            assert seen and seen.state == "STOPPING" and seen.pid == before.pid
            for _ in range(600):
                if await home.process("one") is None:
                    break
                await asyncio.sleep(0.05)
            assert not launch.born(before.pid)

    asyncio.run(scenario())


def test_a_program_put_while_it_is_being_removed_runs_afterwards(home: "Home") -> None:
    async def scenario() -> None:
        program = home.program("one", STUBBORN, stop_seconds=1.0)
        async with home.running(program):
            before = await home.until("one", lambda _: "deaf" in home.log("one"))
            await home.supervisor.remove("one", wait=False)
            await home.supervisor.put(program)
            after = await home.until("one", lambda process: process.is_running)
            assert after.pid != before.pid and after.state != "STOPPING"

    asyncio.run(scenario())


def test_stop_start_restart_and_signal_do_as_their_names_say(home: "Home") -> None:
    script = "trap 'echo hello' HUP; echo up; while :; do sleep 0.1; done"

    async def scenario() -> None:
        async with home.running(home.program("one", script)):
            supervisor = home.supervisor
            await home.until("one", lambda _: "up" in home.log("one"))
            await supervisor.signal("one", "HUP")
            await home.until("one", lambda _: "hello" in home.log("one"))
            await supervisor.stop("one")
            stopped = await home.process("one")
            assert stopped and stopped.state == "STOPPED" and stopped.pid is None
            await supervisor.signal("one", "HUP")
            await supervisor.start("one")
            await supervisor.start("one")
            started = await home.until("one", lambda process: process.is_running)
            await supervisor.restart("one")
            restarted = await home.until("one", lambda process: process.pid not in (None, started.pid))
            assert restarted.restarts == 2

    asyncio.run(scenario())


def test_a_program_of_one_run_ends_and_stays_ended(home: "Home") -> None:
    async def scenario() -> None:
        await home.supervisor.put(home.program("one", "echo once; exit 4", once=True))
        seen = await home.until("one", lambda process: process.state == "EXITED")
        assert seen.exit_code == 4 and seen.restarts == 0
        await home.supervisor.put(home.program("two", SLEEPS))
        assert home.log("one") == "once\n"

    asyncio.run(scenario())


def test_a_program_that_cannot_be_executed_says_so_in_its_log(home: "Home") -> None:
    async def scenario() -> None:
        await home.supervisor.put(home.program("one", "", command="/no/such/file"))
        seen = await home.until("one", lambda process: process.state == "BACKOFF")
        assert seen.exit_code == 127
        assert "cannot start /no/such/file" in home.log("one")

    asyncio.run(scenario())


def test_output_survives_a_killed_supervisor(home: "Home") -> None:
    async def scenario() -> None:
        async with home.running(home.program("one", "while sleep 0.05; do echo line; done")):
            before = await home.process("one")
            os.kill(int((home.path / "supervisor" / "supervisord.pid").read_text()), signal.SIGKILL)
            seen = len(home.log("one").splitlines())
            for _ in range(600):
                if len(home.log("one").splitlines()) > seen + 5:
                    break
                await asyncio.sleep(0.05)
            else:
                raise AssertionError("it printed no more")
            await home.supervisor.ensure()
            orphan = await home.until("one", lambda process: process.orphan)
            assert before and orphan.pid == before.pid and orphan.restarts == 0
            await home.supervisor.restart("one")
            after = await home.until("one", lambda process: process.is_running and not process.orphan)
            assert after.restarts == 1 and after.pid != before.pid

    asyncio.run(scenario())


def test_a_shutdown_ends_everything_orphans_too(home: "Home") -> None:
    async def scenario() -> None:
        async with home.running(home.program("one", SLEEPS), home.program("two", SLEEPS)):
            numbers = [process.pid for process in await home.supervisor.processes()]
            os.kill(int((home.path / "supervisor" / "supervisord.pid").read_text()), signal.SIGKILL)
            await home.supervisor.shutdown()
            assert not any(launch.born(number) for number in numbers if number)
            assert not await home.supervisor.is_running()
            assert home.supervisor.was_shut_down() and not home.supervisor.places.socket.exists()

    asyncio.run(scenario())


def test_a_long_home_has_a_short_socket_for_its_owner_alone(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / ("a" * 60) / ("b" * 60) / "home with a space")

    async def scenario() -> None:
        await supervisor.ensure()
        try:
            path = supervisor.places.socket
            assert len(os.fsencode(path)) < 60 and path.lstat().st_mode & 0o077 == 0
            assert await supervisor.processes() == ()
        finally:
            await supervisor.shutdown()
        assert not path.exists()

    asyncio.run(scenario())


def test_a_name_or_command_that_cannot_be_is_refused_in_four_lines(home: "Home") -> None:
    for program in (home.program("a:b", SLEEPS), home.program("one", "", command="sh 'half")):
        with pytest.raises(PortError) as caught:
            asyncio.run(home.supervisor.put(program))
        assert caught.value.why and caught.value.fix
