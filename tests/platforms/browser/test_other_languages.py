"""A page in a real browser, and programs in Node and Rust, ask a real flag server: not one package is ours."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.real.flag_stand import FlagServer
from tests.real.ports import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
BUILT = ROOT / ".venv" / "browser"
INSTALL_SECONDS = 300
COMPILE_SECONDS = 900
FLAGS = """features:
  new-cart: {enabled: false}
  theme: {variants: {dark: 100, light: 0}}
"""


@pytest.fixture(scope="module")
def built() -> Path:
    """The page and the program, with their packages; made once for a checkout."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "page.jsx", "ask.mjs"):
        shutil.copy(HERE / name, BUILT)
    _run("npm", "install", "--no-audit", "--no-fund", "--loglevel=error")
    _run("node", "node_modules/esbuild/install.js")
    _run("npx", "esbuild", "page.jsx", "--bundle", "--format=esm", "--jsx=automatic", "--outfile=page.js")
    (BUILT / "index.html").write_text(
        '<!doctype html><div id="shop"></div><script type="module" src="page.js"></script>'
    )
    return BUILT


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=BUILT, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(built: Path) -> Iterator[str]:
    """The page's own origin, another than the flag server's."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", free_port()), functools.partial(Quiet, directory=str(built))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="module")
def server(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlagServer]:
    made = FlagServer(tmp_path_factory.mktemp("flags"), origins=(site,))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def flags(server: FlagServer) -> FlagServer:
    """As they are before each test."""
    status, _, said = server.ask("POST", "/import", FLAGS.encode(), content_type="application/yaml")
    assert status == 200, said
    return server


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "`make test-browser` installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.fixture(scope="module")
def token(server: FlagServer) -> str:
    """What a page may know."""
    return server.token("page", "client")


def opened(page: Page, site: str, flags: FlagServer, token: str) -> None:
    page.goto(f"{site}/?server={flags.url}&token={token}&user=42&region=eu")


def test_a_page_shows_what_the_server_says_and_follows_it(
    page: Page, site: str, flags: FlagServer, token: str
) -> None:
    opened(page, site, flags, token)
    expect(page.locator("#cart")).to_have_text("The old cart")
    expect(page.locator("#theme")).to_have_text("Theme: dark")
    assert flags.ask("PATCH", "/flags/new-cart", {"enabled": True})[0] == 200
    expect(page.locator("#cart")).to_have_text("The new cart", timeout=20_000)
    assert flags.ask("PATCH", "/flags/new-cart", {"kill": True})[0] == 200
    expect(page.locator("#cart")).to_have_text("The old cart", timeout=20_000)


def test_a_server_that_is_gone_changes_nothing_on_the_page(
    page: Page, site: str, flags: FlagServer, token: str
) -> None:
    assert flags.ask("PATCH", "/flags/new-cart", {"enabled": True})[0] == 200
    opened(page, site, flags, token)
    expect(page.locator("#cart")).to_have_text("The new cart", timeout=20_000)
    flags.kill()
    page.wait_for_timeout(1_500)
    expect(page.locator("#cart")).to_have_text("The new cart")
    flags.start()
    assert flags.ask("PATCH", "/flags/new-cart", {"enabled": False})[0] == 200
    expect(page.locator("#cart")).to_have_text("The old cart", timeout=20_000)


def test_a_page_from_elsewhere_gets_no_flags(page: Page, site: str, flags: FlagServer, token: str) -> None:
    """The browser itself refuses: the server names only the origins that it was told."""
    assert flags.ask("PATCH", "/flags/new-cart", {"enabled": True})[0] == 200
    opened(page, site.replace("127.0.0.1", "localhost"), flags, token)
    page.wait_for_timeout(1_500)
    expect(page.locator("#cart")).to_have_text("The old cart")


def test_a_client_s_token_changes_nothing(flags: FlagServer, token: str) -> None:
    assert flags.ask("PATCH", "/flags/new-cart", {"enabled": True}, token=token)[0] == 403


def for_the_us(flags: FlagServer) -> None:
    """Shown by a rule."""
    rule = {"rule": "user.region == 'us'", "enabled": True}
    body = {"enabled": True, "targeting": [rule], "rollout": {"percentage": 0}}
    assert flags.ask("PATCH", "/flags/new-cart", body)[0] == 200


def answers(*command: str, cwd: Path) -> dict[str, object]:
    """What a program prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_program_in_node_gets_the_same_answers(built: Path, flags: FlagServer) -> None:
    for_the_us(flags)
    token = flags.token("node", "server")

    def asked(region: str) -> dict[str, object]:
        return answers("node", "ask.mjs", flags.url, token, "42", region, cwd=built)

    assert asked("us") == {
        "cart": True,
        "reason": "TARGETING_MATCH",
        "theme": "dark",
        "absent": True,
        "code": "FLAG_NOT_FOUND",
    }
    assert asked("eu")["cart"] is False


@pytest.fixture(scope="module")
def compiled() -> Path:
    """The program in Rust; made once for a checkout."""
    target = BUILT / "rust"
    command = [
        "cargo",
        "build",
        "--quiet",
        "--manifest-path",
        str(HERE / "rust" / "Cargo.toml"),
        "--target-dir",
        str(target),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_SECONDS)
    assert done.returncode == 0, done.stderr
    return target / "debug" / "asks"


@pytest.mark.timeout(COMPILE_SECONDS + 60)
@pytest.mark.skipif(
    shutil.which("cargo") is None and "cargo" not in os.environ.get("SHIPWAY_EXPECTED", ""),
    reason="cargo is not here",
)
def test_a_program_in_rust_gets_the_same_answers(compiled: Path, flags: FlagServer) -> None:
    for_the_us(flags)
    token = flags.token("rust", "server")
    asked = {region: answers(str(compiled), flags.url, token, "42", region, cwd=HERE) for region in ("us", "eu")}
    assert asked["us"] == {"cart": True, "theme": "dark", "absent": True}
    assert asked["eu"]["cart"] is False
