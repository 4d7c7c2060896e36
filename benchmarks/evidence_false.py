"""How often each rule takes back a candidate that equals the stable version, over rollouts of five stages."""

from collections.abc import Iterator

from benchmarks.evidence_peers import RULES
from benchmarks.evidence_runs import ALONE, HALF, PROMISE, UNCALIBRATED, Cell, Found, all_learned, all_measured
from benchmarks.evidence_streams import KINDS, WHOLE, Service
from benchmarks.picture import Bar
from benchmarks.report import Figure, Table
from shipway.engine.resting import BIN_SECONDS

SERVICES = ((10.0, 0.001), (100.0, 0.001), (1000.0, 0.001), (1000.0, 0.01))
"""Requests per second and error rate."""
RUNS, FULL_RUNS = 5000, 20_000
"""On each service."""
WORST_TIMES = 2.0
COLUMNS = ("shipway", HALF, ALONE, UNCALIBRATED, *RULES[1:])
PASTS, FULL_PASTS = 1, 3
"""Independent pasts, of which each has its part of the rollouts."""


def cells(runs: int, pasts: int) -> list[Cell]:
    """Every kind of noise on every service, calibrated on its past."""
    services = [Service(pace, rate, WHOLE, kind) for kind in KINDS for pace, rate in SERVICES]
    noises = all_learned(services, pasts=pasts)
    return [
        Cell(service=service, ratio=1.0, runs=runs, noises=noise, rules=(*RULES, UNCALIBRATED))
        for service, noise in zip(services, noises, strict=True)
    ]


class FalseAlarms:
    """Measured once, shown as a table, as figures and in the picture."""

    def __init__(self, *, is_full: bool) -> None:
        self.runs = FULL_RUNS if is_full else RUNS
        self.cells = cells(self.runs, FULL_PASTS if is_full else PASTS)
        self.found = all_measured(self.cells)

    def table(self) -> Table:
        """Percent of healthy rollouts, by cell."""
        return Table(
            title="False rollbacks of healthy versions",
            columns=("errors, service", *(f"{rule} %" for rule in COLUMNS)),
            rows=tuple(self._rows()),
            note=f"Percent of {self.runs:,} rollouts of 1, 5, 10, 25, 50 and 100% for half an hour each; peers "
            "are not asked at 100%. Errors have the whole promise of 0.1% where only they are judged, and half "
            "of it where latency and limits are judged too (at half). Ours is calibrated on 300 windows of each "
            f"service's past, in bins of {BIN_SECONDS:.0f} s, as a controller records them of a service at rest; "
            "uncalibrated (the first 1,000 rollouts) is what happens without, "
            f"and `{ALONE}` how many of those are taken back in the stage where the candidate is alone: without a "
            "past, harm has to last there. "
            "Kayenta: of the first 100.",
        )

    def figures(self) -> tuple[Figure, ...]:
        """The mean over cells and the worst cell, against the promise."""
        rates = [100 * found["shipway"].share for found in self.found]
        promise = 100 * PROMISE
        return (
            Figure(
                value=sum(rates) / len(rates), target=promise, unit="%", what="false in the mean", or_equal=True
            ),
            Figure(
                value=max(rates), target=WORST_TIMES * promise, unit="%", what="in the worst cell", or_equal=True
            ),
            Figure(
                value=max(100 * found[ALONE].share for found in self.found),
                target=WORST_TIMES * promise,
                unit="%",
                what="in the worst one at 100% without a past",
                or_equal=True,
            ),
        )

    def bars(self) -> tuple[Bar, ...]:
        """Mean over all cells, by rule."""
        return tuple(
            Bar(
                label=f"{rule}, false rollbacks",
                value=sum(100 * found[rule].share for found in self.found) / len(self.found),
                is_ours=rule == "shipway",
            )
            for rule in RULES
        )

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for kind in KINDS:
            of_kind = [pair for pair in zip(self.cells, self.found, strict=True) if pair[0].service.kind == kind]
            for cell, found in of_kind:
                yield (_name(cell.service), *(_percent(found[rule]) for rule in COLUMNS))
            means = (sum(100 * found[rule].share for _, found in of_kind) / len(of_kind) for rule in COLUMNS)
            yield (f"**{kind}, mean**", *(f"**{mean:.3f}**" for mean in means))


def _name(service: Service) -> str:
    return f"{service.kind}, {service.pace:g}/s at {service.rate:.1%}"


def _percent(found: Found) -> str:
    return f"{100 * found.share:.3f}"
