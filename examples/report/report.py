"""Writes the report on one day's orders: `python report.py --version 1.0`. Started by a schedule.

The day is the one before the job's instant, not before the clock's: a job that begins late, or is run again,
reports on the same day. The file is replaced as a whole, so that running twice leaves what running once leaves.
"""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ORDERS_A_DAY = 40


def main() -> int:
    """Exit code 0 once the report is there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", required=True)
    parser.add_argument("--folder", type=Path, default=Path("reports"))
    parser.add_argument("--fails", action="store_true", help="as a bad version does")
    given = parser.parse_args()
    instant = os.environ.get("SHIPWAY_JOB_AT") or datetime.now(UTC).isoformat()
    day = (datetime.fromisoformat(instant) - timedelta(days=1)).date()
    if given.fails:
        print("no such table: orders")
        return 3
    given.folder.mkdir(exist_ok=True)
    new = given.folder / f"{day}.csv.new"
    rows = (f"{day},{number},{number * 7 % 100}\n" for number in range(ORDERS_A_DAY))
    new.write_text("day,order,euros\n" + "".join(rows))
    new.replace(given.folder / f"{day}.csv")
    print(f"the report on {day} is written by {given.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
