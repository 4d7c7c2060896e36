"""Flags of a flag server, asked and changed through its management interface."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shipway.adapters.context import Context
from shipway.adapters.flag_services._meaning import killed_among, raised, shown
from shipway.adapters.flag_services._raised import RaisedFlags, confirmed
from shipway.errors import PortError, ShipwayError
from shipway.flags.model import Flag
from shipway.flags.remote.api import Address, Answered, Api, named
from shipway.flags.state import state_of
from shipway.model.observed import Exposure
from shipway.model.share import Share, percent
from shipway.ports.clock import Clock

ACCEPTED = 202
SAYS_SHARE = ("enabled", "kill", "rollout", "schedule")
ANSWER_SECONDS = 2.0
"""A tick does not wait longer."""


def build(options: Mapping[str, object], context: Context) -> "FlagServer":
    """`url`, `environment`, a file with the `token`, `flags` that are ramped."""
    flags, environment = options.get("flags") or (), options.get("environment")
    assert isinstance(flags, Sequence)
    address = Address(url=str(options["url"]), environment=str(environment) if environment else None)
    place = Place(address, Path(str(options["token"])))
    kept = RaisedFlags(context.home, context.service)
    return FlagServer(place, [str(flag) for flag in flags], kept, context.clock)


@dataclass(frozen=True)
class Place:
    """A server, and the file of the token for it, which may be another one at any time."""

    address: Address
    token: Path

    def api(self) -> Api:
        """Its interface. Raises `PortError` where the token cannot be read."""
        return Api(replace(self.address, token=_token(self.token)), seconds=ANSWER_SECONDS)


def _token(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError as error:
        raise PortError(
            "the token of the flag server cannot be read",
            where=str(path),
            why=f"The system said: {error.strerror or error}.",
            fix="`shipway flags token` makes one; let `flags.server.token` name the file that holds it.",
        ) from error


class FlagServer:
    """A `FlagService`."""

    def __init__(self, place: Place, flags: Sequence[str], raised: RaisedFlags, clock: Clock) -> None:
        self._place, self._names = place, tuple(flags)
        self._raised, self._clock = raised, clock

    async def observe(self) -> Exposure:
        """What the server says now."""
        return await asyncio.to_thread(self._observe)

    async def expose(self, flag: str, share: Share, *, generation: int) -> None:
        """Ask the server for it. Raises `FlagKilled`, and `PortError` while it waits for a
        second person; once that one has agreed it is seen as applied."""
        await asyncio.to_thread(self._expose, flag, share, generation)

    def _observe(self) -> Exposure:
        kept = self._raised.all()
        flags = {name: self._flag(name) for name in self._names}
        shares = {name: shown(flag) for name, flag in flags.items()}
        changed = [name for name in shares if name in kept and kept[name].share != shares[name]]
        return Exposure(
            at=self._clock.now(),
            shares=shares,
            generations=confirmed(kept, shares),
            by={name: said for name in changed if (said := self._changed_by(name))},
            killed=killed_among(flags),
        )

    def _expose(self, flag: str, share: Share, generation: int) -> None:
        with self._raised.raising(flag, share, generation):
            body: dict[str, Any] = {}
            for keys, value in raised(self._flag(flag), share).items():
                below = body if len(keys) == 1 else body.setdefault(keys[0], {})
                below[keys[-1]] = value
            self._change(flag, body, share)

    def _change(self, flag: str, body: Mapping[str, Any], share: Share) -> None:
        reason = f"a guarded ramp brings it to {percent(share)}"
        said = self._asked("PATCH", named("/flags", flag), body=body, query={"reason": reason})
        if said.status == ACCEPTED:
            raise PortError(
                f"{flag} waits for a second person.",
                where=f"proposal {said.content['id']}",
                why="This environment asks for an approval before more users see a flag.",
                fix="Somebody else approves it; the ramp goes on by itself then.",
            )

    def _flag(self, name: str) -> Flag:
        """The flag as far as its share goes: what it requires or targets is not asked for here."""
        body = self._asked("GET", named("/flags", name)).content["flag"]
        said = {key: value for key, value in body.items() if key in SAYS_SHARE}
        return state_of({"features": {name: said}}).file.features[name]

    def _changed_by(self, name: str) -> str:
        """Who was the last, and why, as words."""
        trail = self._asked("GET", "/audit", query={"name": name, "limit": "1"}).content
        if not trail:
            return ""
        last = trail[0]
        did = "killed" if (last["after"] or {}).get("kill") else "changed"
        return f"{did} by {last['by']}" + (f": {last['why']}" if last["why"] else "")

    def _asked(self, method: str, path: str, **request: Any) -> Answered:
        """Everything that goes wrong is a `PortError`, as ports have it."""
        try:
            return self._place.api().ask(method, path, **request)
        except PortError:
            raise
        except ShipwayError as error:
            raise PortError(error.what, where=error.where, why=error.why, fix=error.fix) from error
