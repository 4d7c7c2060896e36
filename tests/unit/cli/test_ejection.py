"""What `shipway eject` prints, by golden files."""

import pytest
from msgspec.structs import replace

from shipway.cli.render import ejection
from shipway.cli.render.ejection import Ejection
from shipway.cli.render.paint import Paint, width
from unit.cli.golden import same

PLAIN = Paint()

EJECTED = Ejection(
    service="checkout",
    version="1.9.0",
    platform="docker",
    replicas=(
        "checkout-1.9.0-7f3a91c2-g12-1  172.18.0.2:8000",
        "checkout-1.9.0-7f3a91c2-g12-2  172.18.0.3:8000",
    ),
    proxy="http://127.0.0.1:8080",
    flags={"new-checkout": "50%"},
    schema={"email_address": "dual-writing"},
    folder="ejected-checkout",
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("eject", EJECTED),
        (
            "eject-done",
            replace(
                EJECTED,
                files=("README.md", "compose.yaml", "flags.json", "proxy/", "schema.json"),
                proxy_process=4711,
                is_done=True,
                was_quiet=False,
            ),
        ),
        ("eject-process", replace(EJECTED, platform="process", files=("Procfile", "README.md", "proxy/"))),
    ],
)
def test_what_is_handed_back_is_listed(name: str, found: Ejection) -> None:
    lines = ejection.lines(found, PLAIN)
    same(name, lines)
    assert all(width(line) <= 80 for line in lines)
