"""What Envoy's configuration is made of: names, versions, durations, bounds, weights."""

import bisect
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipway.adapters.traffic._asked import fence, ordered
from shipway.adapters.traffic._buckets import BOUNDS_MILLISECONDS
from shipway.adapters.traffic._options import split_address
from shipway.adapters.traffic._sockets import require_free, socket_path
from shipway.adapters.traffic.envoy import EnvoyOptions, inotify, running
from shipway.adapters.traffic.envoy.apply import routed_clusters
from shipway.adapters.traffic.envoy.bootstrap import seconds
from shipway.adapters.traffic.envoy.buckets import bound_of, bucket_of
from shipway.adapters.traffic.envoy.files import generation_of, read, response, write
from shipway.adapters.traffic.envoy.places import Home, Service, Use, revision_of, statistics_name
from shipway.adapters.traffic.envoy.routes import Routes
from shipway.errors import PortError, StaleGeneration
from shipway.model.revision import RevisionId
from shipway.model.route import Mirror, Route, Sticky, UserRule
from shipway.model.share import TOTAL, Share

A, B, C = (RevisionId(name) for name in ("1.8.2-0a1b2c3d", "1.9.0-7f3a91c2", "2.0.0-5d5d5d5d"))
SERVICE = Service(Home(Path("/home/shipway")), "checkout")


def routes(generation: int = 1) -> Routes:
    return Routes(SERVICE, EnvoyOptions(), generation=generation)


@st.composite
def any_route(draw: st.DrawFn) -> Route:
    cuts = sorted(draw(st.lists(st.integers(0, TOTAL), min_size=2, max_size=2)))
    parts = zip((A, B, C), (cuts[0], cuts[1] - cuts[0], TOTAL - cuts[1]), strict=True)
    kinds = st.sampled_from(("header", "cookie"))
    rules = st.builds(
        UserRule,
        kind=kinds | st.just("claim"),
        name=st.just("beta"),
        value=st.text("ab", min_size=1),
        revision=st.just(B),
    )
    return Route(
        shares={name: Share(part) for name, part in parts if part},
        users=tuple(draw(st.lists(rules, max_size=2))),
        sticky=draw(st.none() | st.builds(Sticky, kind=kinds, name=st.just("user"))),
        mirror=draw(st.none() | st.builds(Mirror, revision=st.just(C), share=st.integers(1, TOTAL))),
        preview=draw(st.none() | st.just(B)),
    )


def named_in(value: object) -> set[str]:
    """Every cluster that a route configuration names."""
    if isinstance(value, list | tuple):
        return set().union(*map(named_in, value))
    if not isinstance(value, dict):
        return set()
    own = {value["cluster"]} if "cluster" in value else set()
    own |= {value["name"]} if "weight" in value else set()
    return own.union(*map(named_in, value.values()))


class TestRoutes:
    @given(any_route())
    def test_what_was_asked_can_be_read_from_what_runs(self, route: Route) -> None:
        configuration = routes().users(route, (A, B, C))
        assert running.shares(configuration) == route.shares
        assert running.made_of(configuration) == route

    @given(any_route())
    def test_every_cluster_that_is_named_is_known_before(self, route: Route) -> None:
        written = [routes().users(route, (A, B, C)), routes().preview(route)]
        assert named_in(written) <= set(routed_clusters(SERVICE, route))

    @given(any_route())
    def test_the_total_of_the_weights_is_constant(self, route: Route) -> None:
        (host,) = routes().users(route, (C, B, A))["virtual_hosts"]  # type: ignore[misc]
        for rule in host["routes"]:
            weights = rule["route"].get("weighted_clusters", {}).get("clusters", [{"weight": TOTAL}])
            assert sum(weight["weight"] for weight in weights) == TOTAL

    def test_a_repeated_route_differs_by_its_generation(self) -> None:
        route = Route(shares={A: TOTAL})
        assert routes(1).users(route, (A,)) != routes(2).users(route, (A,))

    def test_chosen_users_come_before_percentages(self) -> None:
        rule = UserRule(kind="header", name="canary", value="true", revision=B)
        (host,) = routes().users(Route(shares={A: TOTAL}, users=(rule,)), (A,))["virtual_hosts"]  # type: ignore[misc]
        first, second = host["routes"]
        assert first["match"]["headers"] == [{"name": "canary", "string_match": {"exact": "true"}}]
        assert second["match"] == {"prefix": "/"}

    def test_weights_of_other_hands_are_read_as_shares(self) -> None:
        clusters = [{"name": f"checkout|{A}", "weight": 3}, {"name": f"checkout|{B}", "weight": 1}]
        action = {"weighted_clusters": {"clusters": clusters}}
        host = {"routes": [{"match": {"prefix": "/"}, "route": action}]}
        assert running.shares({"virtual_hosts": [host]}) == {A: 75_000, B: 25_000}
        assert running.shares({}) == {}


class TestOrder:
    def test_new_revisions_come_first_and_known_ones_keep_their_places(self) -> None:
        one = ordered((), Route(shares={A: TOTAL}))
        two = ordered(one, Route(shares={A: Share(95_000), B: Share(5_000)}))
        three = ordered(two, Route(shares={A: Share(90_000), B: Share(5_000), C: Share(5_000)}))
        assert (one, two, three) == ((A,), (B, A), (C, B, A))
        assert ordered(three, Route(shares={A: TOTAL})) == (A,)

    @given(st.lists(st.integers(0, TOTAL), min_size=2, max_size=6).map(sorted), st.booleans())
    def test_users_stay_with_a_revision_that_grows_be_it_new_or_returning(
        self, growth: list[int], is_new: bool
    ) -> None:
        order: tuple[RevisionId, ...] = ordered((), Route(shares={A: TOTAL} if is_new else {B: TOTAL}))
        order = ordered(order, Route(shares={A: Share(1), B: Share(1)}))
        places = range(0, TOTAL, 997)
        for before, after in itertools.pairwise(growth):
            had = {place for place in places if _at(place, order, before) == B}
            has = {place for place in places if _at(place, order, after) == B}
            assert had <= has


