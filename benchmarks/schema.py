"""What changing a schema costs those who use it, on a real PostgreSQL, each beside the way it is often done."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct
from msgspec.structs import replace

from benchmarks import schema_runs as runs
from benchmarks import schema_squawk
from benchmarks.picture import Bar, Picture
from benchmarks.report import Figure, Report, Table, is_full, publish

SLOWER_MAX = 1 / 0.8
STALL_MS_MAX, P99_MORE_MS_MAX = 100.0, 150.0
TRIGGER_MAX = 1.85
LINT_SECONDS_MAX = 2.0
ROWS, ROWS_FULL = 400_000, 2_000_000
ROWS_WRONG = 40_000
RUNS_WRONG, RUNS_WRONG_FULL = 10, 50
PAIRS, PAIRS_FULL = 3, 5
AGREEMENT_MIN = 0.99
FILES = 1000
IDLE_SECONDS = 10.0
MIGRATION = """ALTER TABLE orders_{0} ADD COLUMN email_{0} varchar(255) NOT NULL DEFAULT 'x';
CREATE INDEX by_email_{0} ON orders_{0} (email_{0}, lower(name)) WHERE email_{0} IS NOT NULL;
UPDATE orders_{0} SET email_{0} = name WHERE email_{0} IS NULL;
ALTER TABLE orders_{0} ADD CONSTRAINT fk_{0} FOREIGN KEY (user_id) REFERENCES users (id);
"""
PARTIAL = " WHERE email_{0} IS NOT NULL"
CLAIM = (
    "A backfill in batches has at least 0.8 times the rows per second of one UPDATE; under 500 writes/s their p99 "
    "grows by at most 150 ms; no write is lost; behind a reader of four seconds others wait at most 100 ms in any "
    "phase; the trigger costs at most 1.85 times the CPU of a plain write, in either direction; 1,000 migrations "
    "are looked through in 2 s; on its own rules squawk says the same of 99%, and every hazard is found."
)
NOTES = (
    "PostgreSQL 18 from a wheel, with its defaults but for max_wal_size, the checkpoint timeout and "
    "autovacuum's nap; fsync on; everything on one machine. Rows have about a hundred bytes; an int column "
    "becomes a bigint, and the trigger is there before any row is filled, for both ways. Writers are eight "
    "connections that update one random row each, at a fixed rate; a latency counts from when its write was "
    "due, so a writer that was stopped is not forgotten. Idle and filling come in turn, and the median of their "
    "differences counts.",
    "A reader holds the table for four seconds, once for each phase of a required column with a unique index "
    "and a check: expand, backfill, revert, both again, switch, freeze, contract. squawk looks through a corpus "
    "of its rules, and through one migration for each hazard that needs no database to be seen.",
    "Each writer adds one to a row; the sum of all rows is compared with the number of writes, in a run of its "
    "own each time. The object mapper's way reads a thousand rows and writes each one back, as a loop over "
    "models does: what was "
    "written in between is lost, and a count of nulls would call it done. CPU of the trigger is that of the "
    "one server process, from the kernel, medians of rounds in turn; it is asked of statements that write "
    "every row at once. Files of the linter have four statements each; its time is the CPU of the whole "
    "command.",
)


class Found(Struct, frozen=True, kw_only=True):
    """Everything that was measured."""

    rows: int
    batches: float
    one: float
    batch_ms: float
    """Median of a batch."""
    idle_p99: float
    """Of the pair whose difference is the median, as the next one."""
    batches_p99: float
    one_p99: float
    pairs: int
    wrong: int
    wrong_orm: int
    """In one run."""
    wrong_runs: int
    stall: float
    stall_phase: str
    stall_plain: float
    agreement: float
    hazards: int
    missed: int
    """Hazards that we do not find."""
    alone: int
    """Hazards of which squawk says nothing."""
    cost: runs.Cost
    lint: float
    lint_mariadb: float = 0.0


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    rows = ROWS_FULL if is_full() else ROWS
    lint, mariadb, squawk = _linted("postgres"), _linted("mariadb"), schema_squawk.compared()
    print(f"lint: {lint:.2f} s of CPU, MariaDB's {mariadb:.2f} s; {squawk}", flush=True)
    with runs.server() as uri:
        found = replace(_found(uri, rows, lint, squawk), lint_mariadb=mariadb)
    return publish(_report(found))


def _found(uri: str, rows: int, lint: float, squawk: schema_squawk.Compared) -> Found:
    stalls, stall_plain = runs.stalls_ms(uri), runs.stall_plain_ms(uri)
    phase = max(stalls, key=stalls.__getitem__)
    print(f"stall: {stalls} ms, plain {stall_plain:.0f} ms", flush=True)
    count = RUNS_WRONG_FULL if is_full() else RUNS_WRONG
    wrong = sum(runs.lost_after(uri, by_orm=False, rows=ROWS_WRONG) for _ in range(count))
    orm = runs.lost_after(uri, by_orm=True, rows=ROWS_WRONG)
    print(f"lost in {count} runs: {wrong}, object mapper in one {orm}", flush=True)
    cost = runs.trigger_cost(uri, rounds=9 if is_full() else 5)
    print(f"trigger: {cost}", flush=True)
    runs.fresh(uri, rows)
    one, _ = runs.filled(uri, in_batches=False)
    runs.fresh(uri, rows)
    batches, each = runs.filled(uri, in_batches=True)
    print(f"alone: one {rows / one:.0f} rows/s, batches {rows / batches:.0f} rows/s", flush=True)
    pairs = PAIRS_FULL if is_full() else PAIRS
    idle, batches_p99 = _middle([_pair(uri, rows) for _ in range(pairs)])
    runs.fresh(uri, rows)
    one_p99 = runs.p99_during(uri, rows, lambda: runs.filled(uri, in_batches=False))
    print(f"p99: idle {idle:.0f} ms, batches {batches_p99:.0f} ms, one {one_p99:.0f} ms", flush=True)
    return Found(
        rows=rows,
        batches=batches,
        one=one,
        batch_ms=1000 * median(each),
        idle_p99=idle,
        batches_p99=batches_p99,
        one_p99=one_p99,
        pairs=pairs,
        wrong=wrong,
        wrong_orm=orm,
        wrong_runs=count,
        stall=stalls[phase],
        stall_phase=phase,
        stall_plain=stall_plain,
        cost=cost,
        lint=lint,
        agreement=squawk.agreement,
        hazards=squawk.hazards,
        missed=squawk.missed,
        alone=squawk.alone,
    )


def _pair(uri: str, rows: int) -> tuple[float, float]:
    """p99 while nothing else runs, and while rows are filled, one after the other."""
    runs.fresh(uri, rows)
    idle = runs.p99_during(uri, rows, lambda: time.sleep(IDLE_SECONDS))
    return idle, runs.p99_during(uri, rows, lambda: runs.filled(uri, in_batches=True))


def _middle(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """The pair with the median difference."""
    return sorted(pairs, key=lambda one: one[1] - one[0])[len(pairs) // 2]


def _linted(dialect: str) -> float:
    """CPU seconds of the whole command over a folder; the same texts, as far as a dialect has them."""
    text = MIGRATION if dialect == "postgres" else MIGRATION.replace(PARTIAL, "")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            (Path(folder) / f"{number:04}.sql").write_text(text.format(number))
        program = str(Path(sys.executable).with_name("shipway"))
        command = [program, "schema", "lint", folder, "--dialect", dialect, "--json"]
        return median(_cpu(command) for _ in range(3))


def _cpu(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=120)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _report(found: Found) -> Report:
    cost = max(found.cost.update, found.cost.insert, found.cost.back)
    more = found.batches_p99 - found.idle_p99
    return Report(
        name="schema",
        claim=CLAIM,
        figures=(
            Figure(value=found.batches / found.one, target=SLOWER_MAX, unit="x", what="one UPDATE", or_equal=True),
            Figure(value=more, target=P99_MORE_MS_MAX, unit="ms", what="more at p99", or_equal=True),
            Figure(value=found.wrong, target=0, what="lost writes", or_equal=True),
            Figure(value=found.stall, target=STALL_MS_MAX, unit="ms", what="stall", or_equal=True),
            Figure(value=cost, target=TRIGGER_MAX, unit="x", what="a plain write's CPU", or_equal=True),
            Figure(value=found.lint, target=LINT_SECONDS_MAX, unit="s", what="of CPU for 1,000 files"),
            Figure(value=found.lint_mariadb, target=LINT_SECONDS_MAX, unit="s", what="for 1,000 of MariaDB"),
            Figure(value=1 - found.agreement, target=1 - AGREEMENT_MIN, what="of verdicts differ", or_equal=True),
            Figure(value=found.missed, target=0, what="hazards missed", or_equal=True),
        ),
        tables=(_table(found),),
        picture=Picture(
            title="p99 of a write while rows are filled, in ms",
            unit="ms",
            bars=(
                Bar(label="nothing else runs", value=found.idle_p99),
                Bar(label="batches", value=found.batches_p99, is_ours=True),
                Bar(label="one UPDATE", value=found.one_p99),
            ),
            limit=found.idle_p99 + P99_MORE_MS_MAX,
        ),
        notes=NOTES,
    )


def _table(found: Found) -> Table:
    speed, one = found.rows / found.batches, found.rows / found.one
    idle, cost = f"{found.idle_p99:.0f} ms idle", found.cost
    return Table(
        title=f"A change of a table with {found.rows:,} rows",
        columns=("what", "Shipway", "the other way", "target"),
        rows=(
            ("rows per second of the backfill", f"{speed:,.0f}", f"{one:,.0f} one UPDATE", ">= 0.8x"),
            ("median batch", f"{found.batch_ms:.0f} ms", f"{found.one:.1f} s one UPDATE", "50 to 100 ms"),
            (
                f"p99 of 500 writes/s, median of {found.pairs} pairs",
                f"{found.batches_p99:.0f} ms",
                f"{found.one_p99:,.0f} ms; {idle}",
                "idle + 150 ms",
            ),
            (
                f"writes that are lost in {found.wrong_runs} runs",
                str(found.wrong),
                f"{found.wrong_orm} by an object mapper in one",
                "0",
            ),
            (
                f"longest wait of a reader: {found.stall_phase}",
                f"{found.stall:.0f} ms",
                f"{found.stall_plain:,.0f} ms no timeout",
                "<= 100 ms",
            ),
            ("CPU of an UPDATE of the column", f"{cost.update:.2f}x", "1x without a trigger", "<= 1.85x"),
            ("CPU of an UPDATE of the new one", f"{cost.back:.2f}x", "1x without a trigger", "<= 1.85x"),
            ("CPU of an INSERT", f"{cost.insert:.2f}x", "1x without a trigger", "<= 1.85x"),
            ("1,000 migrations looked through", f"{found.lint:.2f} s", "-", "< 2 s"),
            ("1,000 of MariaDB", f"{found.lint_mariadb:.2f} s", "-", "< 2 s"),
            ("the same verdict on squawk's rules", f"{found.agreement:.1%}", "-", ">= 99%"),
            (
                f"hazards found, of {found.hazards}",
                str(found.hazards - found.missed),
                f"{found.hazards - found.alone} squawk",
                "all",
            ),
        ),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
