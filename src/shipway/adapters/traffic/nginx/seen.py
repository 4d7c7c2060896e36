"""From what nginx's workers tell of themselves, and what lies in the file, to a `Routing`."""

from collections.abc import Iterator, Sequence
from functools import cached_property

from shipway.adapters.traffic.nginx import processes, versions
from shipway.adapters.traffic.nginx.places import Home
from shipway.adapters.traffic.nginx.state import State, withdrawn
from shipway.model.revision import RevisionId
from shipway.model.route import Route
from shipway.model.routing import Routing
from shipway.model.share import NONE, TOTAL, Share


class Seen:
    """One look at one service. Raises `PortError` when nginx does not answer."""

    def __init__(self, home: Home, service: str, state: State) -> None:
        self.home, self.service, self.state = home, service, state

    def routing(self, at: float) -> Routing:
        """What every worker runs that takes connections; an interval while they may differ."""
        oldest = min(self._possible, key=lambda state: state.endpoints_generation)
        lowest, highest = self._spans()
        return Routing(
            at=at,
            lowest=lowest,
            highest=highest,
            confirmed=self._confirmed,
            generation=0 if self._is_unknown else min(state.route_generation for state in self._possible),
            endpoints=oldest.endpoints,
            endpoints_generation=0 if self._is_unknown else oldest.endpoints_generation,
            has_checks=False,
            foreign=tuple(self._foreign()),
        )

    # Asked once

    @cached_property
    def _running(self) -> str:
        return versions.running(self.home)

    @cached_property
    def _written(self) -> versions.Written | None:
        return versions.written(self.home)

    @cached_property
    def _versions(self) -> Sequence[str]:
        """What a worker runs or may at any moment run: the answer, the file, and what ran before until its
        workers are seen to finish."""
        found = [self._running]
        if self._written is not None and self._written.version:
            found.append(self._written.version)
        noted = processes.noted(self.home)
        if noted is not None and noted.workers & processes.accepting(self.home):
            found.append(noted.former)
        return list(dict.fromkeys(found))

    @cached_property
    def _possible(self) -> Sequence[State]:
        """What this service is in each of the versions."""
        made = [versions.made_of(self.home, version) for version in self._versions]
        return [(one or {}).get(self.service, _nothing(self.state)) for one in made]

    @property
    def _is_unknown(self) -> bool:
        """Whether other hands wrote the file: nginx may have read it, or may at any moment."""
        is_kept = all(self.home.version(version).exists() for version in self._versions)
        return self._written is None or not self._written.version or not is_kept

    # The route

    @property
    def _confirmed(self) -> Route | None:
        if self._is_unknown or len(self._versions) > 1:
            return None
        return self._possible[0].route

    def _spans(self) -> tuple[dict[RevisionId, Share], dict[RevisionId, Share]]:
        routes = [state.route.shares for state in self._possible]
        names = sorted({name for shares in routes for name in shares})
        if self._is_unknown:
            return dict.fromkeys(names, NONE), dict.fromkeys(names, TOTAL)
        lowest = {name: min(shares.get(name, NONE) for shares in routes) for name in names}
        return lowest, {name: max(shares.get(name, NONE) for shares in routes) for name in names}

    # Other hands

    def _foreign(self) -> Iterator[str]:
        path = self.home.configuration.relative_to(self.home.root)
        if self._written is None:
            yield f"{path} was removed by other hands"
        elif not self._written.version:
            yield f"{path} was changed by other hands"
        for version in self._versions:
            if not self.home.version(version).exists():
                yield f"what nginx runs as version {version} was not written by Shipway"


def _nothing(state: State) -> State:
    """A service that a version does not have yet."""
    return State(options=withdrawn(state).options)