def _at(place: int, order: tuple[RevisionId, ...], share_of_b: int) -> RevisionId:
    """The weighted cluster that Envoy takes for a hash at this place."""
    weights = {A: TOTAL - share_of_b, B: share_of_b}
    ends = list(itertools.accumulate(weights[name] for name in order))
    return order[bisect.bisect_right(ends, place)]


class TestFiles:
    def test_a_file_reads_as_it_was_written(self, tmp_path: Path) -> None:
        content = response([{"name": "x", "weight": 1}], generation=12)
        write(tmp_path / "rds.json", content)
        seen = read(tmp_path / "rds.json")
        assert seen == content and seen.is_ours and seen.generation == 12

    def test_a_changed_file_is_nobodys(self, tmp_path: Path) -> None:
        path = tmp_path / "rds.json"
        write(path, response([{"weight": 1}], generation=12))
        path.write_bytes(path.read_bytes().replace(b'"weight": 1', b'"weight": 2'))
        seen = read(path)
        assert seen is not None and not seen.is_ours

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"version_info": 3}', b"{}"])
    def test_what_cannot_be_read_is_nobodys(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "rds.json"
        path.write_bytes(content)
        seen = read(path)
        assert seen is not None and not seen.is_ours

    @pytest.mark.parametrize("version, number", [("12-abc", 12), ("", 0), ("abc", 0), ("-3", 0), ("٣-a", 0)])
    def test_a_version_tells_its_generation_or_none(self, version: str, number: int) -> None:
        assert generation_of(version) == number


class TestBounds:
    def test_every_bound_can_be_told_from_its_bucket(self) -> None:
        assert [bound_of(bucket_of(bound)) for bound in BOUNDS_MILLISECONDS] == list(BOUNDS_MILLISECONDS)

    @given(st.floats(0, 59_999))
    def test_a_request_is_counted_under_the_first_bound_above_it(self, milliseconds: float) -> None:
        bin_start = _bin_start(int(milliseconds))
        buckets = [bucket_of(bound) for bound in BOUNDS_MILLISECONDS]
        counted = next(bound_of(bucket) for bucket in buckets if bin_start <= bucket)
        assert counted == next(bound for bound in BOUNDS_MILLISECONDS if milliseconds < bound)


def _bin_start(milliseconds: int) -> int:
    """Of the histogram's bin: two significant digits."""
    scale = 10 ** max(0, len(str(milliseconds)) - 2)
    return milliseconds // scale * scale


class TestNames:
    @pytest.mark.parametrize("use", list(Use))
    def test_a_clusters_name_tells_its_revision(self, use: Use) -> None:
        assert revision_of(SERVICE.cluster(A, use)) == A

    def test_the_uses_of_a_revision_have_clusters_of_their_own(self) -> None:
        assert len({SERVICE.cluster(A, use) for use in Use}) == len(Use)

    def test_a_name_in_the_statistics_has_no_dots(self) -> None:
        assert statistics_name(SERVICE.cluster(A)) == "checkout|1_8_2-0a1b2c3d"

    @given(st.integers(1, 300))
    def test_the_sockets_path_is_never_too_long(self, length: int) -> None:
        home = Path("/" + "h" * length)
        assert len(os.fsencode(socket_path(home / "envoy" / "admin.sock", name="envoy"))) <= 103

    @pytest.mark.parametrize(
        "address, parts", [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:8080", ("::1", 8080))]
    )
    def test_an_address_is_a_host_and_a_port(self, address: str, parts: tuple[str, int]) -> None:
        assert split_address(address) == parts

    @pytest.mark.parametrize("value, text", [(0, "0s"), (1.0, "1s"), (0.05, "0.050s"), (0.000002, "0.000002s")])
    def test_durations_are_written_as_envoy_prints_them(self, value: float, text: str) -> None:
        assert seconds(value) == text


class TestRefusals:
    def test_the_newest_generation_may_come_again_and_an_older_one_may_not(self) -> None:
        fence("route", newest=3, generation=3)
        with pytest.raises(StaleGeneration):
            fence("route", newest=3, generation=2)

    def test_too_few_watches_are_told_before_envoy_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        taken: list[int] = []

        def instance() -> int:
            if len(taken) == 3:
                raise PortError("the system lets Envoy watch no more files")
            taken.append(os.open(os.devnull, os.O_RDONLY))
            return taken[-1]

        monkeypatch.setattr(inotify, "_instance", instance)
        with pytest.raises(PortError):
            inotify.require(2)
        for descriptor in taken:
            with pytest.raises(OSError):
                os.fstat(descriptor)

    def test_watches_that_are_to_be_had_are_no_error(self) -> None:
        inotify.require(1)

    def test_an_address_that_this_machine_lacks_is_told(self) -> None:
        with pytest.raises(PortError) as caught:
            require_free("203.0.113.7:8080", what="traffic.envoy.listen")
        assert len(str(caught.value).splitlines()) == 4
