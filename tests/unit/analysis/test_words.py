"""One is one: sentences agree with their numbers."""

import pytest
from msgspec.structs import replace

from shipway.analysis import custom_words, words
from shipway.analysis.division import DEAD_EXPECTED, Division
from shipway.analysis.division_verdict import verdict_of_division
from shipway.analysis.levels import Levels, Signs
from shipway.analysis.tally import calibrated
from shipway.model.metric import Metric
from shipway.model.noise import Noise
from unit.analysis.streams import absorbed, seen, staged


@pytest.mark.parametrize(
    ("blocks", "said"),
    [(0, "0 blocks of 10 s were seen"), (1, "1 block of 10 s was seen"), (2, "2 blocks of 10 s were seen")],
)
def test_blocks_that_were_seen(blocks: int, said: str) -> None:
    metric = Metric(name="memory", resource="memory", worse_by=0.5)
    assert custom_words.few_blocks(metric, Levels(signs=Signs(blocks=blocks))) == f"memory: only {said}"


@pytest.mark.parametrize(("waiting", "said"), [(1, "1 is waiting"), (12, "12 are waiting")])
def test_requests_that_wait(waiting: int, said: str) -> None:
    division = Division(row=1, share=0.5, silent=round(2 * DEAD_EXPECTED), waiting=waiting)
    verdict = verdict_of_division(division, now=10.0)
    assert verdict is not None and verdict.sentence.endswith(said)


@pytest.mark.parametrize(
    ("errors", "said"), [(20, "prove nothing"), (13, "1 of which came in clusters and proves")]
)
def test_errors_that_prove_nothing(errors: int, said: str) -> None:
    from shipway.analysis.comparison import comparison_of

    tally = absorbed(calibrated(staged(share=0.25), Noise(sigmas=2.0)), [(seen(0, 300, 10), seen(0, 100, 3))])
    comparison = comparison_of(tally)
    assert comparison is not None
    left_out = replace(comparison, errors=errors, left_out=1 if errors == 13 else 8)
    assert said in words.worse(left_out, ratio=3.0, rarity=5000.0, seconds=20.0)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (200.0, "200"),
        (1234.0, "1,200"),
        (19.96, "20"),
        (2.345, "2.3"),
        (0.0, "0"),
        (0.000051, "0.000051"),
        (1e-20, "0"),
    ],
)
def test_no_figure_is_a_power_of_ten(number: float, said: str) -> None:
    assert words.figure(number, digits=2) == said
