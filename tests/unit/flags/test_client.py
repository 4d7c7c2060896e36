"""`FeatureFlags` in an application: finding its file, following it, writing it, forking."""

import ast
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from shipway.flags import FeatureFlags
from shipway.flags.source import NotWritten
from shipway.spec.problems import InputErrors

GUIDE_FILE = """\
# feature-flags.yaml
features:
  new-checkout:
    enabled: true
    rollout:
      percentage: 25  # 25% of users
    targeting:
      - rule: "user.region == 'us-west'"
        enabled: true
      - rule: "user.tier == 'premium'"
        enabled: true

  stripe-payments:
    enabled: true
    rollout:
      percentage: 100

  experimental-ai-search:
    enabled: false  # Coming soon
    allowlist:
      - user_id: 123  # Internal testing
      - user_id: 456
"""
GUIDE_PROGRAM = """\
from shipway.flags import FeatureFlags

flags = FeatureFlags()

def process_order(user_id, order_data):
    # Check if new pricing engine enabled for this user
    if flags.is_enabled('new-pricing-engine', user_id=user_id):
        return new_pricing.calculate(order_data)
    else:
        return legacy_pricing.calculate(order_data)

# Progressive rollout
flags.enable_for_percentage('new-pricing-engine', 5)  # 5% of users
# Monitor metrics...
flags.enable_for_percentage('new-pricing-engine', 25)  # 25% of users
# Continue rolling out...
flags.enable_for_all('new-pricing-engine')  # 100% enabled
"""
QUICK_SECONDS = 0.02
DEADLINE_SECONDS = 30.0


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never held"
        time.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "feature-flags.yaml"
    made.write_text(GUIDE_FILE)
    return made


