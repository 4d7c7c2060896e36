"""Which revision a request is for: chosen users first, in the order of their rules, then shares.

Everything is variables that nginx works out when they are asked for. Those of a service end with its number.
"""

import re
from collections.abc import Iterator, Mapping

from shipway.adapters.traffic.nginx.options import NginxOptions
from shipway.adapters.traffic.nginx.splitting import split
from shipway.adapters.traffic.nginx.state import State
from shipway.adapters.traffic.nginx.words import block, exactly, header_variable, quoted
from shipway.errors import PortError
from shipway.model.route import Sticky, UserRule


class Choosing:
    """One service's variables."""

    def __init__(self, number: int, state: State) -> None:
        self.number, self.route, self.options = number, state.route, state.options
        self.shares: Mapping[str, int] = {
            each: state.route.shares[each] for each in state.order if state.route.shares.get(each)
        }

    @property
    def revision(self) -> str:
        """A word for the configuration; it may turn out empty where nobody has a share."""
        if self.route.users:
            return self._variable("revision")
        return self._variable("everyone") if len(self.shares) > 1 else next(iter(self.shares), "")

    @property
    def is_refused(self) -> bool:
        """Whether there are requests that no revision is for."""
        return not self.shares

    @property
    def cookie(self) -> str:
        """The variable with the cookie to be set, empty where none is; an empty word where none ever is."""
        sticky = self.route.sticky
        gives = sticky is not None and sticky.kind == "cookie" and len(self.shares) > 1
        return self._variable("cookie") if gives else ""

    def _variable(self, name: str) -> str:
        return f"${name}_{self.number}"

    def lines(self) -> Iterator[str]:
        """The variables' definitions."""
        if len(self.shares) > 1:
            yield from self._key(self.route.sticky)
            yield from split(f"everyone_{self.number}", self._variable("key"), self.shares)
        if self.route.users:
            yield from self._chosen()
        if self.cookie and self.route.sticky:
            yield from self._cookie(self.route.sticky, self.options)

    def _chosen(self) -> Iterator[str]:
        following = '""'
        for place, rule in reversed(list(enumerate(self.route.users))):
            name = self._variable(f"chosen_{place}")
            lines = [f"{_pattern(rule)} {quoted(rule.revision)};", f"default {following};"]
            yield from block(f"map {_source(rule.kind, rule.name)} {name}", lines)
            following = name
        share = self._variable("everyone") if len(self.shares) > 1 else quoted(next(iter(self.shares), ""))
        lines = [f'"" {share};', f"default {following};"]
        yield from block(f"map {following} {self._variable('revision')}", lines)

    def _key(self, sticky: Sticky | None) -> Iterator[str]:
        """What a user is known by; a request that has none of it is placed by an id of its own."""
        if sticky is None:
            yield from block(f'map "" {self._variable("key")}', ["default $request_id;"])
            return
        known = self._variable("known")
        if sticky.kind == "cookie":
            found = [f"{quoted(_cookie(sticky.name, '([^;]+)'))} $1;", 'default "";']
        else:
            found = [f"default {header_variable(sticky.name)};"]
        yield from block(f"map {_source(sticky.kind, sticky.name)} {known}", found)
        yield from block(f"map {known} {self._variable('key')}", ['"" $request_id;', f"default {known};"])

    def _cookie(self, sticky: Sticky, options: NginxOptions) -> Iterator[str]:
        """Who has none and was placed by a share is given one, by which it is placed again."""
        keep = f"Path=/; Max-Age={options.sticky_seconds}; HttpOnly; SameSite=Lax"
        given = quoted(f"{sticky.name}=$request_id; {keep}")
        chosen = self._variable("chosen_0") if self.route.users else ""
        source = quoted(f"{self._variable('known')}{chosen}")
        yield from block(f"map {source} {self.cookie}", [f'"" {given};', 'default "";'])


def _source(kind: str, name: str) -> str:
    if kind == "claim":
        raise PortError(
            "nginx does not verify tokens, so no claim chooses users",
            where=f"canary.users: claim {name}",
            why="Without a verified signature anybody could claim anything.",
            fix="Choose users by a header or a cookie, or serve with `traffic: {envoy: {tokens: …}}`.",
        )
    return "$http_cookie" if kind == "cookie" else header_variable(name)


def _pattern(rule: UserRule) -> str:
    if rule.kind == "cookie":
        return quoted(_cookie(rule.name, re.escape(rule.value)))
    return exactly(rule.value)


def _cookie(name: str, value: str) -> str:
    return rf"~(?:\A|;\s*){re.escape(name)}={value}\s*(?:;|\z)"
