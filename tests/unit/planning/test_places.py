"""What a platform that replaces replicas in their places cannot do is refused in the plan."""

import pytest

from shipway.errors import ShipwayError
from shipway.model.release import Chosen, Release, Rolling
from shipway.model.revision import RevisionId
from shipway.planning.facts import Facts
from shipway.planning.strategies import places

FACTS = Facts(base=RevisionId("a"), replicas=3)


def release(kind: str = "StatefulSet", replicas: int = 3) -> Release:
    platform = Chosen(name="kubernetes", options={"update": {"kind": kind}})
    return Release(
        service="db",
        revision=RevisionId("b"),
        strategy="rolling",
        replicas=replicas,
        rolling=Rolling(surge=1),
        platform=platform,
    )


def test_no_surge_and_another_number_are_refused_in_four_lines() -> None:
    places.check(release(), FACTS, 1)
    for asked, surge in ((release(), 0), (release(replicas=4), 1)):
        with pytest.raises(ShipwayError, match="A StatefulSet cannot") as caught:
            places.check(asked, FACTS, surge)
        assert len(str(caught.value).splitlines()) == 4


def test_whoever_makes_them_beside_others_may_have_both() -> None:
    places.check(release("Deployment", replicas=4), FACTS, 0)


def test_a_first_deployment_has_nobody_s_place() -> None:
    places.check(release(replicas=5), Facts(replicas=0), 0)
