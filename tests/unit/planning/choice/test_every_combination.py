"""The answer for every combination of facts is fixed in `answers.csv`. `GOLDEN=write` writes it anew."""

import csv
import io
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from shipway.model.risk import Risk
from shipway.planning.choice.choose import choose
from shipway.planning.choice.situation import Situation

ANSWERS = Path(__file__).with_name("answers.csv")
COLUMNS = (
    "first",
    "risk",
    "critical",
    "users",
    "large",
    "ab",
    "services",
    "instant",
    "database",
    "answer",
    "by",
    "others",
)
USERS = {"unknown": None, "10000": 10_000, "10001": 10_001}
NO_YES = ("no", "yes")


def rows() -> Iterator[tuple[str, ...]]:
    facts = product(
        NO_YES, [risk.word for risk in Risk], NO_YES, USERS, NO_YES, NO_YES, ("9", "10"), NO_YES, NO_YES
    )
    for first, risk, critical, users, large, ab, services, instant, database in facts:
        found = choose(
            Situation(
                is_first=first == "yes",
                risk=Risk[risk.upper()],
                is_critical=critical == "yes",
                users=USERS[users],
                is_large=large == "yes",
                wants_ab=ab == "yes",
                services=int(services),
                wants_instant=instant == "yes",
                changes_database=database == "yes",
            )
        )
        others = "; ".join(f"{one.row}: {one.strategies}" for one in found.others)
        answer = (found.words, found.by, others)
        yield (first, risk, critical, users, large, ab, services, instant, database, *answer)


def test_the_answer_is_the_one_that_was_reviewed() -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([COLUMNS, *rows()])
    if os.environ.get("GOLDEN") == "write":
        ANSWERS.write_text(written.getvalue())
    assert ANSWERS.read_text().splitlines() == written.getvalue().splitlines()


def test_what_holds_for_all_of_them() -> None:
    for row in csv.DictReader(ANSWERS.open()):
        is_high = row["risk"] in ("high", "critical")
        if row["first"] == "yes":
            assert (row["answer"].split(" + ")[0], row["by"]) == ("rolling", "first deployment")
        elif is_high:
            assert (row["answer"].split(" + ")[0], row["by"]) == ("blue-green", "risk")
        elif row["critical"] == "yes" or row["database"] == "yes":
            assert (row["answer"].split(" + ")[0], row["by"]) == ("blue-green", "tree")
        else:
            assert row["by"] == ("tree" if row["users"] != "unknown" else row["by"])
        assert ("expand-contract" in row["answer"]) == (row["database"] == "yes")
