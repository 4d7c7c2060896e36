"""Copies of requests in the release file."""

import pytest

from shipway.model.release import Mirroring
from shipway.model.revision import RevisionId
from shipway.model.share import Share
from shipway.spec.wish import release_of
from unit.spec.test_kinds import error_of, read

SHOP = 'service: shop\nplatform: {process: {command: "./app --port {port}"%s}}\ntraffic: {envoy: {%s}}\n'


def mirror_of(written: str) -> Mirroring | None:
    return release_of(read(SHOP % ("", written)), RevisionId("1.0")).mirror


def test_a_share_is_copied_for_a_quarter_of_an_hour_of_safe_requests() -> None:
    assert mirror_of("mirror: 10%") == Mirroring(share=Share(10_000), seconds=900.0, methods=("GET", "HEAD"))
    assert mirror_of("listen: 8080") is None


def test_requests_that_write_are_copied_only_where_that_is_said() -> None:
    found = mirror_of("mirror: 100%, mirror_for: 5m, mirror_methods: all")
    assert found == Mirroring(share=Share(100_000), seconds=300.0, methods=())


@pytest.mark.parametrize(
    ("more", "written", "said"),
    [
        ("", "mirror: 0%", "traffic.envoy.mirror: 0% copies nothing"),
        ("", "mirror_for: 5m", "traffic.envoy.mirror_for: mirror_for without mirror"),
        ("", "mirror_methods: all", "traffic.envoy.mirror_methods: mirror_methods without mirror"),
        (", protocol: grpc", "mirror: 10%", "traffic.envoy.mirror: gRPC calls cannot be mirrored"),
    ],
)
def test_what_copies_nothing_is_refused(more: str, written: str, said: str) -> None:
    assert error_of(SHOP % (more, written)).what == said
