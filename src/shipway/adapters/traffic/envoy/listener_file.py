"""The file with the listeners of all services. Those of others are taken as they are."""

from collections.abc import Iterator, Mapping

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.envoy import files
from shipway.adapters.traffic.envoy.delivery import Delivery, Parcel
from shipway.adapters.traffic.envoy.files import Json, Response, response
from shipway.adapters.traffic.envoy.listeners import is_same, listeners
from shipway.adapters.traffic.envoy.options import EnvoyOptions, split_address
from shipway.adapters.traffic.envoy.places import Home, Service
from shipway.adapters.traffic.envoy.sockets import require_free
from shipway.adapters.traffic.envoy.state import State, states
from shipway.errors import PortError


class ListenerFile:
    """As one service changes it."""

    def __init__(self, home: Home, service: Service, delivery: Delivery) -> None:
        self.home, self.service, self.delivery = home, service, delivery

    def deliver(self, state: State) -> None:
        """One that listens where it should is left as it is: changing it would cut its connections."""
        with durable.locked(self.home.lock):
            present = _present(files.read(self.home.listeners))
            wanted = {str(one["name"]): one for one in self._listeners(state)}
            kept = {name: one for name, one in present.items() if self._is_others(name)}
            for name, listener in wanted.items():
                before = present.get(name)
                if before is None or before.get("address") != listener["address"]:
                    self._require_free(name, state.options)
                kept[name] = before if before is not None and is_same(before, listener) else listener
            content = response([kept[name] for name in sorted(kept)], generation=0)
            self.delivery.hand_over([Parcel(self.home.listeners, content, "listener_manager.lds")])

    def _listeners(self, state: State) -> Iterator[Json]:
        if state.is_listening:
            self._require_one_target(state.options)
            yield from listeners(self.home, self.service, state.options)

    def _is_others(self, name: str) -> bool:
        if name.startswith("redirect|"):
            return any(self.home.redirect(other.tls) == name for other in self._others() if other.tls)
        return name not in (self.service.name, self.service.preview_name)

    def _others(self) -> Iterator[EnvoyOptions]:
        for service, state in states(self.home):
            if state.is_listening and service.name != self.service.name:
                yield state.options

    def _require_free(self, name: str, options: EnvoyOptions) -> None:
        if name == self.service.name:
            require_free(options.listen, what="listen")
        elif name == self.service.preview_name:
            require_free(options.preview or "", what="preview")
        elif options.tls and options.tls.redirect_from:
            require_free(options.tls.redirect_from, what="tls.redirect_from")

    def _require_one_target(self, options: EnvoyOptions) -> None:
        """A listener that redirects leads to one port."""
        _, port = split_address(options.listen)
        for other in self._others():
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


def _present(written: Response | None) -> Mapping[str, Json]:
    """The listeners that are there; what other hands wrote is written anew."""
    if written is None or not written.is_ours:
        return {}
    return {str(listener.get("name", "")): listener for listener in written.resources}
