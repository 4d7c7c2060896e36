"""The files with the routes of one service: its own, or its part of one that services share."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from shipway.adapters.supervisor import durable
from shipway.adapters.traffic.envoy import files
from shipway.adapters.traffic.envoy.delivery import Delivery, Parcel
from shipway.adapters.traffic.envoy.files import Response, response
from shipway.adapters.traffic.envoy.options import EnvoyOptions
from shipway.adapters.traffic.envoy.places import SHARED, Home, Service, shared_name
from shipway.adapters.traffic.envoy.routes import Routes
from shipway.adapters.traffic.envoy.sharing import Part, combined, is_shared, part_of, parts_of
from shipway.adapters.traffic.envoy.state import State


class RouteFiles:
    """As one service changes them."""

    def __init__(self, home: Home, service: Service, delivery: Delivery) -> None:
        self.home, self.service, self.delivery = home, service, delivery

    def deliver(self, state: State) -> None:
        """The preview's is written first: once the users' is in force, all of this generation is there."""
        routes = Routes(self.service, state.options, generation=state.route_generation)
        if state.options.preview:
            name = self.service.preview_name
            content = response([routes.preview(state.route)], generation=state.route_generation)
            self.delivery.hand_over(
                [Parcel(self.service.preview, content, f"http.{name}.rds.{name}", is_dated=False)]
            )
        users = routes.users(state.route, state.order)
        if is_shared(state.options):
            self._deliver_part(state, users)
        else:
            name = self.service.name
            content = response([users], generation=state.route_generation)
            self.delivery.hand_over([Parcel(self.service.route, content, f"http.{name}.rds.{name}")])

    def _deliver_part(self, state: State, users: files.Json) -> None:
        """Others' parts are taken as they are."""
        durable.directory(self.home.routes)
        name, path = self.service.name, self.home.shared_route(state.options.listen)
        with durable.locked(self.home.lock):
            parts = parts_of(_configuration(files.read(path)))
            parts[name] = part_of(name, state.options, users, generation=state.route_generation)
            self._rewrite(path, parts)

    def leave(self, *, but: EnvoyOptions | None = None) -> None:
        """Take the service's part out of every shared file, but for the one that it is in now."""
        stays = self.home.shared_route(but.listen) if but and is_shared(but) else None
        with durable.locked(self.home.lock):
            for path in self._shared_files():
                parts = parts_of(_configuration(files.read(path)))
                if path != stays and self.service.name in parts:
                    del parts[self.service.name]
                    self._rewrite(path, parts)

    def _rewrite(self, path: Path, parts: Mapping[str, Part]) -> None:
        if parts:
            content = response([combined(f"{SHARED}{path.stem}", parts.values())], generation=0)
            self.delivery.hand_over([_parcel(path, content)])
        else:
            path.unlink(missing_ok=True)

    def _shared_files(self) -> Iterator[Path]:
        if self.home.routes.is_dir():
            yield from sorted(self.home.routes.glob("*.json"))

    def are_there(self, state: State) -> bool:
        """Whether the service has routes at all."""
        if not is_shared(state.options):
            return self.service.route.exists()
        written = files.read(self.home.shared_route(state.options.listen))
        return self.service.name in parts_of(_configuration(written))


def route_of(home: Home, service: Service, options: EnvoyOptions) -> tuple[str, Path]:
    """The name and the file of the configuration that has the service's routes."""
    if is_shared(options):
        return shared_name(options.listen), home.shared_route(options.listen)
    return service.name, service.route


def _configuration(written: Response | None) -> dict[str, object]:
    return written.resources[0] if written and written.resources else {}


def _parcel(path: Path, content: Response) -> Parcel:
    name = f"{SHARED}{path.stem}"
    return Parcel(path, content, f"http.{name}.rds.{name}", is_dated=False)
