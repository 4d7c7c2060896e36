"""HAProxy, and what counts its requests, as programs that are kept alive."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from shipway.adapters.supervisor import Program, durable
from shipway.adapters.traffic.haproxy.master import Master
from shipway.adapters.traffic.haproxy.places import Home
from shipway.errors import PortError

NAME, COUNTING = "haproxy", "haproxy-counting"
OLDEST = (2, 6)
"""The first with everything that is asked of it while it runs: servers that are added with their checks."""
START_SECONDS = 20.0
VERSION_SECONDS = 10.0
LOOK_SECONDS = 0.02
LAST_BYTES = 2000


def programs(home: Home) -> tuple[Program, Program]:
    """What counts starts first. Both start early and stop late: what they serve needs them."""
    counts = [sys.executable, "-m", "shipway.adapters.traffic._access_log", "stream"]
    carries = [binary(), "-W", "-S", f"{home.master},mode,600,level,admin", "-f", home.configuration.name]
    return (
        Program(
            name=COUNTING,
            command=shlex.join([*counts, str(home.requests), str(home.counts)]),
            directory=str(home.directory),
            log=str(home.counting_log),
            stop_seconds=5.0,
            priority=1,
            pause_max=1.0,
        ),
        Program(
            name=NAME,
            command=shlex.join(carries),
            directory=str(home.directory),
            log=str(home.log),
            stop_seconds=5.0,
            priority=1,
            # Nobody is served while it is away.
            pause_max=1.0,
        ),
    )


def binary() -> str:
    """HAProxy of this machine. Raises `PortError` when there is none."""
    found = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise PortError(
            "HAProxy is missing",
            where="traffic.haproxy",
            why="No program `haproxy` is in PATH or /usr/sbin.",
            fix="Run `apt-get install haproxy`, or write `traffic: {envoy: …}`, which comes with Shipway.",
        )
    return found


def version() -> str:
    """`2.6.12`. Raises `PortError` for one that is too old, or none."""
    path = binary()
    said = subprocess.run([path, "-v"], capture_output=True, timeout=VERSION_SECONDS, check=False)
    found = re.search(r"version (\d+)\.(\d+)([.\d]*)", said.stdout.decode(errors="replace"))
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise PortError(
            "HAProxy is too old",
            where=path,
            why=f"It is {found[1]}.{found[2]}{found[3]}; replicas come and go without a reload since 2.6."
            if found
            else "It does not say its version.",
            fix="Install 2.6 or newer (haproxy.debian.net has packages), or write `traffic: {envoy: …}`.",
        )
    return f"{found[1]}.{found[2]}{found[3]}"


def wait_until_live(home: Home, master: Master) -> None:
    """Raises `PortError` when HAProxy does not come up. Blocks."""
    deadline = time.monotonic() + START_SECONDS
    while not (master.is_live() and home.counts.exists()):
        if time.monotonic() > deadline:
            raise PortError(
                "HAProxy does not come up",
                where=str(home.log),
                why=last_words(home.log) or last_words(home.counting_log) or "It has written nothing.",
                fix="Its log tells more; remove what it complains about, and repeat the command.",
            )
        time.sleep(LOOK_SECONDS)


def last_words(log: Path) -> str:
    """The newest line of a log that tells of something wrong, or the newest at all."""
    lines = (durable.read(log) or b"")[-LAST_BYTES:].decode(errors="replace").splitlines()
    alerts = [line for line in lines if "ALERT" in line]
    return (alerts or lines or [""])[-1].strip()
