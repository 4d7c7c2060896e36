"""How often the guard is wrong about errors, and how soon it is right: beside Flagger, Argo Rollouts and Kayenta.

All four judge the same simulated streams, from fixed seeds, so the figures compare rules, not products. Ours is
the production rule over arrays (`shipway.analysis.lockstep`); it counts as taking a candidate back when it proves
it worse, whatever the severity. Each kind of noise has 20,000 rollouts of equal candidates, 5,000 on each of four
services; FULL=1 takes four times as many.
"""

import sys
from collections.abc import Sequence

from benchmarks.evidence_alone import Alone
from benchmarks.evidence_detection import Detection
from benchmarks.evidence_false import FalseAlarms
from benchmarks.evidence_sparse import Sparse
from benchmarks.picture import Picture
from benchmarks.report import Report, is_full, publish


def main(argv: Sequence[str] = ()) -> int:
    """Measure, and publish."""
    false, detection = FalseAlarms(is_full=is_full()), Detection(is_full=is_full())
    alone, sparse = Alone(is_full=is_full()), Sparse(is_full=is_full())
    return publish(_report(false, detection, alone, sparse))


def _report(false: FalseAlarms, detection: Detection, alone: Alone, sparse: Sparse) -> Report:
    return Report(
        name="evidence",
        claim="Once calibrated on a service's past, equal candidates are taken back in less than one of a "
        "thousand rollouts on average, and bad ones within "
        "seconds to minutes where rules in common use take minutes to hours, or take back everything.",
        figures=(*false.figures(), *detection.figures(), *sparse.figures()),
        tables=(false.table(), *detection.tables(), alone.table(), sparse.table()),
        picture=Picture(
            title="Seconds until 20 times the errors are taken back (100 requests/s, 5% share, 1% base)",
            unit="s",
            bars=detection.bars(),
            limit=20.0,
        ),
        notes=(
            "Peers, one number a minute: Flagger (success rate of at least 99%, threshold 5), Argo Rollouts (the "
            "same as a success condition, failureLimit 3, counted anew in each stage), Kayenta (NetflixACAJudge's "
            "Mann-Whitney test with its defaults on the error percentage, one judgement at the end of a stage). "
            "On a base error rate of 1% the first two take back every version, so their times there say nothing.",
            "Traffic is synthetic: Poisson requests, independent errors unless the row says otherwise, a scrape "
            "every 5 s, the stable version watched for a minute before. Diurnal services move by 60% in traffic "
            "and 70% in error rate within three hours; bursts are ten times the errors for 15 s (own) or 20 s "
            "(shared) every ten minutes; own noise is gamma of variance 0.5 in every scrape.",
        ),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
