"""The file with the listeners of all services. Those of others are taken as they are."""

from collections.abc import Iterator, Mapping

import msgspec

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic._sockets import require_free
from shipway.adapters.traffic.envoy import files
from shipway.adapters.traffic.envoy.delivery import Delivery, Parcel
from shipway.adapters.traffic.envoy.files import Json, Response, response
from shipway.adapters.traffic.envoy.listeners import (
    chain_name,
    is_same,
    listeners,
    shared_chain,
    shared_listener,
)
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import SHARED, Home, Service, shared_name
from shipway.adapters.traffic.envoy.sharing import is_shared
from shipway.adapters.traffic.envoy.state import State, listening_options
from shipway.errors import PortError


class ListenerFile:
    """As one service changes it."""

    def __init__(self, home: Home, service: Service, delivery: Delivery) -> None:
        self.home, self.service, self.delivery = home, service, delivery

    def deliver(self, state: State) -> None:
        """One that listens where it should is left as it is: changing it would cut its connections."""
        with durable.locked(self.home.lock):
            present = _present(files.read(self.home.listeners))
            kept = {name: one for name, one in present.items() if self._is_others(name)}
            for listener in self._listeners(state):
                name = str(listener["name"])
                before = present.get(name)
                if before is None or before.get("address") != listener["address"]:
                    self._require_free(name, state.options)
                kept[name] = before if before is not None and is_same(before, listener) else listener
            kept |= {str(one["name"]): one for one in self._shared(state, present)}
            content = response([kept[name] for name in sorted(kept)], generation=0)
            self.delivery.hand_over([Parcel(self.home.listeners, content, "listener_manager.lds")])

    def _shared(self, state: State, present: Mapping[str, Json]) -> Iterator[Json]:
        """The listeners of shared addresses, with chains for everybody who is there and for this service."""
        others = [options for _, options in self._others() if is_shared(options)]
        own = [state.options] if state.is_listening and is_shared(state.options) else []
        for address in sorted({options.listen for options in (*others, *own)}):
            before = present.get(shared_name(address))
            claimed = {chain_name(options) for options in others if options.listen == address}
            chains = {name: chain for name, chain in _chains(before).items() if name in claimed}
            for options in own:
                if options.listen == address:
                    if before is None:
                        require_free(address, what="traffic.envoy.listen")
                    chains[chain_name(options)] = shared_chain(self.home, self.service, options)
            if chains:
                has_tls = any("transport_socket" in chain for chain in chains.values())
                yield shared_listener(address, [chains[name] for name in sorted(chains)], has_tls=has_tls)

    def _listeners(self, state: State) -> Iterator[Json]:
        if state.is_listening:
            self._require_one_target(state.options)
            yield from listeners(self.home, self.service, state.options)

    def _is_others(self, name: str) -> bool:
        if name.startswith("redirect|"):
            return any(self.home.redirect(other.tls) == name for _, other in self._others() if other.tls)
        return not name.startswith(SHARED) and name not in (self.service.name, self.service.preview_name)

    def _others(self) -> Iterator[tuple[str, EnvoyOptions]]:
        for name, options in listening_options(self.home).items():
            if name != self.service.name:
                yield name, options

    def _require_free(self, name: str, options: EnvoyOptions) -> None:
        if name == self.service.name:
            require_free(options.listen, what="traffic.envoy.listen")
        elif name == self.service.preview_name:
            require_free(options.preview or "", what="traffic.envoy.preview")
        elif options.tls and options.tls.redirect_from:
            require_free(options.tls.redirect_from, what="traffic.envoy.tls.redirect_from")

    def _require_one_target(self, options: EnvoyOptions) -> None:
        """A listener that redirects leads to one port."""
        _, port = split_address(options.listen)
        for _, other in self._others():
            if not (options.tls and other.tls and options.tls.redirect_from == other.tls.redirect_from):
                continue
            _, leads_to = split_address(other.listen)
            if options.tls.redirect_from and leads_to != port:
                raise PortError(
                    f"plain HTTP there is sent on to port {leads_to} already",
                    where=f"traffic.envoy.tls.redirect_from: {options.tls.redirect_from}",
                    why=f"Another service of this home has asked for it, and this one has TLS on port {port}.",
                    fix="Redirect from another port, or have both services on one port with TLS.",
                )


def _chains(listener: Json | None) -> dict[str, Json]:
    """By name."""
    found = msgspec.convert(listener["filter_chains"], list[dict[str, object]]) if listener else []
    return {str(chain.get("name", "")): chain for chain in found}


def _present(written: Response | None) -> Mapping[str, Json]:
    """The listeners that are there; what other hands wrote is written anew."""
    if written is None or not written.is_ours:
        return {}
    return {str(listener.get("name", "")): listener for listener in written.resources}
