"""Brings a backend to what was asked: commands for each process, and the file that a reload reads."""

import re
from collections.abc import Iterator

from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic.haproxy.existing.backend import Backend, Server
from shipway.adapters.traffic.haproxy.existing.state import Setting, State

VERSION = "1"
"""Of the file's format (docs.haproxy.org, Management Guide, `show servers state`)."""
STOPPED, RUNNING = 0, 2
FORCED, OF_CONFIGURATION, DRAINING = 0x01, 0x04, 0x08
"""Of `srv_admin_state`: out of service by command, `disabled` in the configuration, draining."""
CHECKED = 6
DONE = re.compile(r"(IP|port) changed from |no need to change ")
WORDS_MAX = 300


def commands(state: State, seen: Backend) -> Iterator[str]:
    """Who gets more comes before who gets less, so that there is never nobody."""
    wanted = state.wanted
    listed = [(seen.servers[name], setting) for name, setting in wanted.items() if name in seen.servers]
    rising = [
        one for one in listed if not one[1].is_draining and (one[0].is_gone or one[1].weight > one[0].weight)
    ]
    for server, setting in (*rising, *(one for one in listed if one not in rising)):
        yield from _set(f"{seen.name}/{server.name}", server, setting)
    for name, server in seen.servers.items():
        if name not in wanted and not server.is_gone:
            yield f"set server {seen.name}/{name} state maint"


def _set(path: str, server: Server, setting: Setting) -> Iterator[str]:
    is_gone = server.is_gone
    if server.address != setting.address:
        host, port = split_address(setting.address)
        if not is_gone:
            yield f"set server {path} state maint"
        yield f"set server {path} addr {host} port {port}"
        is_gone = True
    if server.weight != setting.weight and not setting.is_draining:
        yield f"set server {path} weight {setting.weight}"
    if is_gone or server.is_draining != setting.is_draining:
        yield f"set server {path} state {'drain' if setting.is_draining else 'ready'}"
    if is_gone and server.is_checked:
        # It was found ready; HAProxy would take it out at its first failed check, however many are allowed.
        yield f"set server {path} health up"


def complaint(said: str) -> str:
    """What HAProxy answered beside that it changed an address: it says nothing where it did as told."""
    lines = (line.strip() for line in said.splitlines())
    return " / ".join(dict.fromkeys(line for line in lines if line and not DONE.match(line)))[:WORDS_MAX]


def text(state: State, seen: Backend) -> bytes:
    """What brings the servers back after a reload, with nothing of Shipway's running."""
    wanted = state.wanted
    rows = (_row(seen, server, wanted.get(name)) for name, server in seen.servers.items())
    return ("\n".join([VERSION, *rows]) + "\n").encode()


def is_kept(content: bytes, state: State, seen: Backend) -> bool:
    """Whether the file says the same, but for health, which changes by itself."""
    place = 5
    kept, wanted = (
        [[word for at, word in enumerate(row.split()) if at != place] for row in one.splitlines()]
        for one in (content, text(state, seen))
    )
    return kept == wanted


def _row(seen: Backend, server: Server, setting: Setting | None) -> str:
    configured = server.administration & OF_CONFIGURATION
    host, port = split_address(setting.address) if setting else ("-", 0)
    weight = setting.weight if setting else server.initial_weight
    way = FORCED if setting is None else DRAINING if setting.is_draining else 0
    is_well = setting is None or server.address != setting.address or server.is_gone or server.is_healthy
    words = (seen.id, seen.name, 0, server.name, host, RUNNING if is_well else STOPPED, configured | way)
    rest = (
        weight,
        server.initial_weight,
        0,
        1,
        0,
        0,
        CHECKED if server.is_checked else 0,
        0,
        0,
        0,
        "-",
        port,
        "-",
    )
    return " ".join(map(str, (*words, *rest)))


def differs(state: State, seen: Backend) -> Iterator[tuple[str, str]]:
    """By server: what is not as it was asked."""
    wanted = state.wanted
    for name, server in seen.servers.items():
        if (setting := wanted.get(name)) is None:
            if not server.is_gone:
                yield name, "made ready"
        elif server.is_gone:
            yield name, "taken away"
        elif server.address != setting.address:
            yield name, "given another address"
        elif server.is_draining != setting.is_draining:
            yield name, "drained" if server.is_draining else "made ready"
        elif server.weight != setting.weight and not setting.is_draining:
            yield name, "given another weight"
    for name in sorted(wanted.keys() - seen.servers.keys()):
        yield name, "taken out of the configuration"
