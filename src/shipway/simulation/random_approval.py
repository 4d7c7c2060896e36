"""Releases whose change is risky, for random scenarios."""

from random import Random

from msgspec.structs import replace

from shipway.model.plan import Need
from shipway.model.release import Approval
from shipway.simulation import gates


def random_approval(random: Random) -> Approval | None:
    """Now and then the change is risky. Its own numbers, so that the seeds of before stay what they were."""
    if random.random() < 0.9:
        return None
    asked = (Need(kind=gates.KIND, target="yes 2", timeout=20.0),) if random.random() < 0.5 else ()
    found = Approval(asks=random.choice(("", "high risk", "critical risk")), gates=asked)
    if random.random() < 0.5:
        return found
    return replace(found, hours=Need(kind=gates.KIND, target=f"yes {random.randint(1, 90)}", timeout=200.0))
