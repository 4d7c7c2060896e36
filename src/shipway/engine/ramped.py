"""What the guard knows of the flag that a stage ramps; part of the run's checkpoint."""

from msgspec import Struct

from shipway.analysis.custom import Watch
from shipway.analysis.tally import Tally
from shipway.model.sample import Sample
from shipway.model.verdict import Verdict


class Ramped(Struct, frozen=True, kw_only=True):
    """Of one flag in one run."""

    run: int = 0
    flag: str = ""
    whole_at: float | None = None
    """When users with the flag and users without it last both had a newer sample."""
    before: dict[str, Sample] = {}
    tally: Tally = Tally()
    verdict: Verdict | None = None
    """What requests say."""
    watches: dict[str, Watch] = {}
    """By metric of `guard.metrics` that tells users of a flag apart."""
    custom: dict[str, Verdict] = {}
    """What each of them says."""