def test_the_program_of_the_guide_runs_as_it_stands(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    pricing = {
        "new_pricing": SimpleNamespace(calculate=lambda order: ("new", order)),
        "legacy_pricing": SimpleNamespace(calculate=lambda order: ("legacy", order)),
    }
    seen: list[int] = []
    ran: dict[str, object] = dict(pricing)
    for statement in ast.parse(GUIDE_PROGRAM).body:
        exec(compile(ast.Module([statement], []), "guide", "exec"), ran)
        process_order = ran.get("process_order")
        if callable(process_order):
            seen.append(sum(process_order(user, {})[0] == "new" for user in range(1000)))
    assert (seen[0], seen[3]) == (0, 1000)
    assert 30 < seen[1] < 70
    assert 210 < seen[2] < 290
    assert GUIDE_FILE.splitlines()[2:] == path.read_text().splitlines()[3:]
    ran["flags"].close()  # type: ignore[attr-defined]


def test_the_file_of_the_guide_means_what_it_says(path: Path) -> None:
    flags = FeatureFlags(path)
    assert flags.is_enabled("new-checkout", user_id=1, region="us-west")
    assert flags.is_enabled("new-checkout", user_id=1, tier="premium")
    assert 2300 < sum(flags.is_enabled("new-checkout", user_id=user) for user in range(10_000)) < 2700
    assert flags.is_enabled("stripe-payments", user_id=5)
    assert [flags.is_enabled("experimental-ai-search", user_id=user) for user in (123, "456", 7)] == [
        True,
        True,
        False,
    ]
    flags.close()


def test_the_file_is_found_upwards_or_by_its_variable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = path.parent / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert FeatureFlags().is_enabled("stripe-payments")
    (below / "other.yaml").write_text("features: {other: }\n")
    monkeypatch.setenv("SHIPWAY_FLAGS", "other.yaml")
    assert FeatureFlags().is_enabled("other")


def test_without_a_file_it_says_so_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHIPWAY_FLAGS", raising=False)
    with pytest.raises(InputErrors, match=r"There is no feature-flags\.yaml here"):
        FeatureFlags()


def test_a_change_of_the_file_is_followed_and_a_wrong_one_changes_nothing(path: Path) -> None:
    flags = FeatureFlags(path, look_seconds=QUICK_SECONDS)
    path.write_text("features: {x: }\n")
    until(lambda: flags.is_enabled("x"))
    assert not flags.is_enabled("stripe-payments")
    path.write_text("features: [\n")
    until(lambda: flags._stamp == flags._source.stamp())
    path.unlink()
    until(lambda: flags._stamp is None)
    assert flags.is_enabled("x")
    path.write_text("features: {y: }\n")
    until(lambda: flags.is_enabled("y"))
    flags.close()


def test_a_scheduled_change_comes_without_a_change_of_the_file(path: Path) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    path.write_text(f"features: {{x: {{enabled: false, schedule: [{{at: {at}, enabled: true}}]}}}}\n")
    flags = FeatureFlags(path, look_seconds=QUICK_SECONDS)
    until(lambda: flags.is_enabled("x"))
    flags.close()


def test_killing_is_written_and_nothing_overrides_it(path: Path) -> None:
    flags = FeatureFlags(path)
    flags.kill("stripe-payments")
    flags.kill("experimental-ai-search")
    flags.enable_for_all("stripe-payments")
    assert not flags.is_enabled("stripe-payments", user_id=1)
    assert not FeatureFlags(path).is_enabled("experimental-ai-search", user_id=123)
    assert [line for line in path.read_text().splitlines() if "kill" not in line] == GUIDE_FILE.splitlines()
    flags.restore("stripe-payments")
    assert flags.is_enabled("stripe-payments", user_id=1)
    flags.close()


def test_writers_do_not_lose_each_others_changes(path: Path) -> None:
    clients = [FeatureFlags(path) for _ in range(4)]

    def write(number: int) -> None:
        for turn in range(5):
            clients[number].enable_for_percentage(f"flag-{number}-{turn}", turn)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(FeatureFlags(path).flags()) == 3 + 20
    assert not list(path.parent.glob(".*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_cannot_be_written_is_an_error(path: Path) -> None:
    flags = FeatureFlags(path)
    path.parent.chmod(0o500)
    with pytest.raises(NotWritten):
        flags.kill("new-checkout")
    path.parent.chmod(0o700)


def test_a_file_that_is_gone_cannot_be_changed(path: Path) -> None:
    flags = FeatureFlags(path)
    path.unlink()
    with pytest.raises(NotWritten, match="No such file"):
        flags.kill("new-checkout")


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __eq__ = __hash__ = None  # type: ignore[assignment]


def test_questions_never_raise(path: Path) -> None:
    flags = FeatureFlags(path)
    for value in (Hostile(), "\ud800", float("nan"), 2**5000, b"\xff", [], {}, object(), [[[[]]]] * 1000):
        for key in ("new-checkout", "experimental-ai-search", "nothing"):
            assert flags.is_enabled(key, user_id=value, region=value) in (True, False)
            assert flags.variant(key, user_id=value, default="x") == "x"
            assert flags.value(key, 7, user_id=value) == 7
            assert flags.explain(key, user_id=value).because
    assert flags.is_enabled("nothing", default=True) is True
    assert flags.is_enabled("new-checkout", [1, 2]) is False  # type: ignore[arg-type]


def test_readers_see_the_former_flags_or_the_new_ones(path: Path) -> None:
    """Both flags are the same in every version of the file, so no reader may ever miss one."""
    flags = FeatureFlags.of("features: {a: }")
    stop, wrong = threading.Event(), list[str]()

    def read() -> None:
        while not stop.is_set():
            if not flags.is_enabled("a", user_id=1):
                wrong.append("missed")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for share in range(1, 50):
        flags.enable_for_percentage(f"other-{share}", share)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_override_holds_inside_its_block_only(path: Path) -> None:
    flags = FeatureFlags(path, look_seconds=QUICK_SECONDS)
    with flags.override("new-checkout", variant="bold", value=3):
        assert flags.is_enabled("new-checkout")
        assert flags.variant("new-checkout") == "bold"
        assert flags.value("new-checkout", 1) == 3
        with flags.override("new-checkout", False):
            assert not flags.is_enabled("new-checkout")
        path.write_text("features: {seen: }\n")
        until(lambda: flags.is_enabled("seen"))
        assert flags.explain("new-checkout").reason == "override"
    assert flags.explain("new-checkout").reason == "unknown"
    flags.close()


def test_the_fixture_has_flags_of_its_own(feature_flags: FeatureFlags) -> None:
    assert not feature_flags.is_enabled("new-checkout")
    with feature_flags.override("new-checkout"):
        assert feature_flags.is_enabled("new-checkout")


def _child(flags: FeatureFlags, path: str, answers: "multiprocessing.connection.Connection") -> None:
    answers.send(flags.is_enabled("x"))
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not flags.is_enabled("x") and time.monotonic() < deadline:
        time.sleep(0.01)
    answers.send(flags.is_enabled("x"))
    flags.kill("new-checkout")
    answers.send(flags.explain("new-checkout").reason)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_follows_the_file_and_writes_it_without_any_code(path: Path) -> None:
    flags = FeatureFlags(path, look_seconds=QUICK_SECONDS)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    with flags._lock:
        child = context.Process(target=_child, args=(flags, str(path), theirs))
        child.start()
    assert ours.poll(DEADLINE_SECONDS)
    assert ours.recv() is False
    path.write_text("features: {x: , new-checkout: }\n")
    assert ours.recv() is True
    assert ours.recv() == "kill"
    child.join(DEADLINE_SECONDS)
    until(lambda: flags.explain("new-checkout").reason == "kill")
    flags.close()


def test_a_client_that_is_forgotten_ends_its_thread(path: Path) -> None:
    flags = FeatureFlags(path, look_seconds=QUICK_SECONDS)
    assert flags._watch is not None
    thread = flags._watch.thread
    assert thread.is_alive()
    del flags
    until(lambda: not thread.is_alive())
