"""What a feature flag costs, beside the SDKs that people use, all from data and without a server.

Each SDK asks in a process of its own on one CPU (`benchmarks/flag_costs.py`). Nanoseconds are at nominal speed:
where one MurmurHash3 and a comparison in a Python function take 135 ns.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from benchmarks.flag_costs import Costs
from benchmarks.flag_peers import SDKS
from benchmarks.flag_swaps import Swaps, swaps_of
from benchmarks.installed import packages
from benchmarks.picture import Bar, Picture
from benchmarks.reference import Timed, timed
from benchmarks.report import Figure, Report, Table, is_full, publish
from shipway.flags import FeatureFlags
from shipway.flags.evaluate import compile_file
from shipway.flags.load import parse_flags
from shipway.flags.rules import compile_rule

PACKAGES = (
    "launchdarkly-server-sdk==9.*",
    "UnleashClient==6.*",
    "growthbook==4.*",
    "configcat-client==10.*",
    "splitio-client==10.*",
    "posthog==7.*",
    "openfeature-flagd-core==2.*",
    "statsig-python-core==0.24.*",
    "mmh3==5.*",
)
OURS = "Shipway"
ROLLOUT_MAX, RULES_MAX = 600.0, 1300.0
SHARE_OF_FASTEST_MAX = 0.2
SWAPS_MAX = 2.0
"""Both are noise of the interpreter's scheduling; who waited for a swap would wait for all of its 0.1 s."""
LOAD_SECONDS_MAX = 0.3
BYTES_SECONDS_MAX, INTEGERS_SECONDS_MAX = 0.25, 0.6
FLAGS, USERS = 1000, 1_000_000
ASKED = 20_000
"""So many of them are asked for one by one, to compare."""
ROUNDS, ROUNDS_FULL = 5, 15
ASK_SECONDS = 120.0

CLAIM = (
    "`is_enabled` at a 25% rollout takes at most 600 ns and a fifth of the fastest peer's time, with three "
    "rules at most 1.3 µs; a thousand flags load in 0.3 s of CPU; a million users are answered in 0.25 s from "
    "an array of bytes and in 0.6 s from integers; no reader waits while flags are swapped."
)
QUESTIONS = (
    "Questions: the same two flags as data for every SDK, no server, events off, a process of its own on one "
    "CPU. Medians over batches of a thousand users; each batch has the reference right before and after it, "
    "and the figure is the ratio times 135 ns. Users are made beforehand where the SDK has objects for them; "
    "Shipway gets its attributes by name at each question. With three rules none holds, so that all are "
    "asked. Unleash takes the third as a constraint of its last strategy, PostHog as a property."
)
BULK = (
    "In bulk: YAML of 220 kB, half of the flags with three rules of their own, and no rule remembered from "
    "before. CPU seconds at nominal speed. Readers: the slowest question of eight threads in two seconds, which "
    "is how long threads of Python wait for each other, beside a ninth that reads and swaps 1,000 flags without "
    "end and beside one that only computes; medians of five. What a server does: [Flag server](flag_server.md)."
)


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    folder = packages("flag-peers", PACKAGES)
    found = {name: _asked(name, folder) for name in SDKS}
    rounds = ROUNDS_FULL if is_full() else ROUNDS
    load = timed(_loading(), rounds=rounds)
    flags = FeatureFlags.of("features: {f: {rollout: {percentage: 25}}}")
    numbers = np.arange(USERS)
    texts = numbers.astype("S8")
    batches = [timed(partial(flags.are_enabled, "f", user_id=users), rounds=rounds) for users in (texts, numbers)]
    few = [numbers[:ASKED].astype(str).tolist(), numbers[:ASKED].tolist()]
    single = [timed(partial(_one_by_one, flags, users), rounds=rounds) for users in few]
    bulk = _Bulk(load=load, batches=batches, single=single, swaps=swaps_of(_loading().text))
    return publish(_report({name: one for name, one in found.items() if one}, bulk))


def _one_by_one(flags: FeatureFlags, users: Sequence[object]) -> None:
    ask = flags.is_enabled
    for user in users:
        ask("f", user_id=user)


