"""`docs/reference/hazards.md`, made from the hazards themselves: `python -m shipway.schema.lint.reference`."""

import sys

from shipway.schema.hazards import hazards
from shipway.schema.lint.hazard import Hazard, Level

INTRODUCTION = """# Hazards

What `shipway schema lint` finds in a migration of PostgreSQL. A *hazard* stops or breaks the application while
it runs, and makes the exit code 3; *advice* does not. [The guide](../guides/schema-lint.md) says how to run it,
and how to silence one. Names of squawk's rules silence the same things.

The locks are PostgreSQL's: ACCESS EXCLUSIVE stops reads and writes, SHARE and SHARE ROW EXCLUSIVE stop writes.
"""


def text() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *(_section(one) for one in hazards())]).rstrip() + "\n"


def _section(hazard: Hazard) -> str:
    facts = [hazard.level.value if hazard.level == Level.ADVICE else "**hazard**"]
    if hazard.lock is not None:
        facts.append(f"{hazard.lock.label}, {hazard.duration.held}")
    if hazard.squawk:
        facts.append(f"squawk: {', '.join(f'`{rule}`' for rule in hazard.squawk)}")
    return f"## `{hazard.name}`\n\n{hazard.title}. {hazard.why}\n\n{'; '.join(facts)}.\n"


if __name__ == "__main__":
    sys.stdout.write(text())