def _asked(name: str, sdks: Path) -> Costs | None:
    """One SDK's costs; none where it does not work here, which the table says."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.flag_costs", name, str(sdks), folder]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS, check=False)
    if ran.returncode or not ran.stdout.strip():
        print(f"{name} does not work here: {(ran.stderr.strip() or 'no message').splitlines()[-1]}", flush=True)
        return None
    costs = msgspec.convert(json.loads(ran.stdout.strip().splitlines()[-1]), Costs)
    print(f"{name}: {costs.rollout:.0f} ns, with three rules {costs.rules:.0f} ns", flush=True)
    return costs


def _loading() -> "_Load":
    rules = (
        "    targeting:\n"
        "      - rule: \"user.region == 'us-west-{0}' && user.plan == 'enterprise'\"\n"
        "      - rule: \"user.email.endsWith('@acme-{0}.com')\"\n"
        '      - rule: "user.age >= {0}"\n        enabled: false\n'
    )
    flag = (
        "  flag-{0}:\n    enabled: true\n    rollout:\n      percentage: 25\n      by: user_id\n    owner: shop\n"
    )
    parts = (flag.format(number) + (rules.format(number) if number % 2 else "") for number in range(FLAGS))
    return _Load("features:\n" + "".join(parts))


class _Load:
    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self) -> None:
        """Everything from the text to closures, with no rule remembered."""
        compile_rule.cache_clear()
        compile_file(parse_flags(self.text, file="feature-flags.yaml"))


class _Bulk(Struct, frozen=True, kw_only=True):
    load: Timed
    batches: Sequence[Timed]
    """A million texts, a million integers."""
    single: Sequence[Timed]
    """`ASKED` of the same, one by one."""
    swaps: Swaps


def _report(found: dict[str, Costs], bulk: _Bulk) -> Report:
    ours = found[OURS]
    fastest = min(costs.rollout for name, costs in found.items() if name != OURS)
    load, (texts, numbers) = bulk.load, bulk.batches
    return Report(
        name="flags",
        claim=CLAIM,
        figures=(
            Figure(value=ours.rollout, target=ROLLOUT_MAX, unit="ns", what="a rollout", or_equal=True),
            Figure(
                value=ours.rollout / fastest,
                target=SHARE_OF_FASTEST_MAX,
                unit="x",
                what="the fastest peer",
                or_equal=True,
            ),
            Figure(value=ours.rules, target=RULES_MAX, unit="ns", what="three rules", or_equal=True),
            Figure(
                value=load.nominal, target=LOAD_SECONDS_MAX, unit="s", what="loading 1,000 flags", or_equal=True
            ),
            Figure(value=texts.nominal, target=BYTES_SECONDS_MAX, unit="s", what="a million texts", or_equal=True),
            Figure(
                value=numbers.nominal,
                target=INTEGERS_SECONDS_MAX,
                unit="s",
                what="a million integers",
                or_equal=True,
            ),
            Figure(
                value=bulk.swaps.while_swapping_ms / bulk.swaps.while_computing_ms,
                target=SWAPS_MAX,
                unit="x",
                what="the slowest question while flags are swapped",
            ),
        ),
        tables=(_questions(found), _in_bulk(bulk)),
        picture=_picture(found),
        notes=(QUESTIONS, BULK),
    )


def _questions(found: dict[str, Costs]) -> Table:
    ours = found[OURS]
    rows = tuple(
        (name, *_row(found[name], ours)) if name in found else (name, "not from data", "", "", "", "")
        for name in SDKS
    )
    columns = ("SDK", "25% rollout", "three rules", "rollout, times ours", "rules, times ours", "on, of 1,000")
    return Table(title="One question, nanoseconds at nominal speed", columns=columns, rows=rows)


def _row(costs: Costs, ours: Costs) -> tuple[str, ...]:
    ratios = (costs.rollout / ours.rollout, costs.rules / ours.rules)
    return f"{costs.rollout:.0f}", f"{costs.rules:.0f}", *(f"{ratio:.1f}x" for ratio in ratios), str(costs.on)


def _in_bulk(bulk: _Bulk) -> Table:
    ratios = [
        f"{one.seconds / one.reference * USERS / ASKED / (many.seconds / many.reference):.1f}x"
        for one, many in zip(bulk.single, bulk.batches, strict=True)
    ]
    took = [f"{timed.nominal:.3f} s" for timed in (bulk.load, *bulk.batches)]
    swapping, computing = (f"{ms:.0f} ms" for ms in (bulk.swaps.while_swapping_ms, bulk.swaps.while_computing_ms))
    rows = (
        ("1,000 flags from YAML", took[0], f"<= {LOAD_SECONDS_MAX} s", ""),
        ("a million users, bytes", took[1], f"<= {BYTES_SECONDS_MAX} s", ratios[0]),
        ("a million users, integers", took[2], f"<= {INTEGERS_SECONDS_MAX} s", ratios[1]),
        (f"slowest of 8 threads' questions in {bulk.swaps.swaps} swaps", swapping, "as beside what computes", ""),
        ("the same beside a thread that computes", computing, "", ""),
    )
    columns = ("work", "it takes", "target", "times as fast as single questions")
    return Table(title="In bulk, CPU seconds at nominal speed", columns=columns, rows=rows)


def _picture(found: dict[str, Costs]) -> Picture:
    ordered = sorted(found.items(), key=lambda item: item[1].rollout)
    bars = tuple(Bar(label=name, value=costs.rollout / 1000, is_ours=name == OURS) for name, costs in ordered)
    return Picture(title="One question at a 25% rollout", unit="µs", bars=bars)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
